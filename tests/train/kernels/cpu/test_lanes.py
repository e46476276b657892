"""64 numbers as one value: each operation against NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from gatewright.train.kernels.cpu import lanes

WORDS = st.one_of(st.sampled_from([0, 1, 2**63, 2**64 - 1]), st.integers(0, 2**64 - 1))
SEEDS = st.integers(0, 2**32 - 1)


def numbers(seed, count=64):
    """Multiples of 1/8, so that sums are exact, with ties."""
    return (np.random.default_rng(seed).integers(-40, 40, count) / 8).astype(np.float32)


def bits(word):
    return np.array([word >> n & 1 for n in range(64)], dtype=bool)


@njit
def signed(a, b, plus, minus, result):
    value = lanes.load(b, 3)
    lanes.store(result, 5, lanes.subtract_where(lanes.add_where(lanes.load(a, 0), value, plus), value, minus))


@given(SEEDS, WORDS, WORDS)
def test_masked_sums_and_differences(seed, plus, minus):
    a, b, result = numbers(seed), numbers(seed + 1, 67), np.zeros(70, dtype=np.float32)
    signed(a, b, np.uint64(plus), np.uint64(minus), result)
    assert np.array_equal(result[5:69], a + bits(plus) * b[3:] - bits(minus) * b[3:])
    assert not result[:5].any()
    assert not result[69:].any()


@njit
def halved(a, halves, again):
    lanes.store(halves, 3, lanes.load(a, 1))
    lanes.store(again, 2, lanes.load(halves, 3))


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=65, max_size=65), SEEDS)
def test_numbers_become_the_nearest_bfloat16(values, seed):
    a, halves, again = np.array(values, dtype=np.float32), np.zeros(70, dtype=np.uint16), np.zeros(70, dtype=np.float32)
    # Half of the way between two of them is where the even one is due.
    between = np.random.default_rng(seed).integers(0, 0x7F7F, 65).astype(np.uint32) << 16 | 0x8000
    for some in (a, between.view(np.float32)):
        halved(some, halves, again)
        expected = torch.from_numpy(some[1:]).bfloat16()
        assert np.array_equal(halves[3:67], expected.view(torch.uint16).numpy())
        assert np.array_equal(again[2:66], expected.float().numpy())
        assert not halves[:3].any()
        assert not halves[67:].any()


@njit
def four(a, masks, into):
    lanes.add_totals_4(lanes.load(a, 0), masks, 1, into, 2)


@njit
def eight(a, masks, into):
    lanes.add_totals_8(lanes.load(a, 0), masks, 1, into, 2)


@pytest.mark.parametrize(("totals", "count"), [(four, 4), (eight, 8)])
@given(SEEDS, st.lists(WORDS, min_size=9, max_size=9))
def test_totals_under_masks(totals, count, seed, words):
    a, into = numbers(seed), numbers(seed + 1, 12)
    before = into.copy()
    totals(a, np.array(words, dtype=np.uint64), into)
    before[2 : 2 + count] += [a[bits(word)].sum() for word in words[1 : 1 + count]]
    assert np.array_equal(into, before)


@njit
def highest(a):
    return lanes.first_highest_16(a, 2)


@given(st.lists(st.integers(-3, 3), min_size=20, max_size=20))
def test_the_first_of_the_highest(values):
    a = np.array(values, dtype=np.float32)
    assert highest(a) == a[2:18].argmax()


@njit
def by_number(a, b, result):
    x, y = lanes.load_16(a, 0), lanes.load_16(b, 0)
    lanes.store_16(result, 0, lanes.plus_16(x, y))
    lanes.store_16(result, 16, lanes.minus_16(x, y))
    lanes.store_16(result, 32, lanes.times_16(x, y))
    lanes.store_16(result, 48, lanes.spread_16(lanes.total_16(x)))


@given(SEEDS)
def test_sixteen_numbers(seed):
    a, b, result = numbers(seed, 16), numbers(seed + 1, 16), np.empty(64, dtype=np.float32)
    by_number(a, b, result)
    assert np.array_equal(result, np.concatenate([a + b, a - b, a * b, np.repeat(a.sum(), 16)]))
