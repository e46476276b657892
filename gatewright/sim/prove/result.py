"""The result of a netlist, stage by stage: the valid bit, the scores of each class, the label."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE
from .cec import Verdict
from .circuit import encode, label, label_bits, nets, payload, score, score_bits
from .design import COUNTED, PAYLOAD, READY, VALID, WORDS_VALID, Design

Words = tuple[int, ...]
_PATTERNS = 256

Ask = Callable[[str, Sequence[int], Sequence[int]], Verdict]


def result_holds(
    design: Design, graph: GateGraph, latency: int, folder: Path, stem: str, seconds: int
) -> tuple[Verdict, Words | None]:
    """After ``latency`` cycles without a stall, from any state: label, scores and valid bit of the words of cycle 0.

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
    run = design.unrolled(_running)
    outputs, valid = run.output(PAYLOAD, latency), run.output(VALID, latency)
    asked = design.variable(WORDS_VALID, 0, 0)
    verdict = ask("valid", valid, [asked])
    decided = _cut(design, graph, latency, ask) if verdict.equivalent else verdict
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


def _running(port: str, _cycle: int) -> int | None:
    """No reset and no stall."""
    return {"rst": FALSE, READY: TRUE}.get(port)


def _cut(design: Design, graph: GateGraph, latency: int, ask: Ask) -> Verdict | None:
    """Nets, scores and label, one after another; None if the design does not say where it can be cut."""
    aig, low, width = design.aig, label_bits(graph), score_bits(graph)
    literals = nets(aig, graph, encode(aig, graph.encoder, design.words))
    listed = np.unique(np.concatenate(graph.groups))
    counted = [net for net in listed.tolist() if net > 1]
    wires = design.netlist.wires.get(COUNTED, ())
    wanted = [literals[net] for net in counted]
    cycle = _cycle(design, wires, wanted, latency) if len(wires) == len(wanted) > 0 else None
    if cycle is None:
        return None
    verdict = ask("nets", design.unrolled(_running).at(wires, cycle), wanted)
    if not verdict.equivalent:
        return verdict
    free = {bit: aig.input() for bit in wires if bit > TRUE}
    behind = design.unrolled(_running, {(bit, cycle): literal for bit, literal in free.items()})
    outputs = behind.output(PAYLOAD, latency)
    scores = outputs[low:]
    variable = {FALSE: FALSE, TRUE: TRUE} | {net: free.get(bit, bit) for net, bit in zip(counted, wires, strict=True)}
    for index, group in enumerate(graph.groups):
        total = score(aig, group.tolist(), variable, width)
        verdict = ask(f"score{index}", scores[index * width : (index + 1) * width], total)
        if not verdict.equivalent:
            return verdict
    replaced = aig.substitute(outputs, {bit >> 1: aig.input() for bit in scores if bit > TRUE})
    numbers = [replaced[at : at + width] for at in range(low, len(replaced), width)]
    return ask("label", replaced[:low], label(aig, numbers))


def _cycle(design: Design, wires: Sequence[int], wanted: Sequence[int], latency: int) -> int | None:
    """The cycle in which wires look like the literals that are wanted, on random words; a hint and no proof."""
    aig = design.aig
    generator = random.Random(0)  # noqa: S311 - patterns, not secrets
    run = design.unrolled(_running)
    for cycle in range(latency + 1):
        found = run.at(wires, cycle)
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
