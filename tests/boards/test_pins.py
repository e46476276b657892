import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from gatewright.boards.answers import SelfTest
from gatewright.boards.pins import MODULE, VARIABLE, Line, Outcome, PinBench, outcome, prepare
from gatewright.errors import GatewrightError
from gatewright.graph.file import loads
from gatewright.hdl.link.protocol import Counts
from tests.boards.test_link import sample_words, small


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A bench in a folder with a space in its name, where an outcome of before lay."""
    folder = tmp_path_factory.mktemp("a bench")
    (folder / "outcome.json").write_text(json.dumps({"vectors": 1}))
    line = Line(divisor=4, timeout_bits=64, drift=0.99, faults=0.1, kinds=("flip",), noise=0.3, resets=0.2, seed=5)
    return folder, line, prepare(small(), sample_words(small(), 7), folder, line=line, selftest=(9, 3))


def test_everything_that_the_bench_reads_lies_in_the_folder(prepared):
    folder, line, bench = prepared
    assert (bench.top, bench.module, bench.folder) == ("top", MODULE, folder)
    assert list(bench.env) == [VARIABLE]
    with open(bench.env[VARIABLE], encoding="utf-8") as file:  # noqa: PTH123
        task = json.load(file)
    assert np.array_equal(task["words"], sample_words(small(), 7))
    assert Line(**{**task["line"], "kinds": tuple(task["line"]["kinds"])}) == line
    assert task["selftest"] == [9, 3]
    assert loads((folder / "graph.lgn").read_bytes()) == small()
    assert task["graph"] == str((folder / "graph.lgn").resolve())
    assert task["outcome"] == str(bench.outcome.resolve())


def test_the_verilog_has_the_pins_of_the_top(prepared):
    (source,) = prepared[2].sources
    text = source.read_text()
    top = text[text.index("module top(") :]
    ports = top[len("module top(") : top.index(")")].replace(" ", "").split(",")
    assert sorted(ports) == ["clk", "rst", "rx", "tx"]


def test_an_outcome_of_before_is_not_taken_for_a_new_one(prepared):
    bench = prepared[2]
    assert not bench.outcome.exists()
    with pytest.raises(GatewrightError, match="left no result"):
        outcome(bench)


@pytest.mark.parametrize("content", ["", "[]", "3", '{"vectors": 1}', "\xff"])
def test_an_outcome_that_is_damaged_is_none(tmp_path, content):
    bench = PinBench((), "top", MODULE, {}, tmp_path, tmp_path / "outcome.json")
    bench.outcome.write_bytes(content.encode("latin-1"))
    with pytest.raises(GatewrightError, match=r"left no result in .*outcome\.json .* see the simulator's log"):
        outcome(bench)


SEEN = Outcome(5, 1, 0, 2, 3, 4, 6, 9, 7, 8, 11, 10, Counts(40, 5, 3), None)
TESTED = SelfTest(20, 99, 99, 26, 26, 12_000_000)


@pytest.mark.parametrize("selftest", [None, TESTED])
def test_an_outcome_comes_back(tmp_path, selftest):
    bench = PinBench((), "top", MODULE, {}, tmp_path, tmp_path / "outcome.json")
    seen = replace(SEEN, selftest=selftest)
    bench.outcome.write_text(json.dumps(asdict(seen)))
    assert outcome(bench) == seen


def test_nothing_compared_is_no_success():
    assert SEEN.passed
    assert not replace(SEEN, vectors=0).passed
    assert not replace(SEEN, mismatches=1).passed
    assert replace(SEEN, selftest=TESTED).passed
    assert not replace(SEEN, selftest=replace(TESTED, signature=98)).passed
