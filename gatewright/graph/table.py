"""Truth tables as integers: bit ``i`` of a table is the output for operand pattern ``i``.

The first operand is the most significant bit of the pattern, so for two operands a, b the pattern is
``2*a + b``. Functions here work on whole arrays of tables (uint64) and keep 64 bits per table: a table of
fan-in k is used through its low ``2**k`` bits, and the others are zero. A *column* counts operands from
the right: column 0 is the last operand, so columns do not depend on the fan-in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_FAN_IN = 6

Tables = NDArray[np.uint64]

NAMES = (
    "zero", "nor", "not_a_and_b", "not_a", "a_and_not_b", "not_b", "xor", "nand",
    "and", "xnor", "b", "not_a_or_b", "a", "a_or_not_b", "or", "one",
)  # fmt: skip
"""The sixteen functions of two operands; the position is the table."""

BUFFER, INVERTER = 0b10, 0b01
"""The two functions of one operand that depend on it."""

# LOW[c]: the 64 bits in which the operand of column c is 0.
LOW = np.array(
    [sum(1 << i for i in range(64) if not i >> c & 1) for c in range(MAX_FAN_IN)],
    dtype=np.uint64,
)


def mask(fan_in: NDArray[np.integer]) -> Tables:
    """The bits that a table of each fan-in uses: ``2**2**fan_in - 1``."""
    ones = np.array([(1 << (1 << k)) - 1 for k in range(MAX_FAN_IN + 1)], dtype=np.uint64)
    return np.asarray(ones[fan_in])


def cofactor(tables: Tables, column: int, value: int) -> Tables:
    """Fix the operand of a column to 0 or 1; the result no longer depends on it."""
    shift = np.uint64(1 << column)
    if value:
        high = tables & ~LOW[column]
        return np.asarray(high | high >> shift)
    low = tables & LOW[column]
    return np.asarray(low | low << shift)


def flip(tables: Tables, column: int) -> Tables:
    """Complement the operand of a column."""
    shift = np.uint64(1 << column)
    return np.asarray((tables & LOW[column]) << shift | tables >> shift & LOW[column])


def tie(tables: Tables, column: int, to: int) -> Tables:
    """Replace the operand of ``column`` by the one of ``to``; the result no longer depends on ``column``."""
    return np.asarray(cofactor(tables, column, 0) & LOW[to] | cofactor(tables, column, 1) & ~LOW[to])


def swap(tables: Tables, column: int) -> Tables:
    """Exchange the operands of ``column`` and ``column + 1``."""
    low, high = LOW[column], LOW[column + 1]
    shift = np.uint64(1 << column)
    kept = tables & (low & high | ~low & ~high)
    return np.asarray(kept | (tables & ~low & high) << shift | tables >> shift & (~low & high))


def depends(tables: Tables, column: int, fan_in: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether each table depends on the operand of a column (never on a column beyond its fan-in)."""
    low, high = tables & LOW[column], tables >> np.uint64(1 << column) & LOW[column]
    return np.asarray((low ^ high) & mask(fan_in) & LOW[column] != 0) & (column < fan_in)
