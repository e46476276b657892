"""The bit-exact reference by compiled kernels: 512 samples in a row of bits, one interpreter for every network.

A row holds one net for 512 samples, in the order of the samples, the first in the lowest bit of the first byte. It is
a value in vector registers, whatever their size: LLVM cuts it into pieces that the processor has. Nothing is compiled
for a network: a gate is interpreted from its operands and its table, and one kernel runs all of them. The kernels are
compiled once on a machine, at first use, and kept in Numba's cache.

Tables are turned into algebraic normal form (Reed and Muller, 1954) four bits at a time: a function of two operands is
``c0 ^ cb b ^ ca a ^ cab ab``, which needs no branch. Of a wider gate this gives a row for each pattern of the other
operands, and multiplexers choose among them. Ones are counted by carry-save adders on whole rows (Harley and Seal; see
Mula, Kurz and Lemire, "Faster Population Counts Using AVX2 Instructions", 2018), so the counters are rows as well: one
for each binary digit of the score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

from .graph import GateGraph

SAMPLES = 512
"""Samples in a row."""

_WORDS = SAMPLES // 64
_DIGITS = 32
_INDEX = ir.IntType(32)
_VECTOR = ir.VectorType(ir.IntType(64), _WORDS)
_1 = np.uint64(1)


class Row(types.Type):  # type: ignore[misc, unused-ignore]
    """512 bits."""

    def __init__(self) -> None:
        super().__init__("Row")


_ROW = Row()


@register_model(Row)
class _Model(models.PrimitiveModel):  # type: ignore[misc, unused-ignore]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Pointer to row ``index`` of a contiguous array (rows, 8) uint64."""
    data = make_array(kind)(context, builder, array).data
    first = builder.mul(index, ir.Constant(index.type, _WORDS))
    return builder.bitcast(builder.gep(data, [first]), _VECTOR.as_pointer())


def _repeated(builder: Any, word: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, word, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INDEX, _WORDS), [0] * _WORDS))


@intrinsic
def _load(_context: Any, rows: Any, index: Any) -> Any:  # noqa: ARG001 - typed by position
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(_place(context, builder, signature.args[0], *arguments))
        value.align = 8
        return value

    return _ROW(rows, types.intp), generate


@intrinsic
def _store(_context: Any, rows: Any, index: Any, row: Any) -> Any:  # noqa: ARG001 - typed by position
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _place(context, builder, signature.args[0], *arguments[:2])).align = 8
        return context.get_dummy_value()

    return types.void(rows, types.intp, _ROW), generate


@intrinsic
def _spread(_context: Any, table: Any, bit: Any) -> Any:  # noqa: ARG001 - typed by position
    """Bit ``bit`` of ``table`` (uint64), 512 times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        one = builder.and_(builder.lshr(*arguments), ir.Constant(_VECTOR.element, 1))
        return _repeated(builder, builder.neg(one))

    return _ROW(types.uint64, types.uint64), generate


def _by_bit(operation: str) -> Any:
    @intrinsic
    def operate(_context: Any, a: Any, b: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return getattr(builder, operation)(*arguments)

        return _ROW(_ROW, _ROW), generate

    return operate


def _shifted(operation: str) -> Any:
    @intrinsic
    def shift(_context: Any, row: Any, distance: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return getattr(builder, operation)(arguments[0], _repeated(builder, arguments[1]))

        return _ROW(_ROW, types.uint64), generate

    return shift


_and, _or, _xor = _by_bit("and_"), _by_bit("or_"), _by_bit("xor")
_up, _down = _shifted("shl"), _shifted("lshr")


@intrinsic
def _words(_context: Any, word: Any) -> Any:  # noqa: ARG001 - typed by position
    """One word (uint64), eight times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _repeated(builder, arguments[0])

    return _ROW(types.uint64), generate


