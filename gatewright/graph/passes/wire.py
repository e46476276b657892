"""Absorb wires and inverters into the tables of the gates that read them."""

from __future__ import annotations

import numpy as np

from gatewright.graph import table
from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import runs

from .rewrite import rebuild


def wire(graph: GateGraph) -> GateGraph:
    """Make every gate read past buffers and inverters, and drop the buffers.

    An inverter stays as a gate only where a group counts it.
    """
    tables, operands = graph.tables.copy(), graph.operands.copy()
    source = np.arange(graph.nets, dtype=np.int32)
    inverted = np.zeros(graph.nets, dtype=np.bool_)
    width = operands.shape[1]
    for run in runs(graph):
        own, args, arity = tables[run], operands[run], graph.fan_in[run]
        for column in range(width):
            net = args[:, width - 1 - column]
            rows = np.flatnonzero(inverted[net] & (column < arity))
            own[rows] = table.flip(own[rows], column)
        args = source[args]
        tables[run], operands[run] = own, args
        through = np.flatnonzero((arity == 1) & ((own == table.BUFFER) | (own == table.INVERTER)))
        nets = graph.first_gate + run.start + through
        source[nets] = args[through, width - 1]
        inverted[nets] = own[through] == table.INVERTER
    counted = np.zeros(graph.nets, dtype=np.bool_)
    for group in graph.groups:
        counted[group] = True
    passing = source != np.arange(graph.nets)
    groups = tuple(np.where(inverted[group], group, source[group]) for group in graph.groups)
    keep = (~passing | inverted & counted)[graph.first_gate :]
    return rebuild(graph, graph.fan_in, tables, operands, groups, keep)
