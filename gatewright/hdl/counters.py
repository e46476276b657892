"""Carry-save counting: bits of equal weight stand in columns, and counters make the columns lower, level by level.

A 3:2 counter turns three bits of a column into one of the same column (their parity) and one of the next (their
majority); a 6:3 counter turns six into one of each of three columns. At the end no column holds more than two bits,
and one adder makes the number (C. S. Wallace, "A suggestion for a fast multiplier", 1964).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amaranth.hdl import Cat, Const, Module, Value

from .nets import named


def levels(heights: Sequence[int], counter: int) -> int:
    """How many levels of counters leave at most two bits in every column.

    Args:
        heights: bits in each column, the lightest first.
        counter: inputs of a counter, 3 or 6.
    """
    count = 0
    columns = list(heights)
    while max(columns, default=0) > 2:
        columns = lower(columns, counter)
        count += 1
    return count


def lower(heights: Sequence[int], counter: int) -> list[int]:
    """Bits in each column behind one level of counters."""
    columns = [0] * (len(heights) + 2)
    for weight, height in enumerate(heights):
        sixes, threes = _shares(height, counter)
        columns[weight] += sixes + threes + max(0, height - 6 * sixes - 3 * threes)
        columns[weight + 1] += sixes + threes
        columns[weight + 2] += sixes
    return columns


def compress(m: Module, name: str, columns: Sequence[Value], counter: int) -> list[Value]:
    """One level of counters over columns of bits, the lightest first; the lower columns.

    Args:
        m: where they are built.
        name: of the level; the names of its signals begin with it.
        columns: the bits of each column.
        counter: inputs of a counter, 3 or 6.
    """
    kept: list[list[Value]] = [[] for _ in range(len(columns) + 2)]
    for weight, column in enumerate(columns):
        sixes, threes = _shares(len(column), counter)
        kept[weight].append(column[6 * sixes + 3 * threes :])
        if sixes:
            full = Cat(column, Const(0, max(0, 6 * sixes - len(column))))
            counts = _six(*(full[i * sixes : (i + 1) * sixes] for i in range(6)))
            for offset, (kind, bits) in enumerate(zip(("ones", "twos", "fours"), counts, strict=True)):
                kept[weight + offset].append(named(m, bits, f"{name}_{kind}{weight}"))
        if threes:
            pair = _three(*(column[6 * sixes + i * threes : 6 * sixes + (i + 1) * threes] for i in range(3)))
            for offset, (kind, bits) in enumerate(zip(("parity", "majority"), pair, strict=True)):
                kept[weight + offset].append(named(m, bits, f"{name}_{kind}{weight}"))
    joined = [Cat(*parts) for parts in kept]
    while joined and not len(joined[-1]):
        joined.pop()
    return joined


def rows(columns: Iterable[Value]) -> tuple[Value, Value]:
    """Columns of at most two bits as the two numbers to be added."""
    low, high = [], []
    for column in columns:
        low.append(column[0] if len(column) else Const(0, 1))
        high.append(column[1] if len(column) > 1 else Const(0, 1))
    return Cat(*low), Cat(*high)


def _shares(height: int, counter: int) -> tuple[int, int]:
    """How many 6:3 and 3:2 counters a column feeds; a 6:3 counter may lack one or two inputs."""
    if counter == 6:
        return (height + 2) // 6, int(height % 6 == 3)
    return 0, height // 3


def _three(a: Value, b: Value, c: Value) -> tuple[Value, Value]:
    return a ^ b ^ c, (a & b) | (c & (a | b))


def _six(a: Value, b: Value, c: Value, d: Value, e: Value, f: Value) -> tuple[Value, Value, Value]:
    left, left_carry = _three(a, b, c)
    right, right_carry = _three(d, e, f)
    return left ^ right, *_three(left_carry, right_carry, left & right)
