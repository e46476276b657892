"""The result of a netlist, stage by stage: the valid bit, the scores of each class, the label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE
from .cec import Verdict
from .circuit import encode, label, nets, payload, popcount
from .design import PAYLOAD, READY, VALID, WORDS_VALID, Design
from .guide import Guide
from .match import partners

Words = tuple[int, ...]
Ask = Callable[[str, Sequence[int], Sequence[int]], Verdict]


def result_holds(
    design: Design, graph: GateGraph, latency: int, folder: Path, stem: str, seconds: int
) -> tuple[Verdict, Words | None]:
    """After ``latency`` cycles without a stall, from any state: label, scores and valid bit of the words of cycle 0.

    The comparison is cut twice. Signals of the design that are proven to equal counted nets are replaced, on both
    sides, by free variables, and then the scores are compared; then the scores are replaced likewise, and the
    label is compared. Two functions of equal signals that agree for all values of the signals agree for all words,
    so every cut is sound. A cut that fails shows nothing: the uncut comparison then decides.

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
    run = design.unrolled(lambda port, _: {"rst": FALSE, READY: TRUE}.get(port))
    outputs, valid = run.output(PAYLOAD, latency), run.output(VALID, latency)
    asked = design.variable(WORDS_VALID, 0, 0)
    verdict = ask("valid", valid, [asked])
    for question in (_scores, _label) if verdict.equivalent else ():
        verdict = question(design, graph, outputs, ask)
        if not verdict.equivalent:
            break
    if verdict.counterexample is None:
        return replace(verdict, seconds=spent), None
    specified = payload(aig, graph, design.words, outputs)
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


def _scores(design: Design, graph: GateGraph, outputs: Sequence[int], ask: Ask) -> Verdict:
    """The scores as functions of the counted nets, class by class."""
    aig, low, width = design.aig, label_bits(graph), score_bits(graph)
    literals = nets(aig, graph, encode(aig, graph.encoder, design.words))
    groups = [[literals[net] for net in group.tolist()] for group in graph.groups]
    counted = [literal for group in groups for literal in group]
    found = partners(aig, outputs, counted, lambda left, right: ask("nets", left, right))
    free: dict[int, int] = {}
    for literal, partner in found.items():
        if partner > TRUE:
            variable = free.get(partner >> 1)
            variable = aig.input() if variable is None else variable ^ partner & 1
            free[literal >> 1] = variable
            free[partner >> 1] = variable ^ partner & 1
    scores = aig.substitute(outputs, free)[low:]
    cut = dict(zip(counted, aig.substitute(counted, free), strict=True))
    guide = Guide(aig, scores)
    verdict = None
    for index, group in enumerate(groups):
        total = popcount(aig, [cut[literal] for literal in group], width, guide)
        verdict = ask(f"score{index}", scores[index * width : (index + 1) * width], total)
        if not verdict.equivalent:
            return verdict
    if verdict is None:
        raise GatewrightError("The graph has no class.")
    return verdict


def _label(design: Design, graph: GateGraph, outputs: Sequence[int], ask: Ask) -> Verdict:
    """The label as a function of the scores."""
    low, width = label_bits(graph), score_bits(graph)
    free = {bit >> 1: design.aig.input() for bit in outputs[low:] if bit > TRUE}
    cut = design.aig.substitute(outputs, free)
    numbers = [cut[at : at + width] for at in range(low, len(cut), width)]
    return ask("label", cut[:low], label(design.aig, numbers))


def classified(graph: GateGraph, words: Words) -> str:
    """Label and scores of one sample of words by the reference."""
    scores = graph.scores(np.array([words], dtype=np.uint16))[0]
    return f"class {graph.class_names[int(scores.argmax())]!r} with scores {scores.tolist()}"


def label_bits(graph: GateGraph) -> int:
    """The width of a label."""
    return max(1, (graph.classes - 1).bit_length())


def score_bits(graph: GateGraph) -> int:
    """The width of a score."""
    return max(1, graph.max_score.bit_length())


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
