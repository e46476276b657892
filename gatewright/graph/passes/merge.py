"""Merge equal gates: one gate for each function of the same nets, and for its complement as well.

This is structural hashing, up to the order of the operands and to complements of operands and output. Every function
stands for itself and its complement: the one that is 0 when all operands are 0 is the normal one, and a net is the
normal function of its class, or that function's complement.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets
from gatewright.graph.schedule import runs
from gatewright.graph.table import Tables

from .rewrite import rebuild

_SHORT = 8
_LOW = [int(low) for low in table.LOW]
_MASKS = [(1 << (1 << k)) - 1 for k in range(table.MAX_FAN_IN + 1)]


def merge(graph: GateGraph) -> GateGraph:
    """Sort the operands of every gate, and keep the first of the gates that are equal or complements.

    Gates that read a complement read the kept gate, through their own tables. A group cannot: where groups count both
    a gate and its complement, both are kept, side by side; where they count one, that one is kept.
    """
    tables, operands, first, complement = _classes(graph)
    both = np.zeros((graph.nets, 2), dtype=np.bool_)
    for group in graph.groups:
        both[first[group], complement[group].astype(np.intp)] = True
    # A class is kept as the side that is counted; its first gate decides between two, or none.
    own = complement.copy()
    alone = both[:, 0] != both[:, 1]
    own[alone] = both[alone, 1]
    aside = _second_sides(graph, first, complement, own, both[:, 0] & both[:, 1])
    groups = tuple(np.where(complement[g] == own[first[g]], first[g], aside[first[g]]) for g in graph.groups)
    keep = first == np.arange(graph.nets)
    keep[aside] = True
    negative = own[first]
    negative[aside[aside > 0]] ^= True
    width = operands.shape[1]
    for column in range(width):
        rows = np.flatnonzero(own[operands[:, width - 1 - column]] & (column < graph.fan_in))
        tables[rows] = table.flip(tables[rows], column)
    tables[negative[graph.first_gate :]] ^= table.mask(graph.fan_in[negative[graph.first_gate :]])
    return rebuild(graph, graph.fan_in, tables, operands, groups, keep[graph.first_gate :])


def _second_sides(
    graph: GateGraph, first: Nets, complement: NDArray[np.bool_], own: NDArray[np.bool_], both: NDArray[np.bool_]
) -> Nets:
    """For each first net of a class that is counted on both sides, the first counted net of the other; 0 elsewhere."""
    aside = np.zeros(graph.nets, dtype=np.int32)
    listed = np.unique(np.concatenate(graph.groups))
    other = listed[both[first[listed]] & (complement[listed] != own[first[listed]])][::-1]
    aside[first[other]] = other
    return aside


def _classes(graph: GateGraph) -> tuple[Tables, Nets, Nets, NDArray[np.bool_]]:
    """Normal tables and sorted operands of the gates; the first net of each net's class, and who is its complement."""
    tables, operands = graph.tables.copy(), graph.operands.copy()
    first = np.arange(graph.nets, dtype=np.int32)
    complement = np.zeros(graph.nets, dtype=np.bool_)
    seen: dict[bytes, int] = {}
    width = operands.shape[1]
    for run in runs(graph):
        if run.stop - run.start < _SHORT:
            for gate in range(run.start, run.stop):
                value, listed = _normal_operands(graph, gate, first, complement)
                arity, net = len(listed), graph.first_gate + gate
                complement[net] = value & 1
                value ^= _MASKS[arity] if value & 1 else 0
                tables[gate], operands[gate, width - arity :] = value, listed
                key = struct.pack(f"={width}iiQ", *[0] * (width - arity), *listed, arity, value)
                first[net] = seen.setdefault(key, net)
            continue
        own, args, fan_in = tables[run], operands[run], graph.fan_in[run]
        nets = slice(graph.first_gate + run.start, graph.first_gate + run.stop)
        for column in range(width):
            rows = np.flatnonzero(complement[args[:, width - 1 - column]] & (column < fan_in))
            own[rows] = table.flip(own[rows], column)
        args = first[args]
        _sort(own, args, fan_in)
        complement[nets] = own & np.uint64(1) != 0
        own ^= np.where(complement[nets], table.mask(fan_in), np.uint64(0))
        operands[run] = args
        rows = np.column_stack([args, fan_in, own.view(np.int32).reshape(-1, 2)]).astype(np.int32)
        keys = np.ascontiguousarray(rows).view(f"V{(width + 3) * 4}").ravel().tolist()
        first[nets] = [seen.setdefault(key, net) for net, key in enumerate(keys, nets.start)]
    return tables, operands, first, complement


def _sort(tables: Tables, operands: Nets, fan_in: NDArray[np.uint8]) -> None:
    """Bring the operands of each gate into rising order, in place, by exchanging neighbours."""
    width = operands.shape[1]
    for last in range(width - 1, 0, -1):
        for column in range(last):
            left, right = width - 2 - column, width - 1 - column
            rows = np.flatnonzero((operands[:, left] > operands[:, right]) & (column + 1 < fan_in))
            tables[rows] = table.swap(tables[rows], column)
            operands[rows, left], operands[rows, right] = operands[rows, right], operands[rows, left].copy()


def _normal_operands(graph: GateGraph, gate: int, first: Nets, complement: NDArray[np.bool_]) -> tuple[int, list[int]]:
    """Table and operands of one gate that reads sorted nets of kept classes. By ints, which is faster for a few."""
    own, fan_in = int(graph.tables[gate]), int(graph.fan_in[gate])
    args = []
    for column, net in zip(range(fan_in - 1, -1, -1), graph.operands[gate].tolist()[-fan_in:], strict=True):
        if complement[net]:
            low, shift = _LOW[column], 1 << column
            own = (own & low) << shift | own >> shift & low
        args.append(int(first[net]))
    order = sorted(range(fan_in), key=args.__getitem__)
    if order == list(range(fan_in)):
        return own, args
    # Where the bit of each new operand lies in the old pattern, the last operand first.
    places = [fan_in - 1 - i for i in reversed(order)]
    old = [sum((pattern >> new & 1) << place for new, place in enumerate(places)) for pattern in range(1 << fan_in)]
    return sum((own >> source & 1) << pattern for pattern, source in enumerate(old)), [args[i] for i in order]
