"""Fold constants: a gate keeps only the operands that it depends on, and constant gates vanish."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets
from gatewright.graph.table import Tables

from .rewrite import Readers, rebuild, shrink


def fold(graph: GateGraph) -> GateGraph:
    """Fix constant operands, tie equal operands, drop ignored ones, and replace constant gates by nets 0 and 1.

    Net 0 leaves every group in which something else is counted.
    """
    fan_in, tables, operands = graph.fan_in.copy(), graph.tables.copy(), graph.operands.copy()
    value = np.arange(graph.nets, dtype=np.int32)
    readers: Readers | None = None
    gates = np.arange(graph.gates)
    # All gates once, then only those that read what has just become constant.
    while len(gates):
        own, args, arity = tables[gates], value[operands[gates]], fan_in[gates]
        _simplify(own, args, arity)
        tables[gates], operands[gates], fan_in[gates] = own, args, arity
        constant = arity == 0
        if not constant.any():
            break
        value[graph.first_gate + gates[constant]] = own[constant]
        readers = readers or Readers(graph)
        gates = readers.of(gates[constant])
        gates = gates[fan_in[gates] > 0]
    groups = tuple(_without_zeros(value[group]) for group in graph.groups)
    return rebuild(graph, fan_in, tables, operands, groups, fan_in > 0)


def _simplify(tables: Tables, operands: Nets, fan_in: NDArray[np.uint8]) -> None:
    """Leave, in place, only operands that are different, not constant, and matter."""
    width = operands.shape[1]
    for column in range(width):
        net, present = operands[:, width - 1 - column], column < fan_in
        for constant in (0, 1):
            rows = np.flatnonzero(present & (net == constant))
            tables[rows] = table.cofactor(tables[rows], column, constant)
        for other in range(column):
            rows = np.flatnonzero(present & (net == operands[:, width - 1 - other]))
            tables[rows] = table.tie(tables[rows], column, other)
    tables &= table.mask(fan_in)
    shrink(fan_in, tables, operands)


def _without_zeros(group: Nets) -> Nets:
    counted = group[group != 0]
    return counted if len(counted) else group[:1]
