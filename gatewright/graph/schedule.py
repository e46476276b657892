"""The order of evaluation: runs of gates that do not read one another, and levels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .graph import GateGraph

_BLOCK = 1 << 16


def runs(graph: GateGraph) -> Iterator[slice]:
    """Cut the gates, in their order, into the longest slices without a dependency inside one.

    A layered network gives one slice for each layer. The time is linear in the number of gates.
    """
    if not graph.gates:
        return
    newest = graph.operands.max(axis=1)
    start, own = 0, graph.first_gate
    for block in range(0, graph.gates, _BLOCK):
        for gate, net in enumerate(newest[block : block + _BLOCK].tolist(), block):
            if net >= own:
                yield slice(start, gate)
                start, own = gate, graph.first_gate + gate
    yield slice(start, graph.gates)


def levels(graph: GateGraph) -> NDArray[np.int32]:
    """The level of each net: 0 for constants and inputs, one above its highest operand for a gate."""
    level = np.zeros(graph.nets, dtype=np.int32)
    for run in runs(graph):
        level[graph.first_gate + run.start : graph.first_gate + run.stop] = 1 + level[graph.operands[run]].max(axis=1)
    return level
