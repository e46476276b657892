"""Truth tables as operations on vectors: many gates in each operation."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Const, Value


def lower(tables: Sequence[int], operands: Sequence[Value]) -> Value:
    """The outputs of gates of one fan-in, as one vector.

    Shannon's expansion on the first operand, for all gates at once. Where all gates agree on a cofactor that is
    constant, equal or complementary, the multiplexer becomes a simpler operation; so gates of one function
    become that function, and gates of different functions share multiplexers over vectors of constants.

    Args:
        tables: the truth table of each gate.
        operands: one vector for each operand, the first is the most significant of the pattern.
    """
    if not operands:
        return Const(sum(table << i for i, table in enumerate(tables)), len(tables))
    first, rest = operands[0], operands[1:]
    half = 1 << len(rest)
    ones = (1 << half) - 1
    low = [table & ones for table in tables]
    high = [table >> half for table in tables]
    if low == high:
        return lower(low, rest)
    if not any(low) or not any(high):
        side, table = (first, high) if not any(low) else (~first, low)
        return side if _all(table, ones) else side & lower(table, rest)
    if _all(low, ones) or _all(high, ones):
        return ~first | lower(high, rest) if _all(low, ones) else first | lower(low, rest)
    differ = [a ^ b for a, b in zip(low, high, strict=True)]
    if _all(differ, ones):
        return first ^ lower(low, rest)
    return lower(low, rest) ^ (lower(differ, rest) & first)


def _all(tables: Sequence[int], value: int) -> bool:
    return all(table == value for table in tables)
