import sys

import pytest

from gatewright.errors import GatewrightError
from gatewright.train import events
from tests.train.test_progress import at


def steps(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    assert set(found.Tags()["scalars"]) >= {"loss", "accuracy", "gap", "unused_gates", "gates_per_second"}
    return [(event.step, event.value) for event in found.Scalars("accuracy")]


def test_every_evaluation_is_an_event_and_a_resumed_run_replaces_later_ones(tmp_path):
    folder = tmp_path / "tensorboard"
    write = events.writer(folder, resume=False)
    assert not folder.exists()
    for step in (10, 20, 30):
        write(at(step))
    assert steps(folder) == [(10, 0.25), (20, 0.25), (30, 0.25)]
    again = events.writer(folder, resume=True)
    again(at(20))
    again(at(25))
    assert steps(folder) == [(10, 0.25), (20, 0.25), (25, 0.25)]
    events.writer(folder, resume=False)(at(40))
    assert steps(folder) == [(40, 0.25)]


def test_without_tensorboard_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(GatewrightError, match=r"run `pip install 'gatewright\[tensorboard\]'`"):
        events.writer(tmp_path, resume=False)
