import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train import progress
from gatewright.train.progress import Progress


def at(step):
    return Progress(step, 100, 0.5, 0.25, -0.01, -0.01, 0.02, 3, 1e6, 2.0, 4.0)


def test_lines_are_added_and_read(tmp_path):
    path = tmp_path / "metrics.jsonl"
    progress.begin(path, 0)
    for step in (10, 20):
        progress.append(path, at(step))
    assert progress.read(path) == [dataclasses.asdict(at(10)), dataclasses.asdict(at(20))]


@given(st.integers(0, 60), st.integers(0, 400))
def test_what_was_cut_short_or_is_later_than_the_checkpoint_is_forgotten(tmp_path_factory, last, cut):
    path = tmp_path_factory.mktemp("run") / "metrics.jsonl"
    for step in (10, 20, 30):
        progress.append(path, at(step))
    data = path.read_bytes()[: -1 - cut]
    path.write_bytes(data)
    whole = [json.loads(line) for line in data.decode().splitlines() if line.endswith("}")]
    progress.begin(path, last)
    progress.append(path, at(90))
    assert [line["step"] for line in progress.read(path)] == [n["step"] for n in whole if n["step"] <= last] + [90]


def test_a_line_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(GatewrightError, match="cannot be written"):
        progress.append(tmp_path / "absent" / "metrics.jsonl", at(1))
    assert progress.read(tmp_path / "absent" / "metrics.jsonl") == []
