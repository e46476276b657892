"""Sweeps over tiny networks: exact when taken up again, shared by processes, careful with other people's studies."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.train import sweep as sweeps
from gatewright.train.source import Job, Origin
from gatewright.train.sweep import Plan, best, sweep
from gatewright.train.vary import parse
from tests.train.test_loop import RECIPE, StopError, toy

BASE = dataclasses.replace(RECIPE, layers=(20,), steps=10, evaluate_every=5, seed=2)


def plan(out, *vary, trials=4, seeds=1, storage=None, **changes):
    recipe = dataclasses.replace(BASE, **changes)
    job = Job(recipe, toy(), Origin("toy", toy().digest))
    fields = tuple(parse(text, recipe) for text in vary or ("tau=0.5:2", "fan_in=2,4"))
    return Plan(job, fields, trials, seeds, out, storage or f"sqlite:///{out}/sweep.db")


@contextlib.contextmanager
def unseen(_title):
    yield lambda _: None, lambda _step, _steps: None


def go(plan, watch=unseen):
    done = []
    found, elsewhere = sweep(plan, watch, done.append)
    return found, elsewhere, done


def test_every_trial_is_a_run_and_the_best_on_held_out_data_wins(tmp_path):
    asked = plan(tmp_path / "sweep")
    found, elsewhere, done = go(asked)
    assert (elsewhere, len(found), len(done)) == (0, 4, 4)
    assert [trial.accuracy for trial in found] == sorted((trial.accuracy for trial in found), reverse=True)
    for trial in found:
        (run,) = asked.runs(trial.number)
        assert run.path.name == trial.folder
        assert run.read_json("train")["accuracy_validation"] == trial.accuracy
        assert run.load(run.learned).provenance.seed == 2
        assert 0.5 <= trial.kept["tau"] <= 2
        assert (run.read_json("train")["accuracy_test"], run.data.exists()) == (None, False)
    winner = best(asked, found)
    assert winner.path.name == found[0].folder
    before = winner.load(winner.learned).digest
    accuracy = sweeps.test(asked, winner)
    values = winner.read_json("train")
    assert (values["digest"], values["accuracy_test"], values["split"]) == (before, accuracy, "test")
    with np.load(winner.data) as split:
        labels = np.argmax(winner.load(winner.learned).scores(split["words"]), axis=1)
        assert (labels == split["labels"]).mean() == pytest.approx(accuracy)
    winner.checkpoint.unlink()
    assert sweeps.test(asked, winner) == accuracy
    assert len({trial.kept["tau"] for trial in found}) == 4


class Stopping:
    """Stops a sweep in the middle of its third training run."""

    def __init__(self):
        self.runs = 0

    @contextlib.contextmanager
    def __call__(self, _title):
        self.runs += 1

        def stop(_progress):
            if self.runs == 3:
                raise StopError

        yield stop, lambda _step, _steps: None


def test_a_sweep_that_is_taken_up_again_is_the_one_that_was_not_stopped(tmp_path):
    whole, broken = plan(tmp_path / "whole" / "same"), plan(tmp_path / "broken" / "same")
    expected = go(whole)[0]
    with pytest.raises(StopError):
        go(broken, Stopping())
    (half,) = broken.runs(2)
    assert half.checkpoint.exists()
    assert not half.json_path("train").exists()
    seen = []

    @contextlib.contextmanager
    def noting(_title):
        yield lambda progress: seen.append(progress.step), lambda _step, _steps: None

    found, _, done = go(broken, noting)
    assert found == expected
    # The trial that was stopped at step 5 goes on from there.
    assert seen == [10, 5, 10]
    assert [trial.number for trial in done] == [2, 3]
    for trial in found:
        digests = [each.runs(trial.number)[0].read_json("train")["digest"] for each in (whole, broken)]
        assert digests[0] == digests[1]
    # More of it is the same sweep; another one is refused.
    assert len(go(dataclasses.replace(broken, trials=5))[2]) == 1
    with pytest.raises(GatewrightError, match=r"is another search \(vary differ\)"):
        go(plan(broken.out, "tau=0.5:3"))
    with pytest.raises(GatewrightError, match=r"is another search \(recipe, seeds differ\)"):
        go(plan(broken.out, seeds=2, steps=15))


def test_seeds_are_averaged(tmp_path):
    asked = plan(tmp_path / "sweep", "fan_in=2,4", trials=1, seeds=3)
    ((trial,), _, _) = go(asked)
    runs = asked.runs(0)
    assert [run.path.name for run in runs] == ["seed-2", "seed-3", "seed-4"]
    accuracies = [run.read_json("train")["accuracy_validation"] for run in runs]
    assert trial.accuracy == pytest.approx(sum(accuracies) / 3)
    assert best(asked, [trial]).read_json("train")["accuracy_validation"] == max(accuracies)


def test_values_that_do_not_fit_together_are_no_network_and_no_end(tmp_path):
    asked = plan(tmp_path / "sweep", "layers=20,20x10", "candidates=2,2x1", trials=12)
    found, _, _ = go(asked)
    assert len(found) == 12
    fit = {(len(trial.kept["layers"]) > 2) == (len(trial.kept["candidates"]) > 1) for trial in found if trial.accuracy}
    assert fit == {True}
    assert found[-1].accuracy is None
    assert "one number, at least 1, for each of the" in found[-1].why
    none = plan(tmp_path / "none", "layers=19,21", trials=2)
    found, _, _ = go(none)
    with pytest.raises(GatewrightError, match=r"None of the 2 trials has a network: .*2 classes cannot share"):
        best(none, found)


def test_a_table_is_never_shifted_and_the_sweep_goes_on_without(tmp_path):
    found, _, _ = go(plan(tmp_path / "sweep", "shift=0,1", trials=6))
    assert {trial.kept["shift"]: trial.accuracy is not None for trial in found} == {"0": True, "1": False}
    assert "toy holds no images" in found[-1].why


SCRIPT = """
import sys
from pathlib import Path
from tests.train.test_sweep import go, plan
_, _, done = go(plan(Path(sys.argv[1]), trials=6, steps=int(sys.argv[2])))
print(*(trial.number for trial in done))
"""


def start(out, steps):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT, str(out), str(steps)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.timeout(240)
def test_processes_share_a_sweep_and_one_that_is_killed_is_taken_over(tmp_path):
    out = tmp_path / "sweep"
    killed, first = start(out, 60), None
    try:
        metrics = out / "trial-0001" / "metrics.jsonl"
        end = time.monotonic() + 100
        while not (metrics.exists() and metrics.read_text()):
            assert time.monotonic() < end
            time.sleep(0.01)
        first = start(out, 60)
        os.kill(killed.pid, signal.SIGKILL)
        found, _, done = go(plan(out, trials=6, steps=60))
        theirs = first.communicate(timeout=100)[0].split()
    finally:
        for process in (killed, first):
            if process is not None:
                process.kill()
                process.communicate()
    assert first.returncode == 0
    assert not {trial.number for trial in done} & set(map(int, theirs))
    assert {trial.number for trial in go(plan(out, trials=6, steps=60))[0]} == set(range(6))
    assert len(found) <= 6


@pytest.mark.parametrize(
    ("storage", "sentence"),
    [
        ("sqlite:////nowhere/at/all/sweep.db", "cannot be used .*unable to open database file"),
        ("foo://me:secret@host/db", r"foo://me:\*\*\*@host/db cannot be used"),
        ("nonsense", "The storage nonsense cannot be used"),
    ],
)
def test_a_storage_that_cannot_be_reached_is_one_sentence(tmp_path, storage, sentence):
    with pytest.raises(GatewrightError, match=sentence) as caught:
        go(plan(tmp_path / "sweep", storage=storage))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_optuna_one_sentence_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna.exceptions", None)
    with pytest.raises(GatewrightError, match=r"run `pip install 'gatewright\[sweep\]'`"):
        go(plan(tmp_path / "sweep"))
    assert sweeps.folder(0) == "trial-0001"
