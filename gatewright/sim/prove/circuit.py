"""The graph, from encoder to label, as an and-inverter graph: the specification of every proof.

Each function is a direct transcription of a definition, and none is shared with the hardware. Numbers are
lists of literals, the least significant bit first.

The popcounts rest on one invariant: an adder replaces bits of one weight by bits whose weighted sum is the
same (``a + b + c = s + 2 carry``). So the order in which bits are added never changes the result, and it is free to
be the one of the hardware: SAT sweeping is quick where both sides have equal signals inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph

from .aig import FALSE, TRUE, Aig

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


def payload(aig: Aig, graph: GateGraph, words: Sequence[Number]) -> list[int]:
    """The bits of the result: the label, then the scores, class 0 first."""
    literals = nets(aig, graph, encode(aig, graph.encoder, words))
    width = score_bits(graph)
    counts = [score(aig, group.tolist(), literals, width) for group in graph.groups]
    return label(aig, counts) + [bit for count in counts for bit in count]


def score(
    aig: Aig,
    group: Sequence[int],
    literals: Sequence[int] | Mapping[int, int],
    width: int,
    turns: int = 0,
    passes: int = 1,
    lanes: int = 0,
) -> Number:
    """How many nets of a group are 1; a net that is listed n times counts n.

    Args:
        aig: the graph.
        group: the nets.
        literals: the literal of each net.
        width: of the result.
        turns: in which they are added to how often it lists net 1, in each those that many apart; 0 for all at once.
        passes: equal, consecutive parts of the group, each of which takes so many turns.
        lanes: bits that are added in a turn; those that a turn lacks are 0, as in the hardware, so that both sides have
            the same inner nets for abc to find.
    """
    if turns:
        listed = [net for net in group if net > 1]
        total, size = constant(sum(net == 1 for net in group), width), len(listed) // passes
        for first in range(0, len(listed), max(1, size)):
            for turn in range(turns):
                now = listed[first : first + size][turn::turns]
                bits = [literals[net] for net in now] + [FALSE] * (lanes - len(now))
                part = popcount(aig, [bits, *([] for _ in range(width - 1))])
                total = popcount(aig, [list(column) for column in zip(total, part, strict=True)])
        return total
    times = sorted(Counter(group).items())
    return popcount(aig, [[literals[net] for net, n in times if n >> w & 1] for w in range(width)])


def popcount(aig: Aig, columns: Sequence[Sequence[int]]) -> Number:
    """The sum of bits modulo ``2**len(columns)``, where ``columns[w]`` holds those of weight ``2**w``.

    Every level cuts each column into thirds and adds them bit by bit, until no column is higher than two; then the
    carry ripples through.
    """
    while max(map(len, columns)) > 2:
        following: list[list[int]] = [[] for _ in range(len(columns) + 1)]
        for weight, column in enumerate(columns):
            third = len(column) // 3
            triples = list(zip(*(column[i * third : (i + 1) * third] for i in range(3)), strict=True))
            following[weight] += column[3 * third :]
            following[weight] += [aig.xor(aig.xor(a, b), c) for a, b, c in triples]
            following[weight + 1] += [aig.majority(a, b, c) for a, b, c in triples]
        columns = following[: len(columns)]
    total, carry = [], FALSE
    for column in columns:
        a, b = (*column, FALSE, FALSE)[:2]
        total.append(aig.xor(aig.xor(a, b), carry))
        carry = aig.majority(a, b, carry)
    return total


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
    width = _bits_below(classes)
    return [aig.any(wins[i] for i in range(classes) if i >> bit & 1) for bit in range(width)]


def exceeds(aig: Aig, a: Number, b: Number) -> int:
    """Whether ``a > b``: the highest bit in which they differ decides."""
    result = FALSE
    for x, y in zip(a, b, strict=True):
        result = aig.mux(aig.xor(x, y), result, x)
    return result


def is_number(aig: Aig, bits: Sequence[int], number: int) -> int:
    """Whether bits are a number."""
    return aig.all(bit ^ 1 ^ (number >> i & 1) for i, bit in enumerate(bits))


def label_bits(graph: GateGraph) -> int:
    """The width of a label."""
    return _bits_below(graph.classes)


def score_bits(graph: GateGraph) -> int:
    """The width of a score."""
    return max(1, graph.max_score.bit_length())


def _bits_below(count: int) -> int:
    """Bits of the numbers below ``count``, at least 1."""
    return max(1, (count - 1).bit_length())


def constant(value: int, width: int) -> Number:
    """A number as literals."""
    return [value >> bit & 1 for bit in range(width)]
