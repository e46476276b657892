"""What passes share: gates as plain arrays that are simplified in place, and the way back to a graph."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets


def shrink(fan_in: NDArray[np.uint8], tables: NDArray[np.uint64], operands: Nets) -> None:
    """Drop, in place, every operand that its gate ignores; a constant gate is left with fan-in 0.

    Args:
        fan_in: (gates,).
        tables: (gates,).
        operands: (gates, width), aligned to the right.
    """
    width = operands.shape[1]
    for column in range(width - 1, -1, -1):
        useless = ~table.depends(tables, column, fan_in) & (column < fan_in)
        rows = np.flatnonzero(useless)
        if not len(rows):
            continue
        # Move the useless operand to the front of the gate, one exchange at a time, and cut it off.
        for c in range(column, width - 1):
            moving = rows[fan_in[rows] > c + 1]
            tables[moving] = table.swap(tables[moving], c)
            left, right = width - 2 - c, width - 1 - c
            operands[moving, left], operands[moving, right] = operands[moving, right], operands[moving, left].copy()
        operands[rows, width - fan_in[rows]] = 0
        fan_in[rows] -= 1
        tables[rows] &= table.mask(fan_in[rows])


class Readers:
    """Which gates read each gate: the wiring, transposed. It is frozen as the graph that it was made of."""

    def __init__(self, graph: GateGraph) -> None:
        gates, columns = np.nonzero(graph.operands >= graph.first_gate)
        read = graph.operands[gates, columns] - graph.first_gate
        self._gates = gates[np.argsort(read, kind="stable")]
        self._first = np.concatenate([[0], np.cumsum(np.bincount(read, minlength=graph.gates))])

    def of(self, gates: NDArray[np.intp]) -> NDArray[np.intp]:
        """The readers of some gates, each once, rising."""
        starts, counts = self._first[gates], self._first[gates + 1] - self._first[gates]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.unique(self._gates[np.repeat(starts, counts) + within])


def counted(graph: GateGraph) -> NDArray[np.bool_]:
    """Whether a group lists each net, (nets,)."""
    listed = np.zeros(graph.nets, dtype=np.bool_)
    for group in graph.groups:
        listed[group] = True
    return listed


def rebuild(
    graph: GateGraph,
    fan_in: NDArray[np.uint8],
    tables: NDArray[np.uint64],
    operands: Nets,
    groups: tuple[Nets, ...],
    keep: NDArray[np.bool_],
) -> GateGraph:
    """The graph of the gates where ``keep`` is set, in their order; the nets are renumbered.

    Operands and groups must name kept gates only, in the old numbering.
    """
    number = np.arange(graph.nets, dtype=np.int32)
    number[graph.first_gate :] = graph.first_gate - 1 + np.cumsum(keep, dtype=np.int32)
    operands, fan_in = operands[keep], fan_in[keep]
    width = int(fan_in.max(initial=0))
    return dataclasses.replace(
        graph,
        fan_in=fan_in,
        tables=tables[keep],
        operands=number[operands[:, operands.shape[1] - width :]],
        groups=tuple(number[group] for group in groups),
    )
