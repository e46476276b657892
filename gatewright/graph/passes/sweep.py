"""Sweep: drop the gates that no group counts, directly or through other gates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import runs

from .rewrite import counted, rebuild

_SHORT = 16
_BLOCK = 1 << 16


def sweep(graph: GateGraph) -> GateGraph:
    """Keep only gates that reach a group."""
    alive = counted(graph)
    schedule = list(runs(graph))
    if len(schedule) * _SHORT > graph.gates:
        _mark_by_gate(graph, alive)
    else:
        for run in reversed(schedule):
            reached = alive[graph.first_gate + run.start : graph.first_gate + run.stop]
            alive[graph.operands[run][reached]] = True
    return rebuild(graph, graph.fan_in, graph.tables, graph.operands, graph.groups, alive[graph.first_gate :])


def _mark_by_gate(graph: GateGraph, alive: NDArray[np.bool_]) -> None:
    """Mark what marked gates read, one gate after the other: runs of a few gates are not worth an array each."""
    marks = alive.view(np.uint8).data
    for stop in range(graph.gates, 0, -_BLOCK):
        start = max(0, stop - _BLOCK)
        rows = graph.operands[start:stop].tolist()
        for gate in range(stop - 1, start - 1, -1):
            if marks[graph.first_gate + gate]:
                for net in rows[gate - start]:
                    marks[net] = 1
