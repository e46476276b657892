import errno
import json
import os

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.run import Run, read_whole, write_whole
from tests.graphs import random_graph

GRAPH = random_graph(np.random.default_rng(0))


def test_a_graph_comes_back(tmp_path):
    run = Run(tmp_path / "deep" / "run")
    run.store(GRAPH)
    assert run.load() == GRAPH


def test_an_absent_or_damaged_graph_is_named(tmp_path):
    run = Run(tmp_path)
    with pytest.raises(GatewrightError, match=r"network\.lgn does not exist: run `gatewright export"):
        run.load()
    run.network.write_bytes(b"hello")
    with pytest.raises(GatewrightError, match=r"network\.lgn is no gatewright network"):
        run.load()
    run.network.unlink()
    run.network.mkdir()
    with pytest.raises(GatewrightError, match="cannot be read"):
        run.load()


def test_what_is_no_run_is_told_which_one_was_meant(tmp_path):
    for name in ("digits", "iris"):
        Run(tmp_path / "runs" / name).store(GRAPH)
    for name, meant in (
        ("runs/digit", f"did you mean the run {tmp_path}/runs/digits\\?$"),
        ("runs", f"pass a run, such as {tmp_path}/runs/digits or {tmp_path}/runs/iris\\.$"),
        ("runs/quite-another", "run `gatewright export"),
        ("elsewhere/digits", "run `gatewright export"),
    ):
        with pytest.raises(GatewrightError, match=f"{name}/network.lgn does not exist: {meant}"):
            Run(tmp_path / name).load()
    # A run that is trained needs an export, whatever stands beside it.
    run = Run(tmp_path / "runs" / "digit")
    run.store(GRAPH, run.learned)
    with pytest.raises(GatewrightError, match="run `gatewright export"):
        run.load()


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "iris.csv").write_text("a,b\n")
    with pytest.raises(GatewrightError, match=r"iris\.csv is a file: pass a run"):
        Run(tmp_path / "iris.csv").load()


def test_json_of_a_verb(tmp_path):
    run = Run(tmp_path)
    run.write_json("boards/icebreaker/synthesize", {"digest": "abc", "x": 1})
    assert run.read_json("boards/icebreaker/synthesize", "abc")["x"] == 1
    with pytest.raises(GatewrightError, match=r"is stale: it was made from graph abc, but network\.lgn is def"):
        run.read_json("boards/icebreaker/synthesize", "def")
    with pytest.raises(GatewrightError, match="run `gatewright prove"):
        run.read_json("prove")


@pytest.mark.parametrize("content", ["", "[1]", "{}", "{"])
def test_a_damaged_json_is_one_sentence(tmp_path, content):
    run = Run(tmp_path)
    run.json_path("prove").write_text(content)
    with pytest.raises(GatewrightError, match="cannot be read"):
        run.read_json("prove")


def test_nan_never_reaches_a_json(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Run(tmp_path).write_json("train", {"digest": "a", "x": float("nan")})


def test_a_failed_write_keeps_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_whole(path, "old")

    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GatewrightError, match="No space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewrightError, match="cannot be written"):
        write_whole(tmp_path / "file" / "a", b"x")


def test_files_are_readable_by_others(tmp_path):
    write_whole(tmp_path / "a", json.dumps({}))
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask
    assert read_whole(tmp_path / "a", "try again") == b"{}"
