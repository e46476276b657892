import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.graph import table

FAN_INS = st.integers(1, 6)


@st.composite
def cases(draw, least=1):
    fan_in = draw(st.integers(least, 6))
    return fan_in, draw(st.integers(0, 2**2**fan_in - 1)), draw(st.integers(0, fan_in - least))


def outputs(value, fan_in):
    return [value >> i & 1 for i in range(2**fan_in)]


def one(value):
    return np.array([value], dtype=np.uint64)


@given(cases(), st.integers(0, 1))
def test_cofactor(case, constant):
    fan_in, value, column = case
    fixed = int(table.cofactor(one(value), column, constant)[0])
    for i in range(2**fan_in):
        assert fixed >> i & 1 == value >> (i & ~(1 << column) | constant << column) & 1


@given(cases())
def test_flip(case):
    fan_in, value, column = case
    flipped = int(table.flip(one(value), column)[0])
    assert outputs(flipped, fan_in) == [value >> (i ^ 1 << column) & 1 for i in range(2**fan_in)]


@given(cases(least=2))
def test_swap(case):
    fan_in, value, column = case
    swapped = int(table.swap(one(value), column)[0])
    for i in range(2**fan_in):
        low, high = i >> column & 1, i >> column + 1 & 1
        exchanged = i & ~(3 << column) | high << column | low << column + 1
        assert swapped >> i & 1 == value >> exchanged & 1


@given(cases(least=2), st.data())
def test_tie(case, data):
    fan_in, value, column = case
    to = data.draw(st.sampled_from([c for c in range(fan_in) if c != column]))
    tied = int(table.tie(one(value), column, to)[0])
    for i in range(2**fan_in):
        assert tied >> i & 1 == value >> (i & ~(1 << column) | (i >> to & 1) << column) & 1


@given(cases())
def test_depends(case):
    fan_in, value, column = case
    expected = any(value >> i & 1 != value >> (i ^ 1 << column) & 1 for i in range(2**fan_in))
    assert table.depends(one(value), column, np.array([fan_in])).tolist() == [expected]


@pytest.mark.parametrize("column", range(2, 6))
def test_nothing_depends_on_a_column_beyond_the_fan_in(column):
    assert not table.depends(np.arange(16, dtype=np.uint64), column, np.full(16, 2)).any()


def test_the_sixteen_functions():
    meaning = {
        "zero": lambda a, b: 0, "nor": lambda a, b: not (a or b), "not_a_and_b": lambda a, b: not a and b,
        "not_a": lambda a, b: not a, "a_and_not_b": lambda a, b: a and not b, "not_b": lambda a, b: not b,
        "xor": lambda a, b: a != b, "nand": lambda a, b: not (a and b), "and": lambda a, b: a and b,
        "xnor": lambda a, b: a == b, "b": lambda a, b: b, "not_a_or_b": lambda a, b: not a or b,
        "a": lambda a, b: a, "a_or_not_b": lambda a, b: a or not b, "or": lambda a, b: a or b, "one": lambda a, b: 1,
    }  # fmt: skip
    for value, name in enumerate(table.NAMES):
        assert all(value >> 2 * a + b & 1 == bool(meaning[name](a, b)) for a in (0, 1) for b in (0, 1)), name
