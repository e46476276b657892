"""A netlist follows its graph: stream, reset and result (see `prove` for the three statements)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE
from .cec import Verdict
from .circuit import is_number
from .design import PAYLOAD, READY, VALID, WORDS_READY, WORDS_VALID, Design
from .netlist import Netlist
from .result import Words, result_holds
from .unroll import Unrolled


def follows(
    graph: GateGraph,
    netlist: Netlist,
    latency: int,
    folder: Path,
    stem: str,
    seconds: int,
    interval: int = 1,
    lanes: int = 0,
) -> tuple[Verdict, Words | None]:
    """Whether a netlist computes a graph behind ``latency`` cycles of a stalling stream.

    Args:
        graph: what it must compute.
        netlist: the design.
        latency: cycles from words to result.
        folder: where AIGER files and logs are written.
        stem: of their names.
        seconds: limit of each question to abc.
        interval: cycles from one sample to the next.
        lanes: bits that a serial popcount adds in a cycle: it adds them in the order of the hardware,
            which is a help for abc and no assumption.

    Returns:
        The verdict, with the seconds of all questions; and the words of a sample that is classified wrongly.

    Raises:
        GatewrightError: if the ports are not those of the classifier, or the netlist has a combinational loop.
    """
    design = Design(graph, netlist, interval)
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
    result, words = result_holds(design, graph, latency, folder, stem, seconds, lanes)
    spent += result.seconds
    if not result.equivalent:
        return replace(result, seconds=spent, sentence=f"result: {result.sentence}"), words
    sentence = f"result, stream and reset hold for every input and every state, with latency {latency}"
    if interval > 1:
        sentence += f" and a sample every {interval} cycles"
    return replace(result, seconds=spent, sentence=sentence), None


def _registered(design: Design) -> bool:
    """Whether the result and its valid bit are functions of registers alone."""
    run = design.unrolled(lambda _port, _cycle: None)
    outputs = run.output(PAYLOAD, 0) + run.output(VALID, 0)
    return set(design.aig.support(outputs)) <= set(design.state.values())


def _stream(design: Design) -> tuple[list[int], list[int]]:
    """In any state: the design advances if the receiver is ready or nothing is valid, and takes words in its phase.

    If it does not advance, every register is held; if it does, the next state does not depend on why.
    """
    aig = design.aig
    free = design.unrolled(lambda port, _: {"rst": FALSE}.get(port))
    run = design.unrolled(lambda port, _: {"rst": FALSE, READY: TRUE}.get(port))
    anything = design.unrolled(lambda _port, _cycle: None)
    advance = aig.lor(design.variable(READY, 0, 0), anything.output(VALID, 0)[0] ^ 1)
    last = is_number(aig, design.phases, design.interval - 1)
    left, right = anything.output(WORDS_READY, 0), [aig.land(advance, last)]
    for bit, held in design.state.items():
        left.append(free.next(bit))
        right.append(aig.mux(advance, held, run.next(bit)))
    for one, other in _phases(design, run) if design.phase else ():
        left.append(one)
        right.append(other)
    return left, right


def _phases(design: Design, run: Unrolled) -> Iterator[tuple[int, int]]:
    """Literals that must be equal: reset leads to phase 0; a legal phase, to the next one of the interval.

    Phase 0 lasts until words are offered.
    """
    aig, interval = design.aig, design.interval
    phase, following = design.phases, run.at(design.phase, 1)
    reset = design.unrolled(lambda port, _: {"rst": TRUE}.get(port)).at(design.phase, 1)
    yield is_number(aig, reset, 0), TRUE
    offered = design.variable(WORDS_VALID, 0, 0)
    for number in range(interval):
        moved = is_number(aig, following, (number + 1) % interval)
        if not number:
            moved = aig.mux(offered, is_number(aig, following, 0), moved)
        yield aig.land(is_number(aig, phase, number), moved ^ 1), FALSE


def _reset(design: Design, latency: int) -> tuple[list[int], list[int]]:
    """From any state, whatever the receiver does in the cycle of the reset: no valid result before a new word's.

    With a serial popcount, a result is valid so many cycles behind words that were taken (see `result`), so that the
    cycles up to there are all that a reset has to clear.
    """
    run = design.unrolled(
        lambda port, cycle: {"rst": TRUE if cycle == 0 else FALSE, READY: TRUE if cycle else None}.get(port)
    )
    left = [run.output(VALID, cycle)[0] for cycle in range(1, latency - design.interval + 2)]
    return left, [FALSE] * len(left)
