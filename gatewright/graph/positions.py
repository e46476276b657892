"""Circuits that look at their inputs from several positions, and the same ones from a single position."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .graph import GateGraph


def rotated(bits: NDArray[np.bool_], position: int) -> NDArray[np.bool_]:
    """Bits (samples, inputs) as they are seen from a position: column ``i`` is bit ``(i + position) mod inputs``."""
    return np.roll(bits, -position, axis=1) if position else bits


def unrolled(graph: GateGraph) -> GateGraph:
    """A graph of the same scores with position 0 alone: a copy of the gates for each position, in their order."""
    if not graph.ring:
        return graph
    inputs, first, gates = graph.inputs, graph.first_gate, graph.gates
    operands, groups = [], []
    for copy, position in enumerate(graph.positions):
        net = np.arange(graph.nets, dtype=np.int64)
        net[2:first] = 2 + (np.arange(inputs) + position) % inputs
        net[first:] += copy * gates
        operands.append(net[graph.operands])
        groups.append([net[group] for group in graph.groups])
    copies = len(graph.positions)
    return replace(
        graph,
        fan_in=np.tile(graph.fan_in, copies),
        tables=np.tile(graph.tables, copies),
        operands=np.concatenate(operands),
        groups=tuple(np.concatenate(group) for group in zip(*groups, strict=True)),
        positions=(0,),
    )
