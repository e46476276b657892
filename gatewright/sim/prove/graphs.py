"""Learned graph = optimised graph: every score and the label, for every input."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.graph.positions import unrolled

from .aig import Aig
from .cec import Verdict, equivalent
from .circuit import Number, accumulate, encode, label, nets, popcount, score_bits

_PATTERNS = 1024


def same_scores(
    left: GateGraph, right: GateGraph, folder: Path, seconds: int
) -> tuple[Verdict, tuple[int, ...] | None]:
    """Compare two graphs; the second result is a sample of words on which they differ, if one was found.

    Where both have the same thresholds, free input bits are tried first: that is the stronger statement.
    Otherwise, or if input bits that no word produces tell the graphs apart, the words are free. Two graphs that look
    from the same positions, and agree from one for all input bits, agree from all of them.

    Raises:
        GatewrightError: if the graphs have different features, quantisation or classes.
    """
    a, b = left.encoder, right.encoder
    same_words = a.feature_names == b.feature_names and a.word_width == b.word_width
    if not same_words or not np.array_equal(a.offset, b.offset) or not np.array_equal(a.scale, b.scale):
        raise GatewrightError(
            "The learned and the optimised graph quantise their features differently: export the network again."
        )
    if left.class_names != right.class_names:
        raise GatewrightError(
            f"The learned graph has the classes {list(left.class_names)}, "
            f"the optimised one {list(right.class_names)}: export again."
        )
    pairs = [(unrolled(left), unrolled(right))]
    if left.ring and left.positions == right.positions:
        pairs.insert(0, (replace(left, positions=(0,)), replace(right, positions=(0,))))
    spent = 0.0
    for one, other in pairs:
        if np.array_equal(a.feature, b.feature) and np.array_equal(a.threshold, b.threshold):
            aig = Aig()
            bits = aig.inputs(a.inputs)
            verdict = _compare(aig, one, other, bits, bits, bits, folder, "graphs_bits", seconds)
            if verdict.equivalent:
                return verdict, None
            spent += verdict.seconds
    aig = Aig()
    words = [aig.inputs(a.word_width) for _ in range(a.features)]
    free = [bit for word in words for bit in word]
    verdict = _compare(
        aig, one, other, encode(aig, a, words), encode(aig, b, words), free, folder, "graphs_words", seconds
    )
    verdict = Verdict(
        verdict.equivalent, verdict.engine, spent + verdict.seconds, verdict.counterexample, verdict.sentence
    )
    if verdict.counterexample is None:
        return verdict, None
    return verdict, tuple(sum(verdict.counterexample[bit] << i for i, bit in enumerate(word)) for word in words)


def _compare(
    aig: Aig,
    left: GateGraph,
    right: GateGraph,
    left_bits: Sequence[int],
    right_bits: Sequence[int],
    free: Sequence[int],
    folder: Path,
    name: str,
    seconds: int,
) -> Verdict:
    width = max(score_bits(left), score_bits(right))
    sides = []
    for graph, bits in ((left, left_bits), (right, right_bits)):
        literals = nets(aig, graph, bits)
        sides.append([[literals[net] for net in group.tolist()] for group in graph.groups])
    ranks = _ranks(aig, [literal for side in sides for group in side for literal in group], free)
    outputs = []
    for side in sides:
        counts = [_count(aig, group, ranks, width) for group in side]
        outputs.append(label(aig, counts) + [bit for count in counts for bit in count])
    return equivalent(aig, outputs[0], outputs[1], free, folder, name, seconds)


def _ranks(aig: Aig, literals: Sequence[int], free: Sequence[int]) -> dict[int, int]:
    """The values of each literal on random patterns, as one number."""
    generator = random.Random(0)  # noqa: S311 - patterns, not secrets
    values = {literal: generator.getrandbits(_PATTERNS) for literal in free}
    wanted = list(dict.fromkeys(literals))
    return dict(zip(wanted, aig.simulate(wanted, values, (1 << _PATTERNS) - 1), strict=True))


def _count(aig: Aig, group: Sequence[int], ranks: dict[int, int], width: int) -> Number:
    """The number of ones, added in an order that two equal groups share wherever their nets seem to be equal.

    What adds a constant (constants, and pairs that look complementary) is summed up apart, so that the other nets
    meet in the same adders on both sides, even if one of them has the constant folded.
    """
    mask = (1 << _PATTERNS) - 1
    rest: dict[int, list[int]] = {}
    fixed = []
    for literal in sorted(group, key=lambda x: (ranks[x], x)):
        rank = ranks[literal]
        if rank in (0, mask):
            fixed.append(literal)
        elif rest.get(mask ^ rank):
            fixed += [rest[mask ^ rank].pop(), literal]
        else:
            rest.setdefault(rank, []).append(literal)
    columns = [[bit] for bit in accumulate(aig, fixed, width)]
    columns[0][:0] = [literal for rank in sorted(rest) for literal in rest[rank]]
    return popcount(aig, columns)
