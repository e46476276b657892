"""The bit-exact reference by compiled kernels: 512 samples in a `row`, one interpreter for every network.

Nothing is compiled for a network: a gate is interpreted from its operands and its table, and one kernel runs all of
them. The kernels are compiled once on a machine, at first use, and kept in Numba's cache.

Tables are turned into algebraic normal form (Reed and Muller, 1954) four bits at a time: a function of two operands is
``c0 ^ cb b ^ ca a ^ cab ab``, which needs no branch. Of a wider gate this gives a row for each pattern of the other
operands, and multiplexers choose among them. Ones are counted by carry-save adders on whole rows (Harley and Seal; see
Mula, Kurz and Lemire, "Faster Population Counts Using AVX2 Instructions", 2018), so the counters are rows as well: one
for each binary digit of the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .graph import GateGraph
from .row import SAMPLES, WORDS, and_, down, filled, load, not_zero, or_, spread, store, up, xor

_DIGITS = 32
_1 = np.uint64(1)


@njit(cache=True, inline="always")
def _pair(form: Any, at: Any, a: Any, b: Any) -> Any:
    """The function of two operands whose normal form is the four bits of ``form`` from bit ``at`` on."""
    low = xor(spread(form, at), and_(spread(form, at + _1), b))
    high = xor(spread(form, at + np.uint64(2)), and_(spread(form, at + np.uint64(3)), b))
    return xor(low, and_(high, a))


@njit(cache=True, inline="always")
def _sum(a: Any, b: Any, c: Any) -> Any:
    return xor(xor(a, b), c)


@njit(cache=True, inline="always")
def _carry(a: Any, b: Any, c: Any) -> Any:
    return or_(and_(a, b), and_(xor(a, b), c))


@njit(cache=True, inline="always")
def _some_bits(bits: Any, sample: int, first: int) -> Any:
    """As `not_zero`, of fewer inputs than 64 from ``first`` on."""
    word = np.uint64(0)
    for i in range(bits.shape[1] - first):
        word |= np.uint64(bits[sample, first + i] != 0) << np.uint64(i)
    return word


@njit(cache=True, inline="always")
def _transpose(square: Any) -> None:
    """Bit j of word i becomes bit i of word j, in each of the eight columns of (64, 8) uint64.

    Warren, "Hacker's Delight", section 7-3.
    """
    distance = np.uint64(32)
    mask = np.uint64(0x00000000FFFFFFFF)
    while distance:
        for k in range(64):
            if k & distance == 0:
                low, high = load(square, k), load(square, k + distance)
                moved = and_(xor(down(low, distance), high), filled(mask))
                store(square, k, xor(low, up(moved, distance)))
                store(square, k + distance, xor(high, moved))
        distance >>= _1
        mask ^= mask << distance


@njit(cache=True, nogil=True)
def _pack(bits: Any, start: int, square: Any, rows: Any) -> None:
    """512 samples of ``bits`` (samples, inputs) uint8 from ``start`` on into ``rows`` from row 2 on.

    ``square`` (64, 8) uint64 is to work in. Samples beyond the last are 0.
    """
    samples, inputs = bits.shape
    for block in range(0, inputs, 64):
        # The last block of 64 begins where it ends with the inputs.
        first = max(0, min(block, inputs - 64))
        for word in range(WORDS):
            for i in range(64):
                sample = start + 64 * word + i
                if sample >= samples:
                    square[i, word] = 0
                elif inputs >= 64:
                    square[i, word] = not_zero(bits, sample * inputs + first)
                else:
                    square[i, word] = _some_bits(bits, sample, first)
        _transpose(square)
        for i in range(min(64, inputs)):
            store(rows, 2 + first + i, load(square, i))


@njit(cache=True, nogil=True)
def _pack_columns(bits: Any, start: int, rows: Any) -> None:
    """As `_pack`, of ``bits`` (inputs, samples): the words are there already."""
    inputs, samples = bits.shape
    for net in range(inputs):
        for word in range(WORDS):
            first = start + 64 * word
            if first + 64 <= samples:
                rows[2 + net, word] = not_zero(bits, net * samples + first)
            else:
                rows[2 + net, word] = _some_bits(bits, net, min(first, samples))


@njit(cache=True, nogil=True)
def _run(fan_in: Any, forms: Any, operands: Any, first_gate: int, rows: Any, scratch: Any) -> None:
    """Every gate, in order.

    Args:
        fan_in: (gates,) uint8.
        forms: (gates,) uint64, tables in normal form, four bits at a time.
        operands: (gates, width) int32, two columns at least.
        first_gate: the row of gate 0.
        rows: (nets, 8) uint64; those in front of the gates are read, the others are the result.
        scratch: (16, 8) uint64.
    """
    gates, width = operands.shape
    for gate in range(gates):
        form = forms[gate]
        a, b = load(rows, operands[gate, width - 2]), load(rows, operands[gate, width - 1])
        result = _pair(form, np.uint64(0), a, b)
        if fan_in[gate] > 2:
            size = 1 << (fan_in[gate] - 2)
            store(scratch, 0, result)
            for i in range(1, size):
                store(scratch, i, _pair(form, np.uint64(4 * i), a, b))
            column = width - 3
            while size > 1:
                size >>= 1
                choice = load(rows, operands[gate, column])
                column -= 1
                for i in range(size):
                    low, high = load(scratch, 2 * i), load(scratch, 2 * i + 1)
                    store(scratch, i, xor(low, and_(xor(low, high), choice)))
            result = load(scratch, 0)
        store(rows, first_gate + gate, result)


@njit(cache=True, nogil=True)
def _count(rows: Any, group: Any, digits: Any) -> int:
    """Count, sample by sample, the ones in the rows of a group: eight rows at a time, a rest of zeros.

    Args:
        rows: (nets, 8) uint64; row 0 is zero.
        group: nets, int32, a multiple of eight; net 0 adds nothing.
        digits: (32, 8) uint64, the result: binary digits of the counts, the lowest first.

    Returns:
        How many digits there are.
    """
    zero = load(rows, 0)
    ones, twos, fours = zero, zero, zero
    used = 3
    for at in range(0, len(group), 8):
        pair = load(rows, group[at]), load(rows, group[at + 1])
        two_a, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        pair = load(rows, group[at + 2]), load(rows, group[at + 3])
        two_b, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        four_a, twos = _carry(twos, two_a, two_b), _sum(twos, two_a, two_b)
        pair = load(rows, group[at + 4]), load(rows, group[at + 5])
        two_a, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        pair = load(rows, group[at + 6]), load(rows, group[at + 7])
        two_b, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        four_b, twos = _carry(twos, two_a, two_b), _sum(twos, two_a, two_b)
        carry, fours = _carry(fours, four_a, four_b), _sum(fours, four_a, four_b)
        # After n blocks the counts of eight need no more digits than n does.
        digit = 3
        blocks = (at >> 3) + 1
        while blocks:
            if digit == used:
                store(digits, digit, zero)
                used += 1
            old = load(digits, digit)
            store(digits, digit, xor(old, carry))
            carry = and_(old, carry)
            digit += 1
            blocks >>= 1
    store(digits, 0, ones)
    store(digits, 1, twos)
    store(digits, 2, fours)
    return used


@njit(cache=True, nogil=True)
def _unpack(digits: Any, used: int, counts: Any) -> None:
    """Binary digits (32, 8) uint64 of 512 counts into ``counts`` (512,) int32."""
    for word in range(WORDS):
        for half in range(2):
            first = 64 * word + 32 * half
            for i in range(32):
                counts[first + i] = 0
            for digit in range(used):
                bits = np.uint32(digits[digit, word] >> np.uint64(32 * half))
                for i in range(32):
                    counts[first + i] |= np.int32((bits >> np.uint32(i) & np.uint32(1)) << np.uint32(digit))


@njit(cache=True, nogil=True)
def _scores(
    bits: Any,
    columns: bool,
    fan_in: Any,
    forms: Any,
    operands: Any,
    first_gate: int,
    group: Any,
    ends: Any,
    rows: Any,
    scores: Any,
) -> None:
    """Every sample: pack, run, count.

    Args:
        bits: (samples, inputs) uint8, or (inputs, samples) if they lie in ``columns``.
        columns: whether they do.
        fan_in: as `_run` takes it.
        forms: as `_run` takes them.
        operands: as `_run` takes them.
        first_gate: as `_run` takes it.
        group: the groups, one after the other, each as `_count` takes it.
        ends: (classes + 1,) where each group begins and ends.
        rows: (nets, 8) uint64, rows 0 and 1 are the constants.
        scores: (samples, classes) int32, the result.
    """
    samples, classes = scores.shape
    square = np.empty((64, WORDS), dtype=np.uint64)
    scratch = np.empty((16, WORDS), dtype=np.uint64)
    digits = np.empty((_DIGITS, WORDS), dtype=np.uint64)
    counts = np.empty((classes, SAMPLES), dtype=np.int32)
    for start in range(0, samples, SAMPLES):
        if columns:
            _pack_columns(bits, start, rows)
        else:
            _pack(bits, start, square, rows)
        _run(fan_in, forms, operands, first_gate, rows, scratch)
        for index in range(classes):
            _unpack(digits, _count(rows, group[ends[index] : ends[index + 1]], digits), counts[index])
        for n in range(min(SAMPLES, samples - start)):
            for index in range(classes):
                scores[start + n, index] = counts[index, n]


def by_kernels(graph: GateGraph, bits: NDArray[np.bool_]) -> NDArray[np.int32]:
    """As `evaluate.by_numpy`."""
    forms = graph.tables ^ (graph.tables & np.uint64(0x5555555555555555)) << np.uint64(1)
    forms = forms ^ (forms & np.uint64(0x3333333333333333)) << np.uint64(2)
    width = graph.operands.shape[1]
    operands = np.pad(graph.operands, ((0, 0), (max(0, 2 - width), 0)))
    padded = [np.pad(group, (0, -len(group) % 8)) for group in graph.groups]
    listed = np.concatenate(padded)
    ends = np.cumsum([0, *map(len, padded)])
    rows = np.zeros((graph.nets, WORDS), dtype=np.uint64)
    rows[1] = ~rows[0]
    result = np.empty((len(bits), graph.classes), dtype=np.int32)
    columns = bits.flags.f_contiguous and not bits.flags.c_contiguous
    octets = np.ascontiguousarray(bits.T if columns else bits).view(np.uint8)
    _scores(octets, columns, graph.fan_in, forms, operands, graph.first_gate, listed, ends, rows, result)
    return result
