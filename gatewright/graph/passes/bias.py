"""Fold complements into biases: a net and its complement in one group are 1, whatever they are."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets

_Sides = NDArray[np.int64]


def bias(graph: GateGraph) -> GateGraph:
    """Replace, in every group, a net and its complement by net 1, as often as the group lists both.

    A complement is a gate with the same operands in the same order and the complementary table, as `merge` leaves
    them, or the inverter of a net.
    """
    function, side = _functions(graph)
    groups = tuple(_paired(group, function[group], side[group]) for group in graph.groups)
    return dataclasses.replace(graph, groups=groups)


def _functions(graph: GateGraph) -> tuple[_Sides, _Sides]:
    """For each net, a number that it shares with its complement, and on which side it is: 0 or 1."""
    function, side = np.arange(graph.nets, dtype=np.int64), np.zeros(graph.nets, dtype=np.int64)
    listed = np.unique(np.concatenate(graph.groups))
    gates = listed[listed >= graph.first_gate] - graph.first_gate
    tables, fan_in = graph.tables[gates], graph.fan_in[gates]
    odd = (tables & np.uint64(1)).astype(np.int64)
    normal = np.where(odd, tables ^ table.mask(fan_in), tables)
    rows = np.column_stack([graph.operands[gates], fan_in, normal.view(np.int32).reshape(-1, 2)]).astype(np.int32)
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    nets = graph.first_gate + gates
    function[nets], side[nets] = nets[first][inverse.ravel()], odd
    wires = np.flatnonzero((fan_in == 1) & ((tables == table.BUFFER) | (tables == table.INVERTER)))
    behind = graph.operands[gates[wires], -1] if len(wires) else wires
    side[nets[wires]] ^= side[behind]
    function[nets[wires]] = function[behind]
    return function, side


def _paired(group: Nets, function: _Sides, side: _Sides) -> Nets:
    """The group with net 1 for each pair of the two sides of one function, constants left alone."""
    order = np.lexsort([np.arange(len(group)), side, function])
    ordered, sides = function[order], side[order]
    fresh = np.concatenate([[True], (np.diff(ordered) != 0) | (np.diff(sides) != 0)])
    rank = np.arange(len(group)) - np.maximum.accumulate(np.where(fresh, np.arange(len(group)), 0))
    _, number = np.unique(ordered, return_inverse=True)
    each = np.bincount(number * 2 + sides, minlength=2 * (int(number.max()) + 1)).reshape(-1, 2)
    drop = (rank < each.min(axis=1)[number]) & (ordered > 1)
    if not drop.any():
        return group
    kept = np.ones(len(group), dtype=np.bool_)
    kept[order[drop]] = False
    return np.concatenate([group[kept], np.ones(int(drop.sum()) // 2, dtype=np.int32)])
