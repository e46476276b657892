"""Lets a board classify, a real one or a simulated one."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .say import Say

if TYPE_CHECKING:
    from gatewright.boards.answers import Counters, SelfTest
    from gatewright.boards.board import Board
    from gatewright.boards.link import BoardLink
    from gatewright.boards.pins import Outcome
    from gatewright.hdl.link.protocol import Counts
    from gatewright.hdl.pipeline import Pipeline
    from gatewright.sim.simulator import Simulator

SELFTEST = 1_000_000
"""Samples of a self-test, or as many as a board classifies in a second."""
SIMULATED_SELFTEST = 1_000
"""Samples of the self-test of a simulated board."""
SEED = 1
"""Of the samples of a self-test."""


@dataclass(frozen=True)
class Asked:
    """What a board answered.

    Attributes:
        labels: (samples,) class indices.
        mismatches: samples whose label or scores are not those of the reference.
        seconds: from the first question to the last answer.
        wire: what happened on the line meanwhile.
        counts: what the board counted meanwhile; None if it was built without counters.
        selftest: what came of its self-test; None if none was asked for.
        tools: version of each program that took part.
    """

    labels: Any
    mismatches: int
    seconds: float
    wire: Counters
    counts: Counts | None
    selftest: SelfTest | None
    tools: dict[str, str]

    def values(self, baud: int) -> dict[str, Any]:
        """What is kept of it beside the answers themselves."""
        test = self.selftest
        tested = {"passed": test.passed, "samples_per_second": test.samples_per_second} if test else {}
        return {
            "mismatches": self.mismatches,
            "samples_per_second": len(self.labels) / self.seconds,
            "bytes_per_second": max(self.wire.sent, self.wire.received) / self.seconds,
            "line_bytes_per_second": baud / 10,
            "retries": self.wire.retries,
            "errors": self.wire.errors,
            "dropped": self.wire.dropped,
            "counted": asdict(self.counts) if self.counts else None,
            "selftest": asdict(test) | tested if test else None,
            "tools": self.tools,
        }


def port(graph: GateGraph, board: Board, words: Any, name: str, say: Say, *, selftest: bool = False) -> Asked:
    """Ask the board at a serial port."""
    import serial

    from gatewright.boards.link import BoardLink
    from gatewright.boards.port import TIMEOUT_S, open_port
    from gatewright.hdl.link.protocol import TIMEOUT_BITS

    expected = graph.scores(words)
    # A silent read must outlast the board's own timeout.
    with open_port(name, board.baud, timeout=max(TIMEOUT_S, 2 * TIMEOUT_BITS / board.baud)) as opened:
        link = BoardLink(opened, graph)
        say("asking the board what it is", None)
        counting = link.hello().selftest
        earlier, before = link.read_counters() if counting else None, replace(link.counters)
        started = time.monotonic()
        answers = link.answers(words, lambda done: say(f"sending {len(words)} samples", done / len(words)))
        seconds = time.monotonic() - started
        wire = link.counters.since(before)
        counts = link.read_counters().since(earlier) if earlier else None
        tested = _selftest(link, say) if selftest else None
    wrong = (answers.scores != expected).any(axis=1) | (answers.labels != expected.argmax(axis=1))
    tools = {"pyserial": str(serial.__version__)}
    return Asked(answers.labels, int(wrong.sum()), seconds, wire, counts, tested, tools)


def pins(
    graph: GateGraph, board: Board, pipeline: Pipeline, words: Any, folder: Path, say: Say, *, selftest: bool = False
) -> Asked:
    """Ask a simulated board; `Asked.seconds` is what the same bits take on the line of a real one.

    Raises:
        GatewrightError: if an answer differs from the reference; so the labels are those of the reference.
    """
    from gatewright.boards.answers import Counters

    say(f"simulating the board and its serial line for {len(words)} samples", None)
    test = (SIMULATED_SELFTEST, SEED) if selftest else None
    seen, simulator = simulate(graph, board, pipeline, words, folder, selftest=test)
    labels = graph.scores(words).argmax(axis=1)
    wire = Counters(seen.vectors, seen.retries, seen.errors, seen.dropped, seen.sent, seen.received)
    tools = {simulator.name: simulator.version}
    return Asked(labels, seen.mismatches, seen.bits / board.baud, wire, seen.counts, seen.selftest, tools)


def simulate(
    graph: GateGraph,
    board: Board,
    pipeline: Pipeline,
    words: Any,
    folder: Path,
    clock_hz: int | None = None,
    selftest: tuple[int, int] | None = None,
) -> tuple[Outcome, Simulator]:
    """What the pin bench of a board saw, and the simulator that ran it; the clock is the board's own if None."""
    from gatewright.boards.pins import outcome, prepare
    from gatewright.hdl.link.protocol import Shape
    from gatewright.sim.runner import run_cocotb

    clock = clock_hz or board.clock_hz
    bench = prepare(graph, words, folder, pipeline=pipeline, clock_hz=clock, selftest=selftest, testable=board.selftest)
    # The gates see a new word with every bit that comes; most cycles of the line change nothing else.
    work = graph.gates * (len(words) * Shape.of(graph).sample_bits + (selftest[0] if selftest else 0))
    ran = run_cocotb(bench.sources, bench.top, bench.module, bench.folder, environment=bench.env, work=work)
    seen = outcome(bench)
    if not seen.passed:
        raise GatewrightError(
            f"The simulated board differs from the network in {seen.mismatches} samples: see {folder}."
        )
    return seen, ran.simulator


def _selftest(link: BoardLink, say: Say) -> SelfTest:
    """As many samples as a board can be asked and the reference can follow."""
    hello = link.hello()
    samples = min(SELFTEST, max(1, hello.clock_hz // hello.interval_cycles))
    say(f"letting the board test itself with {samples:,} samples", None)
    return link.selftest(samples, SEED)
