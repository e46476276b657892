"""Fold constants: a gate keeps only the operands that it depends on, and constant gates vanish."""

from __future__ import annotations

import numpy as np

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets
from gatewright.graph.schedule import runs

from .rewrite import rebuild, shrink


def fold(graph: GateGraph) -> GateGraph:
    """Fix constant operands, tie equal operands, drop ignored ones, and replace constant gates by nets 0 and 1.

    Net 0 leaves every group in which something else is counted.
    """
    fan_in, tables, operands = graph.fan_in.copy(), graph.tables.copy(), graph.operands.copy()
    value = np.arange(graph.nets, dtype=np.int32)
    width = operands.shape[1]
    for run in runs(graph):
        own, args = tables[run], value[operands[run]]
        arity = fan_in[run]
        for column in range(width):
            net, present = args[:, width - 1 - column], column < arity
            for constant in (0, 1):
                rows = np.flatnonzero(present & (net == constant))
                own[rows] = table.cofactor(own[rows], column, constant)
            for other in range(column):
                rows = np.flatnonzero(present & (net == args[:, width - 1 - other]))
                own[rows] = table.tie(own[rows], column, other)
        own &= table.mask(arity)
        shrink(arity, own, args)
        tables[run], operands[run] = own, args
        constant_gates = np.flatnonzero(arity == 0)
        value[graph.first_gate + run.start + constant_gates] = own[constant_gates]
    groups = tuple(_without_zeros(value[group]) for group in graph.groups)
    return rebuild(graph, fan_in, tables, operands, groups, fan_in > 0)


def _without_zeros(group: Nets) -> Nets:
    counted = group[group != 0]
    return counted if len(counted) else group[:1]
