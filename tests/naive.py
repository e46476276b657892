"""A second, deliberately simple reference. It shares nothing with the package but the graph's fields."""

from __future__ import annotations

import itertools


def bits(graph, words):
    """Input bits of one row of words."""
    encoder = graph.encoder
    return [int(words[f] > t) for f, t in zip(encoder.feature.tolist(), encoder.threshold.tolist(), strict=True)]


def nets(graph, bits):
    """The value of every net for one row of input bits."""
    values = [0, 1, *(int(b) for b in bits)]
    for j in range(graph.gates):
        gate = graph.gate(j)
        pattern = 0
        for operand in gate.operands:
            pattern = 2 * pattern + values[operand]
        values.append(gate.table >> pattern & 1)
    return values


def scores(graph, rows):
    """Scores of rows of input bits, as a list of lists."""
    result = []
    for row in rows:
        seen = [nets(graph, [*row[r:], *row[:r]]) for r in graph.positions]
        result.append([sum(values[n] for values in seen for n in group.tolist()) for group in graph.groups])
    return result


def label(scores):
    """The first class with the highest score."""
    best = 0
    for i, score in enumerate(scores):
        if score > scores[best]:
            best = i
    return best


def patterns(inputs):
    """Every row of input bits."""
    return list(itertools.product((0, 1), repeat=inputs))
