"""Sweep: drop the gates that no group counts, directly or through other gates."""

from __future__ import annotations

import numpy as np

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import runs

from .rewrite import rebuild


def sweep(graph: GateGraph) -> GateGraph:
    """Keep only gates that reach a group."""
    alive = np.zeros(graph.nets, dtype=np.bool_)
    for group in graph.groups:
        alive[group] = True
    for run in reversed(list(runs(graph))):
        reached = alive[graph.first_gate + run.start : graph.first_gate + run.stop]
        alive[graph.operands[run][reached]] = True
    keep = alive[graph.first_gate :]
    return rebuild(graph, graph.fan_in, graph.tables, graph.operands, graph.groups, keep)
