"""The graph, from encoder to label, as an and-inverter graph: the specification of every proof.

Each function is a direct transcription of a definition, and none is shared with the hardware. Numbers are
lists of literals, the least significant bit first.

The popcounts rest on one invariant: an adder replaces bits of one weight by bits whose weighted sum is the
same (``a + b + c = s + 2 carry``). The order in which bits are added therefore never changes the result, and is
chosen to resemble the other side, so that SAT sweeping finds equal signals inside.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE, Aig
from .guide import Guide

Number = list[int]


def encode(aig: Aig, encoder: Thermometer, words: Sequence[Number]) -> list[int]:
    """The input bits: word > threshold."""
    pairs = zip(encoder.feature.tolist(), encoder.threshold.tolist(), strict=True)
    return [exceeds(aig, words[feature], constant(threshold, encoder.word_width)) for feature, threshold in pairs]


def nets(aig: Aig, graph: GateGraph, bits: Sequence[int]) -> list[int]:
    """The literal of every net, for the given input bits."""
    literals = [FALSE, TRUE, *bits]
    tables, fan_in, operands = graph.tables.tolist(), graph.fan_in.tolist(), graph.operands.tolist()
    for table, k, row in zip(tables, fan_in, operands, strict=True):
        literals.append(aig.lookup(table, [literals[net] for net in row[len(row) - k :]]))
    return literals


def payload(aig: Aig, graph: GateGraph, words: Sequence[Number], like: Sequence[int] = ()) -> list[int]:
    """The bits of the result: the label, then the scores, class 0 first; built to resemble the literals ``like``."""
    width = graph.max_score.bit_length() or 1
    literals = nets(aig, graph, encode(aig, graph.encoder, words))
    guide = Guide(aig, like) if like else None
    counts = [popcount(aig, [literals[net] for net in group.tolist()], width, guide) for group in graph.groups]
    return label(aig, counts) + [bit for count in counts for bit in count]


def popcount(aig: Aig, bits: Sequence[int], width: int, guide: Guide | None = None) -> Number:
    """The sum of ``bits`` modulo ``2**width``, by carry-save adders in an order that ``guide`` proposes.

    ``columns[w]`` holds bits of weight ``2**w``. Every step takes bits out of a column and puts their sum back
    as one bit of the same weight and one of the next, so the weighted sum of all columns stays the number of
    bits that are 1. It ends with one bit in each column.
    """
    ones = sum(bit == TRUE for bit in bits)
    columns: list[list[int]] = [[] for _ in range(width)]
    columns[0] += [bit for bit in bits if bit not in (FALSE, TRUE)]
    for weight, bit in enumerate(constant(ones, width)):
        columns[weight] += [TRUE] * bit
    for weight, column in enumerate(columns):
        while len(column) > 1:
            chosen = (guide.adders(column) if guide else []) or [tuple(range(min(3, len(column))))]
            taken = {position for positions in chosen for position in positions}
            if (
                len(taken) != sum(map(len, chosen))
                or not all(2 <= len(positions) <= 3 for positions in chosen)
                or not taken <= set(range(len(column)))
            ):
                raise GatewrightError(
                    f"The adders {chosen} share bits, have other than two or three, or reach outside the column: "
                    "a proof must not use them."
                )
            for positions in chosen:
                a, b, c = (*(column[position] for position in positions), FALSE)[:3]
                column.append(aig.xor(aig.xor(a, b), c))
                if weight + 1 < width:
                    columns[weight + 1].append(aig.majority(a, b, c))
            column[:] = [bit for position, bit in enumerate(column) if position not in taken]
    return [column[0] if column else FALSE for column in columns]


def accumulate(aig: Aig, bits: Sequence[int], width: int) -> Number:
    """The sum of ``bits`` modulo ``2**width``, one bit after another in the given order."""
    total = [FALSE] * width
    for bit in bits:
        carry = bit
        for weight in range(width):
            total[weight], carry = aig.xor(total[weight], carry), aig.land(total[weight], carry)
    return total


def label(aig: Aig, counts: Sequence[Number]) -> Number:
    """The index of the highest score in binary; the lowest index wins a tie.

    Class ``i`` wins if its score exceeds that of every class before it, and no class behind it exceeds it.
    Exactly one class does, so the label is the OR of the winner's index.
    """
    classes = len(counts)
    above = {(j, i): exceeds(aig, counts[j], counts[i]) for i in range(classes) for j in range(classes) if i != j}
    wins = [
        aig.all([above[i, j] for j in range(i)] + [above[j, i] ^ 1 for j in range(i + 1, classes)])
        for i in range(classes)
    ]
    width = max(1, (classes - 1).bit_length())
    return [aig.any(wins[i] for i in range(classes) if i >> bit & 1) for bit in range(width)]


def exceeds(aig: Aig, a: Number, b: Number) -> int:
    """Whether ``a > b``: the highest bit in which they differ decides."""
    result = FALSE
    for x, y in zip(a, b, strict=True):
        result = aig.mux(aig.xor(x, y), result, x)
    return result


def constant(value: int, width: int) -> Number:
    """A number as literals."""
    return [value >> bit & 1 for bit in range(width)]
