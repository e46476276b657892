"""Merge equal gates: operands in rising order, then one gate for each table and operand list."""

from __future__ import annotations

import numpy as np

from gatewright.graph import table
from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import runs

from .rewrite import rebuild


def merge(graph: GateGraph) -> GateGraph:
    """Sort the operands of every gate, and keep the first of the gates that compute the same table of the same nets."""
    tables, operands = graph.tables.copy(), graph.operands.copy()
    first = np.arange(graph.nets, dtype=np.int32)
    seen: dict[bytes, int] = {}
    for run in runs(graph):
        own, args = tables[run], first[operands[run]]
        _sort(own, args, graph.fan_in[run])
        tables[run], operands[run] = own, args
        rows = np.column_stack([args, graph.fan_in[run], own.view(np.int32).reshape(-1, 2)]).astype(np.int32)
        keys = np.ascontiguousarray(rows).view(f"V{rows.shape[1] * 4}").ravel().tolist()
        start = graph.first_gate + run.start
        first[start : graph.first_gate + run.stop] = [seen.setdefault(key, start + i) for i, key in enumerate(keys)]
    groups = tuple(first[group] for group in graph.groups)
    keep = (first == np.arange(graph.nets))[graph.first_gate :]
    return rebuild(graph, graph.fan_in, tables, operands, groups, keep)


def _sort(tables: np.ndarray, operands: np.ndarray, fan_in: np.ndarray) -> None:
    """Bring the operands of each gate into rising order, in place, by exchanging neighbours."""
    width = operands.shape[1]
    for last in range(width - 1, 0, -1):
        for column in range(last):
            left, right = width - 2 - column, width - 1 - column
            rows = np.flatnonzero((operands[:, left] > operands[:, right]) & (column + 1 < fan_in))
            tables[rows] = table.swap(tables[rows], column)
            operands[rows, left], operands[rows, right] = operands[rows, right], operands[rows, left].copy()
