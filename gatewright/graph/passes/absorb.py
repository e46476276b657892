"""Absorb gates into the gates that read them: fewer and wider gates, and fewer levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError
from gatewright.graph import table
from gatewright.graph.graph import GateGraph, Nets
from gatewright.graph.table import Tables

from .fold import fold
from .rewrite import counted, rebuild, shrink

_Gates = NDArray[np.intp]
# As a table of six operands: the value of the operand of each column.
_VALUE = ~table.LOW


def absorb(graph: GateGraph, width: int = 4) -> GateGraph:
    """Compose gates into all their readers wherever every reader keeps ``width`` operands or fewer.

    A gate that a group counts stays. One absorbed by several readers is computed in each of them, which costs nothing
    where a gate is one table of the fabric: with a width of 4, one LUT4. Gates that were wider stay as they are.

    Which gates go at once is decided by priorities, those with few readers first, so that none of them meet in a
    reader (Luby, "A Simple Parallel Algorithm for the Maximal Independent Set Problem", 1986).

    Raises:
        GatewrightError: for a width that no gate has.
    """
    if not 1 <= width <= table.MAX_FAN_IN:
        raise GatewrightError(f"Gates cannot be {width} operands wide: the width must be 1 to {table.MAX_FAN_IN}.")
    graph = fold(graph)
    while True:
        smaller = fold(_absorbed(graph, width))
        if smaller.gates == graph.gates:
            return graph
        graph = smaller


def _absorbed(graph: GateGraph, width: int) -> GateGraph:
    """One pass over the gates: those that do not fit at first are not tried again."""
    fan_in, tables = graph.fan_in.copy(), graph.tables.copy()
    missing = max(0, width - graph.operands.shape[1])
    operands = np.pad(graph.operands, ((0, 0), (missing, 0)))
    stays = counted(graph)[graph.first_gate :]
    gone = np.zeros(graph.gates, dtype=np.bool_)
    hope = ~stays
    scattered = np.arange(graph.gates, dtype=np.uint32) * np.uint32(2654435761)
    while True:
        reader, column = np.nonzero(_of(hope, operands, graph.first_gate) & ~gone[:, None])
        read = operands[reader, column] - graph.first_gate
        fits = fan_in[reader] - 1 + _fresh(operands[read], operands[reader]) <= width
        readers = np.bincount(read, minlength=graph.gates)
        hope &= (readers > 0) & (np.bincount(read[~fits], minlength=graph.gates) == 0)
        kept = hope[read]
        reader, column, read = reader[kept], column[kept], read[kept]
        if not len(read):
            break
        priority = readers.astype(np.uint64) << np.uint64(32) | scattered
        least = np.where(hope, priority, np.uint64(2**64 - 1))
        np.minimum.at(least, reader, priority[read])
        lost = np.bincount(read[least[reader] != priority[read]], minlength=graph.gates) > 0
        chosen = hope & (least == priority) & ~lost
        now = chosen[read]
        _compose(fan_in, tables, operands, reader[now], column[now], read[now])
        gone |= chosen
        hope &= ~chosen
    return rebuild(graph, fan_in, tables, operands, graph.groups, ~gone)


def _of(marked: NDArray[np.bool_], operands: Nets, first_gate: int) -> NDArray[np.bool_]:
    """Where operands are gates that are marked."""
    padded = np.concatenate([np.zeros(first_gate, dtype=np.bool_), marked])
    return np.asarray(padded[operands])


def _fresh(inner: Nets, outer: Nets) -> NDArray[np.intp]:
    """How many operands of each row of ``inner`` are not in the row of ``outer`` beside it; net 0 is none."""
    return np.asarray(
        sum((inner[:, c] != 0) & (outer != inner[:, c, None]).all(axis=1) for c in range(inner.shape[1])), dtype=np.intp
    )


def _compose(
    fan_in: NDArray[np.uint8], tables: Tables, operands: Nets, reader: _Gates, column: _Gates, read: _Gates
) -> None:
    """Put the function of ``read`` in place of operand ``column`` of ``reader``, in place; each reader occurs once."""
    outer, inner = operands[reader], operands[read]
    rest = outer.copy()
    rest[np.arange(len(reader)), column] = 0
    fresh = inner * np.stack([(rest != inner[:, c, None]).all(axis=1) for c in range(inner.shape[1])], axis=1)
    both = np.concatenate([rest, fresh], axis=1)
    order = np.argsort(both != 0, axis=1, kind="stable")
    joint = np.take_along_axis(both, order, axis=1)[:, both.shape[1] - outer.shape[1] :]
    value = _selected(tables[read], [_word(inner[:, c], joint) for c in range(inner.shape[1])])
    words = [np.where(column == c, value, _word(outer[:, c], joint)) for c in range(outer.shape[1])]
    arity = (joint != 0).sum(axis=1).astype(np.uint8)
    own = _selected(tables[reader], words) & table.mask(arity)
    last = joint[:, -1].copy()
    shrink(arity, own, joint)
    # A constant keeps one operand, as a gate must, until `fold` replaces it.
    constant = np.flatnonzero(arity == 0)
    arity[constant], joint[constant, -1] = 1, last[constant]
    own[constant] *= np.uint64(3)
    fan_in[reader], tables[reader], operands[reader] = arity, own, joint


def _word(nets: Nets, joint: Nets) -> Tables:
    """Each net as a table of the joint operands; 0 for net 0."""
    word = np.zeros(len(nets), dtype=np.uint64)
    for c in range(joint.shape[1]):
        word[(joint[:, c] == nets) & (nets != 0)] = _VALUE[joint.shape[1] - 1 - c]
    return word


def _selected(tables: Tables, operands: list[Tables], pattern: int = 0) -> Tables:
    """The outputs of tables for operands that are tables themselves: a tree of multiplexers."""
    if not operands:
        return np.asarray(np.uint64(0) - (tables >> np.uint64(pattern) & np.uint64(1)))
    first, rest = operands[0], operands[1:]
    low = _selected(tables, rest, pattern)
    high = _selected(tables, rest, pattern + (1 << len(rest)))
    return np.asarray(low ^ (low ^ high) & first)
