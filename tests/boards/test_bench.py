"""The board top on its pins, with the host's own code at the other end of the line."""

import pytest

from gatewright.boards.pins import FAULTS, Line, outcome, prepare
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
    ("line", "count", "pipeline"),
    [
        (Line(divisor=4, timeout_bits=TIMEOUT_BITS), 40, Pipeline()),
        (Line(divisor=4, timeout_bits=TIMEOUT_BITS), 40, Pipeline(lanes=1)),
        # The line as the boards have it.
        (Line(), 4, Pipeline()),
        (Line(timeout_bits=TIMEOUT_BITS, drift=0.98), 20, Pipeline()),
        (Line(timeout_bits=TIMEOUT_BITS, drift=1.02), 20, Pipeline()),
    ],
    ids=["quick", "serial", "real", "fast host", "slow host"],
)
def test_every_answer_is_right_at_the_first_attempt_and_the_line_never_stands_still(tmp_path, line, count, pipeline):
    graph = small()
    words = sample_words(graph, count)
    seen = simulate(prepare(graph, words, tmp_path, line=line, pipeline=pipeline, selftest=(300, 5)))
    assert (seen.vectors, seen.mismatches, seen.retries, seen.errors, seen.dropped) == (count, 0, 0, 0, 0)
    assert seen.ties > 0
    assert seen.selftest.samples == 300
    assert seen.passed
    assert (seen.counts.samples, seen.counts.errors) == (count, 0)
    # Twelve bytes of a sample or eleven of a result; what fills the line is little, and no bit is left between frames.
    assert 12 <= seen.sent / count <= 14
    assert seen.idle == 0
    # The line is full from the first question to the last; the last answer comes behind it.
    assert 0 < seen.bits - 10 * seen.sent * line.drift < 200
    assert seen.received == 11 * count


@pytest.mark.parametrize("kind", FAULTS)
def test_a_bad_line_is_survived(tmp_path, kind):
    graph = small()
    line = Line(divisor=4, timeout_bits=TIMEOUT_BITS, faults=0.01, kinds=(kind,), seed=3)
    seen = simulate(prepare(graph, sample_words(graph, 60), tmp_path, line=line, selftest=(20, 1)))
    assert (seen.vectors, seen.mismatches, seen.selftest.passed) == (60, 0, True)
    assert seen.faults > 10
    assert seen.retries > 3
    assert seen.errors > 0


def test_noise_between_frames_is_survived(tmp_path):
    graph = small()
    line = Line(divisor=4, timeout_bits=TIMEOUT_BITS, noise=0.3, seed=4)
    seen = simulate(prepare(graph, sample_words(graph, 60), tmp_path, line=line, selftest=(20, 1)))
    assert (seen.vectors, seen.mismatches, seen.selftest.passed) == (60, 0, True)
    assert seen.faults > 10
    assert seen.dropped > 20


def test_resets_in_mid_frame_are_survived(tmp_path):
    graph = small()
    line = Line(divisor=4, timeout_bits=TIMEOUT_BITS, resets=0.2)
    bench = prepare(
        graph,
        sample_words(graph, 60),
        tmp_path,
        line=line,
        pipeline=Pipeline(encoder=True, gates=1, popcount=1, argmax=1),
        selftest=(100, 9),
    )
    seen = simulate(bench)
    assert (seen.vectors, seen.mismatches, seen.selftest.passed) == (60, 0, True)
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
