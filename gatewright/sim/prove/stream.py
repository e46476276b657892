"""A netlist follows its graph: stream, reset and result (see `prove` for the three statements)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE
from .cec import Verdict
from .design import PAYLOAD, READY, VALID, WORDS_READY, Design
from .netlist import Netlist
from .result import Words, result_holds


def follows(
    graph: GateGraph, netlist: Netlist, latency: int, folder: Path, stem: str, seconds: int
) -> tuple[Verdict, Words | None]:
    """Whether a netlist computes a graph behind ``latency`` cycles of a stalling stream.

    Returns:
        The verdict, with the seconds of all questions; and the words of a sample that is classified wrongly.

    Raises:
        GatewrightError: if the ports are not those of the classifier, or the netlist has a combinational loop.
    """
    design = Design(graph, netlist)
    if not _registered(design):
        sentence = "stream: the result depends on an input in the same cycle, not on registers alone"
        return Verdict(False, "structure", 0.0, None, sentence), None
    stream = design.compare(*_stream(design), folder, f"{stem}_stream", seconds)
    if not stream.equivalent:
        return replace(stream, sentence=f"stream: {stream.sentence}"), None
    reset = design.compare(*_reset(design, latency), folder, f"{stem}_reset", seconds)
    spent = stream.seconds + reset.seconds
    if not reset.equivalent:
        return replace(reset, seconds=spent, sentence=f"reset: {reset.sentence}"), None
    result, words = result_holds(design, graph, latency, folder, stem, seconds)
    spent += result.seconds
    if not result.equivalent:
        return replace(result, seconds=spent, sentence=f"result: {result.sentence}"), words
    sentence = f"result, stream and reset hold for every input and every state, with latency {latency}"
    return replace(result, seconds=spent, sentence=sentence), None


def _registered(design: Design) -> bool:
    """Whether the result and its valid bit are functions of registers alone."""
    run = design.unrolled(lambda _port, _cycle: None)
    outputs = run.output(PAYLOAD, 0) + run.output(VALID, 0)
    return set(design.aig.support(outputs)) <= set(design.state.values())


def _stream(design: Design) -> tuple[list[int], list[int]]:
    """In any state: ready = receiver ready or nothing valid; not ready holds every register; why does not matter."""
    aig = design.aig
    free = design.unrolled(lambda port, _: {"rst": FALSE}.get(port))
    run = design.unrolled(lambda port, _: {"rst": FALSE, READY: TRUE}.get(port))
    anything = design.unrolled(lambda _port, _cycle: None)
    advance = aig.lor(design.variable(READY, 0, 0), anything.output(VALID, 0)[0] ^ 1)
    left, right = anything.output(WORDS_READY, 0), [advance]
    for bit, held in design.state.items():
        left.append(free.next(bit))
        right.append(aig.mux(advance, held, run.next(bit)))
    return left, right


def _reset(design: Design, latency: int) -> tuple[list[int], list[int]]:
    """From any state, whatever the receiver does in the cycle of the reset: no valid result before a new word's."""
    run = design.unrolled(
        lambda port, cycle: {"rst": TRUE if cycle == 0 else FALSE, READY: TRUE if cycle else None}.get(port)
    )
    left = [run.output(VALID, cycle)[0] for cycle in range(1, latency + 1)]
    return left, [FALSE] * len(left)