@intrinsic
def _bits(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 - typed by position
    """Which of the 64 bytes from an offset on are not zero, the first in the lowest bit; the array is contiguous."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        octets = ir.VectorType(ir.IntType(8), 64)
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        value = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), octets.as_pointer()))
        value.align = 1
        return builder.bitcast(builder.icmp_unsigned("!=", value, ir.Constant(octets, None)), ir.IntType(64))

    return types.uint64(array, types.intp), generate


@njit(cache=True, inline="always")
def _pair(form: Any, at: Any, a: Any, b: Any) -> Any:
    """The function of two operands whose normal form is the four bits of ``form`` from bit ``at`` on."""
    low = _xor(_spread(form, at), _and(_spread(form, at + _1), b))
    high = _xor(_spread(form, at + np.uint64(2)), _and(_spread(form, at + np.uint64(3)), b))
    return _xor(low, _and(high, a))


@njit(cache=True, inline="always")
def _sum(a: Any, b: Any, c: Any) -> Any:
    return _xor(_xor(a, b), c)


@njit(cache=True, inline="always")
def _carry(a: Any, b: Any, c: Any) -> Any:
    return _or(_and(a, b), _and(_xor(a, b), c))


@njit(cache=True, inline="always")
def _some_bits(bits: Any, sample: int, first: int) -> Any:
    """As `_bits`, of fewer inputs than 64 from ``first`` on."""
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
                low, high = _load(square, k), _load(square, k + distance)
                moved = _and(_xor(_down(low, distance), high), _words(mask))
                _store(square, k, _xor(low, _up(moved, distance)))
                _store(square, k + distance, _xor(high, moved))
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
        for word in range(_WORDS):
            for i in range(64):
                sample = start + 64 * word + i
                if sample >= samples:
                    square[i, word] = 0
                elif inputs >= 64:
                    square[i, word] = _bits(bits, sample * inputs + first)
                else:
                    square[i, word] = _some_bits(bits, sample, first)
        _transpose(square)
        for i in range(min(64, inputs)):
            _store(rows, 2 + first + i, _load(square, i))


@njit(cache=True, nogil=True)
def _pack_columns(bits: Any, start: int, rows: Any) -> None:
    """As `_pack`, of ``bits`` (inputs, samples): the words are there already."""
    inputs, samples = bits.shape
    for net in range(inputs):
        for word in range(_WORDS):
            first = start + 64 * word
            if first + 64 <= samples:
                rows[2 + net, word] = _bits(bits, net * samples + first)
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
        a, b = _load(rows, operands[gate, width - 2]), _load(rows, operands[gate, width - 1])
        result = _pair(form, np.uint64(0), a, b)
        if fan_in[gate] > 2:
            size = 1 << (fan_in[gate] - 2)
            _store(scratch, 0, result)
            for i in range(1, size):
                _store(scratch, i, _pair(form, np.uint64(4 * i), a, b))
            column = width - 3
            while size > 1:
                size >>= 1
                choice = _load(rows, operands[gate, column])
                column -= 1
                for i in range(size):
                    low, high = _load(scratch, 2 * i), _load(scratch, 2 * i + 1)
                    _store(scratch, i, _xor(low, _and(_xor(low, high), choice)))
            result = _load(scratch, 0)
        _store(rows, first_gate + gate, result)


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
    zero = _load(rows, 0)
    ones, twos, fours = zero, zero, zero
    used = 3
    for at in range(0, len(group), 8):
        pair = _load(rows, group[at]), _load(rows, group[at + 1])
        two_a, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        pair = _load(rows, group[at + 2]), _load(rows, group[at + 3])
        two_b, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        four_a, twos = _carry(twos, two_a, two_b), _sum(twos, two_a, two_b)
        pair = _load(rows, group[at + 4]), _load(rows, group[at + 5])
        two_a, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        pair = _load(rows, group[at + 6]), _load(rows, group[at + 7])
        two_b, ones = _carry(ones, pair[0], pair[1]), _sum(ones, pair[0], pair[1])
        four_b, twos = _carry(twos, two_a, two_b), _sum(twos, two_a, two_b)
        carry, fours = _carry(fours, four_a, four_b), _sum(fours, four_a, four_b)
        # After n blocks the counts of eight need no more digits than n does.
        digit = 3
        blocks = (at >> 3) + 1
        while blocks:
            if digit == used:
                _store(digits, digit, zero)
                used += 1
            old = _load(digits, digit)
            _store(digits, digit, _xor(old, carry))
            carry = _and(old, carry)
            digit += 1
            blocks >>= 1
    _store(digits, 0, ones)
    _store(digits, 1, twos)
    _store(digits, 2, fours)
    return used


@njit(cache=True, nogil=True)
def _unpack(digits: Any, used: int, counts: Any) -> None:
    """Binary digits (32, 8) uint64 of 512 counts into ``counts`` (512,) int32."""
    for word in range(_WORDS):
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
    square = np.empty((64, _WORDS), dtype=np.uint64)
    scratch = np.empty((16, _WORDS), dtype=np.uint64)
    digits = np.empty((_DIGITS, _WORDS), dtype=np.uint64)
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
    rows = np.zeros((graph.nets, _WORDS), dtype=np.uint64)
    rows[1] = ~rows[0]
    result = np.empty((len(bits), graph.classes), dtype=np.int32)
    columns = bits.flags.f_contiguous and not bits.flags.c_contiguous
    octets = np.ascontiguousarray(bits.T if columns else bits).view(np.uint8)
    _scores(octets, columns, graph.fan_in, forms, operands, graph.first_gate, listed, ends, rows, result)
    return result
