"""The order of evaluation: runs of gates that do not read one another, and levels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .graph import GateGraph

_WINDOW = 4096


def runs(graph: GateGraph) -> Iterator[slice]:
    """Cut the gates, in their order, into the longest slices without a dependency inside one.

    A layered network gives one slice for each layer. The time is linear in the number of gates.
    """
    if not graph.gates:
        return
    newest = graph.operands.max(axis=1)
    start = 0
    while start < graph.gates:
        stop = start + 1
        window = _WINDOW
        while stop < graph.gates:
            blocked = np.flatnonzero(newest[stop : stop + window] >= graph.first_gate + start)
            if len(blocked):
                stop += int(blocked[0])
                break
            stop = min(stop + window, graph.gates)
            window *= 2
        yield slice(start, stop)
        start = stop


def levels(graph: GateGraph) -> NDArray[np.int32]:
    """The level of each net: 0 for constants and inputs, one above its highest operand for a gate."""
    level = np.zeros(graph.nets, dtype=np.int32)
    for run in runs(graph):
        level[graph.first_gate + run.start : graph.first_gate + run.stop] = 1 + level[graph.operands[run]].max(axis=1)
    return level
