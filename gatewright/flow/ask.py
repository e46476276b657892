"""Lets a board classify, a real one or a simulated one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .say import Say

if TYPE_CHECKING:
    from gatewright.boards.board import Board
    from gatewright.boards.pins import Outcome
    from gatewright.hdl.pipeline import Pipeline
    from gatewright.sim.simulator import Simulator

CHUNK = 256
"""Samples between two looks at how far a board is."""


@dataclass(frozen=True)
class Asked:
    """What a board answered.

    Attributes:
        labels: (samples,) class indices.
        mismatches: samples whose label or scores are not those of the reference.
        seconds: from the first question to the last answer.
        retries: times that the host had to start again.
        tools: version of each program that took part.
    """

    labels: Any
    mismatches: int
    seconds: float
    retries: int
    tools: dict[str, str]


def port(graph: GateGraph, board: Board, words: Any, name: str, say: Say) -> Asked:
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
        link.hello()
        started = time.monotonic()
        answers = []
        for first in range(0, len(words), CHUNK):
            say(f"sending {len(words)} samples", first / len(words))
            answers.append(link.answers(words[first : first + CHUNK]))
        seconds = time.monotonic() - started
    labels = np.concatenate([answer.labels for answer in answers])
    scores = np.concatenate([answer.scores for answer in answers])
    wrong = (scores != expected).any(axis=1) | (labels != expected.argmax(axis=1))
    return Asked(labels, int(wrong.sum()), seconds, link.counters.retries, {"pyserial": str(serial.__version__)})


def pins(graph: GateGraph, board: Board, pipeline: Pipeline, words: Any, folder: Path, say: Say) -> Asked:
    """Ask a simulated board; `Asked.seconds` is what the same bits take on the line of a real one.

    Raises:
        GatewrightError: if an answer differs from the reference; so the labels are those of the reference.
    """
    say(f"simulating the board and its serial line for {len(words)} samples", None)
    seen, simulator = simulate(graph, board, pipeline, words, folder)
    labels = graph.scores(words).argmax(axis=1)
    return Asked(labels, seen.mismatches, seen.bits / board.baud, seen.retries, {simulator.name: simulator.version})


def simulate(
    graph: GateGraph, board: Board, pipeline: Pipeline, words: Any, folder: Path, clock_hz: int | None = None
) -> tuple[Outcome, Simulator]:
    """What the pin bench of a board saw, and the simulator that ran it; the clock is the board's own if None."""
    from gatewright.boards.pins import outcome, prepare
    from gatewright.sim.runner import run_cocotb

    bench = prepare(graph, words, folder, pipeline=pipeline, clock_hz=clock_hz or board.clock_hz)
    ran = run_cocotb(bench.sources, bench.top, bench.module, bench.folder, environment=bench.env)
    seen = outcome(bench)
    if not seen.passed:
        raise GatewrightError(
            f"The simulated board differs from the network in {seen.mismatches} samples: see {folder}."
        )
    return seen, ran.simulator
