"""Absorb wires and inverters into the tables of the gates that read them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets

from .rewrite import counted, rebuild


def wire(graph: GateGraph) -> GateGraph:
    """Make every gate read past buffers and inverters, and drop them.

    An inverter that a group counts becomes the complement of the gate that it inverts, at that gate's level; only
    where it inverts an input does it stay an inverter.
    """
    source, inverted = _past_wires(graph)
    fan_in, tables = graph.fan_in.copy(), graph.tables.copy()
    width = graph.operands.shape[1]
    for column in range(width):
        rows = np.flatnonzero(inverted[graph.operands[:, width - 1 - column]] & (column < fan_in))
        tables[rows] = table.flip(tables[rows], column)
    operands = source[graph.operands]
    complement = np.flatnonzero((inverted & counted(graph) & (source >= graph.first_gate))[graph.first_gate :])
    of = source[graph.first_gate + complement] - graph.first_gate
    fan_in[complement], operands[complement] = fan_in[of], operands[of]
    tables[complement] = ~tables[of] & table.mask(fan_in[of])
    groups = tuple(np.where(inverted[group], group, source[group]) for group in graph.groups)
    passing = source != np.arange(graph.nets)
    keep = (~passing | inverted & counted(graph))[graph.first_gate :]
    return rebuild(graph, fan_in, tables, operands, groups, keep)


def _past_wires(graph: GateGraph) -> tuple[Nets, NDArray[np.bool_]]:
    """For each net, the net behind all buffers and inverters, and whether it is that one's complement."""
    source = np.arange(graph.nets, dtype=np.int32)
    inverted = np.zeros(graph.nets, dtype=np.bool_)
    passing = (graph.fan_in == 1) & ((graph.tables == table.BUFFER) | (graph.tables == table.INVERTER))
    gates = np.flatnonzero(passing)
    nets = graph.first_gate + gates
    source[nets] = graph.operands[gates, -1] if len(gates) else 0
    inverted[nets] = graph.tables[gates] == table.INVERTER
    # Each round doubles how many wires are passed, so that a chain of n takes log n rounds.
    while len(nets):
        behind = source[nets]
        inverted[nets] ^= inverted[behind]
        further = source[behind]
        moved = further != behind
        source[nets] = further
        nets = nets[moved]
    return source, inverted
