"""What a gate computes, whatever of its operands and its output are complemented: a wire, an AND, an XOR, or more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import Gate, GateGraph
from gatewright.graph.table import MAX_FAN_IN, cofactor, depends

KINDS = ("constant", "wire", "AND", "XOR", "3 operands", "4 operands", "5 operands", "6 operands")
"""AND and XOR are the two kinds that two operands can have: OR is an AND with everything complemented."""


@dataclass(frozen=True)
class Symbol:
    """How a gate is drawn: the signs of IEC 60617, and circles where a line is complemented.

    Attributes:
        sign: ``&``, ``≥1``, ``=1``, ``1``, or the table in hexadecimal digits.
        inverted: for each operand, whether it is complemented.
        inverted_output: whether the output is.
    """

    sign: str
    inverted: tuple[bool, ...]
    inverted_output: bool = False


def kinds(graph: GateGraph) -> NDArray[np.intp]:
    """For each gate the index of its kind in `KINDS`: (gates,), by the operands that its table depends on."""
    fan_in = graph.fan_in.astype(np.int64)
    needed = np.array([depends(graph.tables, column, fan_in) for column in range(MAX_FAN_IN)])
    support = needed.sum(axis=0)
    odd = np.zeros(graph.gates, dtype=bool)
    for column in range(MAX_FAN_IN):
        # A table of two operands is an XOR if either value of one leaves what depends on the other, and they differ.
        low, high = cofactor(graph.tables, column, 0), cofactor(graph.tables, column, 1)
        others = [other for other in range(MAX_FAN_IN) if other != column]
        in_both = [depends(low, other, fan_in) & depends(high, other, fan_in) for other in others]
        odd |= needed[column] & np.any(in_both, axis=0)
    return np.asarray(np.select([support <= 1, support == 2], [support, 2 + odd], support + 1), dtype=np.intp)


def symbol(gate: Gate) -> Symbol:
    """How a gate is drawn."""
    width = len(gate.operands)
    patterns, plain = 1 << width, (False,) * width
    ones = gate.table.bit_count()
    if width == 1 and ones == 1:
        return Symbol("1", plain, gate.table == 1)
    if ones in (1, patterns - 1):
        # One pattern differs from the others: that which an AND lets pass, or that which an OR stops.
        single = gate.table if ones == 1 else ~gate.table & (1 << patterns) - 1
        pattern = single.bit_length() - 1
        bits = tuple(bool(pattern >> place & 1) for place in reversed(range(width)))
        return Symbol("&", tuple(not bit for bit in bits)) if ones == 1 else Symbol("≥1", bits)
    parity = sum(1 << pattern for pattern in range(patterns) if pattern.bit_count() % 2)
    if gate.table in (parity, ~parity & (1 << patterns) - 1):
        return Symbol("=1", plain, gate.table != parity)
    return Symbol(f"{gate.table:0{max(1, patterns // 4)}X}", plain)
