import json

import numpy as np
import pytest

from gatewright.boards.pins import MODULE, VARIABLE, Line, Outcome, PinBench, outcome, prepare
from gatewright.errors import GatewrightError
from gatewright.graph.file import loads
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


def test_an_outcome_comes_back(tmp_path):
    bench = PinBench((), "top", MODULE, {}, tmp_path, tmp_path / "outcome.json")
    values = {"vectors": 5, "ties": 1, "mismatches": 0, "retries": 2, "errors": 3, "faults": 4, "resets": 6, "bits": 9}
    values |= {"dropped": 7, "sent": 8, "idle": 10, "selftest": False}
    bench.outcome.write_text(json.dumps(values))
    assert outcome(bench) == Outcome(**values)


def test_nothing_compared_is_no_success():
    assert Outcome(5, 0, 0, 0, 0, 0, 0, 0).passed
    assert not Outcome(0, 0, 0, 0, 0, 0, 0, 0).passed
    assert not Outcome(5, 0, 1, 0, 0, 0, 0, 0).passed
    assert Outcome(5, 0, 0, 0, 0, 0, 0, 0, selftest=True).passed
    assert not Outcome(5, 0, 0, 0, 0, 0, 0, 0, selftest=False).passed
