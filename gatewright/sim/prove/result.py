"""The result of a netlist, stage by stage: the valid bit, the scores of each class, the label."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.graph.positions import unrolled
from gatewright.hdl import turns
from gatewright.hdl.pipeline import Pipeline

from .aig import FALSE, TRUE
from .cec import Verdict
from .circuit import encode, is_number, label, label_bits, nets, payload, score, score_bits
from .design import COUNTED, PAYLOAD, READY, VALID, WORDS_VALID, Design
from .unroll import Unrolled

Words = tuple[int, ...]
_PATTERNS = 256

Ask = Callable[[str, Sequence[int], Sequence[int]], Verdict]


def result_holds(
    design: Design, graph: GateGraph, latency: int, folder: Path, stem: str, seconds: int, lanes: int = 0
) -> tuple[Verdict, Words | None]:
    """After ``latency`` cycles without a stall, from any state: label, scores and valid bit of the words of cycle 0.

    The positions of a graph are the same as copies of its gates; each has a pass of its own in the hardware.

    With a serial popcount, from any state of phase 0, of words that stand for the interval; and from any state at all,
    the valid bit is that of words taken ``latency - interval + 1`` cycles before.

    The comparison is cut twice. The wires between gates and popcounts are compared with the counted nets; then both
    are replaced by the same free variables, and the scores are compared; then the scores are replaced likewise, and
    the label is compared. Functions that agree for all values of equal signals agree for all words, so every cut is
    sound. A cut that fails shows nothing: the uncut comparison then decides.

    Returns:
        The verdict with the seconds of all comparisons, and the words of a confirmed counterexample.
    """
    spent = 0.0

    def ask(name: str, left: Sequence[int], right: Sequence[int]) -> Verdict:
        nonlocal spent
        verdict = design.compare(left, right, folder, f"{stem}_{name}", seconds)
        spent += verdict.seconds
        return verdict

    aig = design.aig
    if design.interval > 1:
        taken = aig.land(design.variable(WORDS_VALID, 0, 0), is_number(aig, design.phases, design.interval - 1))
        anywhere = design.unrolled(_running).output(VALID, latency - design.interval + 1)
        verdict = ask("taken", anywhere, [taken])
        if not verdict.equivalent:
            return replace(verdict, seconds=spent), None
    run = _run(design)
    outputs, valid = run.output(PAYLOAD, latency), run.output(VALID, latency)
    pipeline = Pipeline(lanes=lanes)
    count = turns.rounds(graph, pipeline) if design.interval > 1 else 0
    wide = turns.lanes(graph, pipeline)
    passes, graph = _passes(graph, design.interval, count), unrolled(graph)
    asked = design.variable(WORDS_VALID, 0, 0) if design.interval == 1 else TRUE
    verdict = ask("valid", valid, [asked])
    decided = _cut(design, graph, passes, (count, wide), latency, ask) if verdict.equivalent else verdict
    if decided is not None and decided.counterexample is None:
        return replace(decided, seconds=spent), None
    specified = payload(aig, graph, design.words)
    verdict = ask("payload", [*outputs, *valid], [*specified, asked])
    verdict = replace(verdict, seconds=spent)
    if verdict.counterexample is None:
        return verdict, None
    words = _confirmed(design, graph, specified, verdict.counterexample)
    *answer, is_valid = aig.simulate([*outputs, *valid], verdict.counterexample, 1)
    sentence = (
        f"{verdict.sentence}: the sample {list(words)} must be {classified(graph, words)}, "
        f"but {design.netlist.name} answers {_readable(graph, answer)}, {'' if is_valid else 'not '}valid"
    )
    return replace(verdict, sentence=sentence), words


def _run(design: Design, cut: Mapping[tuple[int, int], int] | None = None) -> Unrolled:
    """Without reset or stall; with a serial popcount, the words of cycle 0 stand for an interval from phase 0 on."""
    if design.interval == 1:
        return design.unrolled(_running, cut)
    standing = range(design.interval)

    def fixed(port: str, cycle: int) -> int | None:
        return TRUE if port == WORDS_VALID and cycle in standing else _running(port, cycle)

    return design.unrolled(fixed, cut, design.idle, standing)


def _running(port: str, _cycle: int) -> int | None:
    """No reset and no stall."""
    return {"rst": FALSE, READY: TRUE}.get(port)


def _cut(
    design: Design, graph: GateGraph, passes: Sequence[Sequence[int]], counted: tuple[int, int], latency: int, ask: Ask
) -> Verdict | None:
    """Nets, scores and label, one after another; None if the design does not say where it can be cut.

    ``passes`` are when they may begin, ``counted`` the turns of a class in each of them, and the lanes of a turn.
    """
    aig, low, width = design.aig, label_bits(graph), score_bits(graph)
    literals = nets(aig, graph, encode(aig, graph.encoder, design.words))
    count, wide = counted
    for begins in passes:
        border = _border(design, graph, begins, count)
        wanted = [literals[net] for net, _ in border]
        cycle = _cycle(design, border, wanted, latency) if border else None
        if cycle is not None:
            break
    else:
        return None
    points = [(net, (bit, cycle + turn)) for net, (bit, turn) in border]
    run = _run(design)
    verdict = ask("nets", [run.at([bit], when)[0] for _, (bit, when) in points], wanted)
    if not verdict.equivalent:
        return verdict
    variable = {FALSE: FALSE, TRUE: TRUE} | {net: aig.input() for net, _ in points}
    free = {point: variable[net] for net, point in points if point[0] > TRUE}
    # A wire that is a constant, or that stands for several nets, has been shown equal to each of them.
    variable |= {net: free.get(point, point[0]) for net, point in points}
    behind = _run(design, free)
    outputs = behind.output(PAYLOAD, latency)
    scores = outputs[low:]
    for index, group in enumerate(graph.groups):
        total = score(aig, group.tolist(), variable, width, count, len(begins), wide)
        verdict = ask(f"score{index}", scores[index * width : (index + 1) * width], total)
        if not verdict.equivalent:
            return verdict
    replaced = aig.substitute(outputs, {bit >> 1: aig.input() for bit in scores if bit > TRUE})
    numbers = [replaced[at : at + width] for at in range(low, len(replaced), width)]
    return ask("label", replaced[:low], label(aig, numbers))


def _passes(graph: GateGraph, interval: int, count: int) -> list[list[int]]:
    """For each position, how long after the first one its pass begins; a pass can last a cycle longer than its turns.

    ``count`` are the turns of a class.
    """
    if not graph.ring:
        return [[0]]
    least = count * graph.classes
    found = [turns.starts(graph, each) for each in (least, least + 1)]
    return [[begin - begins[0] for begin in begins] for begins in found if begins[-1] - begins[0] + least < interval]


def _border(design: Design, graph: GateGraph, passes: Sequence[int], count: int) -> list[tuple[int, tuple[int, int]]]:
    """The nets that are counted; for each a wire that holds it, and a cycle in which it does, after the first of all.

    Of a serial popcount these are the registers of each class, in which a net may stand more than once, for as long as
    it is the class's turn: of its ``count`` turns in each of the passes. Empty if the design does not say which wires
    they are.
    """
    held = design.netlist.wires.get(COUNTED, ())
    if design.interval == 1:
        listed = [net for net in np.unique(np.concatenate(graph.groups)).tolist() if net > 1]
        return [(net, (bit, 0)) for net, bit in zip(listed, held, strict=True)] if len(listed) == len(held) else []
    border = []
    for number, group in enumerate(graph.groups):
        listed = turns.listed(group).tolist()
        size = len(listed) // len(passes)
        own, held = held[:size], held[size:]
        if len(own) != size:
            return []
        for index, begin in enumerate(passes):
            now = listed[index * size : (index + 1) * size]
            for turn in range(begin + number * count, begin + (number + 1) * count):
                border += [(net, (bit, turn)) for net, bit in zip(now, own, strict=True)]
    return [] if held else border


def _cycle(
    design: Design, border: Sequence[tuple[int, tuple[int, int]]], wanted: Sequence[int], latency: int
) -> int | None:
    """The cycle in which wires look like the literals that are wanted, on random words; a hint and no proof."""
    aig = design.aig
    generator = random.Random(0)  # noqa: S311 - patterns, not secrets
    run = _run(design)
    for cycle in range(latency + 1):
        found = [run.at([bit], cycle + turn)[0] for _, (bit, turn) in border]
        values = {x: generator.getrandbits(_PATTERNS) for x in aig.support([*found, *wanted])}
        mask = (1 << _PATTERNS) - 1
        if aig.simulate(found, values, mask) == aig.simulate(wanted, values, mask):
            return cycle
    return None


def classified(graph: GateGraph, words: Words) -> str:
    """Label and scores of one sample of words by the reference."""
    scores = graph.scores(np.array([words], dtype=np.uint16))[0]
    return f"class {graph.class_names[int(scores.argmax())]!r} with scores {scores.tolist()}"


def _confirmed(design: Design, graph: GateGraph, right: Sequence[int], values: dict[int, int]) -> Words:
    """The words of cycle 0 of a counterexample, for which the reference must agree with the specification."""
    words = tuple(sum(values.get(bit, 0) << i for i, bit in enumerate(word)) for word in design.words)
    if _readable(graph, design.aig.simulate(right, values, 1)) != classified(graph, words):
        raise GatewrightError(f"The specification and the reference disagree on the words {list(words)}: report this.")
    return words


def _readable(graph: GateGraph, bits: Sequence[int]) -> str:
    low, width = label_bits(graph), score_bits(graph)
    numbers = [bits[:low], *(bits[at : at + width] for at in range(low, len(bits), width))]
    index, *scores = (sum(bit << i for i, bit in enumerate(number)) for number in numbers)
    name = repr(graph.class_names[index]) if index < graph.classes else f"number {index}"
    return f"class {name} with scores {scores}"
