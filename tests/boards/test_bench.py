"""The board top on its pins, with the host's own code at the other end of the line."""

import pytest

from gatewright.boards.pins import Line, outcome, prepare
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from gatewright.sim.runner import run_cocotb
from tests.boards.test_link import sample_words, small

TIMEOUT_BITS = 64


def simulate(bench):
    """Run a bench, and say what it saw."""
    run_cocotb(bench.sources, bench.top, bench.module, bench.folder / "build", environment=bench.env)
    return outcome(bench)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (Line(divisor=4, timeout_bits=TIMEOUT_BITS), 40),
        # The line as the boards have it.
        (Line(), 4),
        (Line(timeout_bits=TIMEOUT_BITS, drift=0.98), 10),
        (Line(timeout_bits=TIMEOUT_BITS, drift=1.02), 10),
    ],
    ids=["quick", "real", "slow host", "fast host"],
)
def test_every_answer_is_right_at_the_first_attempt(tmp_path, line, count):
    graph = small()
    seen = simulate(prepare(graph, sample_words(graph, count), tmp_path, line=line))
    assert (seen.vectors, seen.mismatches, seen.retries, seen.errors) == (count, 0, 0, 0)
    assert seen.ties > 0
    assert seen.passed


def test_a_bad_line_is_survived(tmp_path):
    graph = small()
    line = Line(divisor=4, timeout_bits=TIMEOUT_BITS, faults=0.01, seed=3)
    seen = simulate(prepare(graph, sample_words(graph, 60), tmp_path, line=line))
    assert (seen.vectors, seen.mismatches) == (60, 0)
    assert seen.faults > 10
    assert seen.retries > 3
    assert seen.errors > 0


def test_resets_in_mid_frame_are_survived(tmp_path):
    graph = small()
    line = Line(divisor=4, timeout_bits=TIMEOUT_BITS, resets=0.2)
    bench = prepare(
        graph,
        sample_words(graph, 40),
        tmp_path,
        line=line,
        pipeline=Pipeline(encoder=True, gates=1, popcount=1, argmax=1),
    )
    seen = simulate(bench)
    assert (seen.vectors, seen.mismatches) == (40, 0)
    assert seen.resets > 5
    assert seen.retries > 3


def test_a_board_that_holds_another_network_fails(tmp_path):
    graph = small()
    bench = prepare(graph, sample_words(graph, 2), tmp_path, line=Line(divisor=4, timeout_bits=TIMEOUT_BITS))
    from gatewright.graph.file import dumps

    (tmp_path / "graph.lgn").write_bytes(dumps(small(5)))
    with pytest.raises(GatewrightError, match="holds the network"):
        simulate(bench)
    with pytest.raises(GatewrightError, match="left no result"):
        outcome(bench)
