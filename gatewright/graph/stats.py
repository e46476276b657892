"""Figures about a graph: gates by kind, depth, fan-out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph import GateGraph
from .schedule import levels
from .table import NAMES


@dataclass(frozen=True)
class Stats:
    """What a graph consists of.

    Attributes:
        gates: number of gates.
        inputs_used: input bits that a gate or a group reads, from any position.
        depth: gates on the longest path.
        kinds: number of gates by function: the names of `table.NAMES`, ``not``, ``buffer``, or ``fan-in k``.
        counted: nets listed in groups, constants left out.
        max_fan_out: most readers of one net, groups included and constants left out.
    """

    gates: int
    inputs_used: int
    depth: int
    kinds: dict[str, int]
    counted: int
    max_fan_out: int


def stats(graph: GateGraph) -> Stats:
    """Count what a graph consists of."""
    readers = np.bincount(graph.operands.ravel(), minlength=graph.nets)
    for group in graph.groups:
        readers += np.bincount(group, minlength=graph.nets)
    readers[:2] = 0
    read = readers[2 : graph.first_gate] > 0
    kinds: Counter[str] = Counter()
    for fan_in, table, count in _rows(graph):
        kinds[_kind(fan_in, table)] += count
    return Stats(
        gates=graph.gates,
        inputs_used=int(np.any([np.roll(read, position) for position in graph.positions], axis=0).sum()),
        depth=int(levels(graph).max()),
        kinds=dict(kinds.most_common()),
        counted=sum(int((group > 1).sum()) for group in graph.groups),
        max_fan_out=int(readers.max()),
    )


def _rows(graph: GateGraph) -> list[tuple[int, int, int]]:
    """(fan-in, table, number of gates), with the table only where it has a name."""
    named = np.where(graph.fan_in <= 2, graph.tables, np.uint64(0)).astype(np.int64)
    keys, counts = np.unique(graph.fan_in.astype(np.int64) * 16 + named, return_counts=True)
    return [(int(key) // 16, int(key) % 16, int(count)) for key, count in zip(keys, counts, strict=True)]


def _kind(fan_in: int, table: int) -> str:
    if fan_in == 1:
        return ("zero", "not", "buffer", "one")[table]
    return NAMES[table] if fan_in == 2 else f"fan-in {fan_in}"


def inputs_read(graph: GateGraph) -> NDArray[np.int64]:
    """The input nets that a gate or a group reads, rising; from several positions, the whole ring."""
    if graph.ring:
        return np.arange(2, graph.first_gate)
    read = np.zeros(graph.nets, dtype=np.bool_)
    read[graph.operands] = True
    for group in graph.groups:
        read[group] = True
    return np.flatnonzero(read[2 : graph.first_gate]) + 2
