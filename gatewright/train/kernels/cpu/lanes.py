"""64 numbers, or 16, as one value: what a word of bits selects from, and the sixteen functions of a gate.

Such a value lives in vector registers, whatever their size: LLVM cuts it into pieces that the processor has. A word of
64 bits is a mask on 64 numbers, bit ``n`` for number ``n``. Arrays are contiguous float32, and offsets count as if
they had no dimensions. `load` and `store` take bfloat16 as well, as uint16: the upper half of a float32. A number
becomes the nearest one, and of two the even one.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array

WIDTH = 64
_PIECE = 16
_FLOAT, _INDEX = ir.FloatType(), ir.IntType(32)
_ALL, _SOME = ir.VectorType(_FLOAT, WIDTH), ir.VectorType(_FLOAT, _PIECE)
_HALVES, _WORDS = ir.VectorType(ir.IntType(16), WIDTH), ir.VectorType(ir.IntType(32), WIDTH)
_LOOSE = ("nsz", "reassoc", "contract")


class Lanes(types.Type):
    """The type of ``count`` float32."""

    def __init__(self, count: int) -> None:
        super().__init__(f"Lanes({count})")
        self.vector = ir.VectorType(_FLOAT, count)


_64, _16 = Lanes(WIDTH), Lanes(_PIECE)


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.vector)


def _place(context: Any, builder: Any, kind: Any, array: Any, offset: Any, shape: ir.Type) -> Any:
    """Pointer to the item at ``offset``."""
    data = make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), shape.as_pointer())


def _loaded(builder: Any, place: Any) -> Any:
    value = builder.load(place)
    value.align = 4
    return value


def _kept(builder: Any, value: Any, place: Any) -> None:
    builder.store(value, place).align = 4


@intrinsic
def zeros(_context: Any) -> Any:
    """64 zeros."""

    def generate(*_: Any) -> Any:
        return ir.Constant(_ALL, [ir.Constant(_FLOAT, 0.0)] * WIDTH)

    return _64(), generate


def _words(number: int) -> Any:
    return ir.Constant(_WORDS, [number] * WIDTH)


def _widened(builder: Any, place: Any) -> Any:
    """64 float32 from the bfloat16 at a place."""
    halves = builder.load(place)
    halves.align = 2
    return builder.bitcast(builder.shl(builder.zext(halves, _WORDS), _words(16)), _ALL)


def _kept_rounded(builder: Any, lanes: Any, place: Any) -> None:
    """64 float32 as bfloat16 at a place: what is added carries into the upper half where it is to be rounded up."""
    words = builder.bitcast(lanes, _WORDS)
    odd = builder.and_(builder.lshr(words, _words(16)), _words(1))
    rounded = builder.add(words, builder.add(odd, _words(0x7FFF)))
    builder.store(builder.trunc(builder.lshr(rounded, _words(16)), _HALVES), place).align = 2


def _load(kind: Lanes) -> Any:
    @intrinsic
    def load(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, offset = arguments
            given = signature.args[0]
            if kind is _64 and given.dtype == types.uint16:
                return _widened(builder, _place(context, builder, given, array, offset, _HALVES))
            return _loaded(builder, _place(context, builder, given, array, offset, kind.vector))

        return kind(array, types.intp), generate

    return load


def _store(kind: Lanes) -> Any:
    @intrinsic
    def store(_context: Any, array: Any, offset: Any, lanes: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, offset, lanes = arguments
            given = signature.args[0]
            if kind is _64 and given.dtype == types.uint16:
                _kept_rounded(builder, lanes, _place(context, builder, given, array, offset, _HALVES))
            else:
                _kept(builder, lanes, _place(context, builder, given, array, offset, kind.vector))
            return context.get_dummy_value()

        return types.void(array, types.intp, kind), generate

    return store


load, load_16 = _load(_64), _load(_16)
"""``load(array, offset)``: the numbers from an offset on."""
store, store_16 = _store(_64), _store(_16)
"""``store(array, offset, lanes)``: the reverse."""


@intrinsic
def spread_16(_context: Any, number: Any) -> Any:  # noqa: ARG001 - typed by position
    """One float32, sixteen times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        one = builder.insert_element(ir.Constant(_SOME, ir.Undefined), arguments[0], ir.Constant(_INDEX, 0))
        return _shuffled(builder, one, one, [0] * _PIECE)

    return _16(types.float32), generate


def _by_number(operation: str) -> Any:
    @intrinsic
    def operate(_context: Any, a: Any, b: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return getattr(builder, operation)(*arguments, flags=_LOOSE)

        return _16(_16, _16), generate

    return operate


plus_16, minus_16, times_16 = (_by_number(operation) for operation in ("fadd", "fsub", "fmul"))
"""Number by number."""


@intrinsic
def total_16(_context: Any, lanes: Any) -> Any:  # noqa: ARG001 - typed by position
    """The sum of 16 numbers, a float32."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        row = arguments[0]
        while row.type.count > 1:
            row = _halved(builder, row)
        return builder.extract_element(row, ir.Constant(_INDEX, 0))

    return types.float32(_16), generate


def _where(operation: str) -> Any:
    @intrinsic
    def masked(_context: Any, lanes: Any, value: Any, mask: Any) -> Any:  # noqa: ARG001 - typed by position
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            lanes, value, word = arguments
            mask = builder.bitcast(word, ir.VectorType(ir.IntType(1), WIDTH))
            return builder.select(mask, getattr(builder, operation)(lanes, value, flags=_LOOSE), lanes)

        return _64(_64, _64, types.uint64), generate

    return masked


add_where = _where("fadd")
"""``add_where(lanes, value, mask)``: their sum where the mask is set, ``lanes`` elsewhere."""
subtract_where = _where("fsub")
"""As `add_where`, for the difference."""


def _shuffled(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_INDEX, len(places)), places))


def _halved(builder: Any, row: Any) -> Any:
    """The lower half and the upper half, added."""
    half = row.type.count // 2
    low, high = (_shuffled(builder, row, row, list(range(start, start + half))) for start in (0, half))
    return builder.fadd(low, high, flags=_LOOSE)


def _added(builder: Any, a: Any, b: Any, first: list[int], second: list[int]) -> Any:
    return builder.fadd(_shuffled(builder, a, b, first), _shuffled(builder, a, b, second), flags=_LOOSE)


def _sums_of_rows(builder: Any, rows: list[Any]) -> Any:
    """The sum of each of four or eight rows of 16. No step but the last leaves a piece of four numbers."""
    rows = [_halved(builder, row) for row in rows]
    even, odd = [0, 2, 8, 10, 4, 6, 12, 14], [1, 3, 9, 11, 5, 7, 13, 15]
    for _ in range(2):
        rows = [_added(builder, rows[i], rows[i + 1], even, odd) for i in range(0, len(rows), 2)]
    if len(rows) == 1:
        return _halved(builder, rows[0])
    return _added(builder, rows[0], rows[1], [0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15])


def _masked_sum(builder: Any, pieces: list[Any], word: Any) -> Any:
    """The pieces where the word is set, added up: 16 numbers."""
    total: Any = ir.Constant(_SOME, [ir.Constant(_FLOAT, 0.0)] * _PIECE)
    for index, piece in enumerate(pieces):
        bits = builder.trunc(builder.lshr(word, ir.Constant(word.type, _PIECE * index)), ir.IntType(_PIECE))
        mask = builder.bitcast(bits, ir.VectorType(ir.IntType(1), _PIECE))
        total = builder.select(mask, builder.fadd(total, piece, flags=_LOOSE), total)
    return total


def _totals(count: int) -> Any:
    @intrinsic
    def totals(_context: Any, lanes: Any, masks: Any, at: Any, into: Any, offset: Any) -> Any:  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lanes, masks, at, into, offset = arguments
            pieces = [
                _shuffled(builder, lanes, lanes, list(range(start, start + _PIECE)))
                for start in range(0, WIDTH, _PIECE)
            ]
            first = _place(context, builder, signature.args[1], masks, at, ir.IntType(64))
            words = [builder.load(builder.gep(first, [ir.Constant(_INDEX, i)])) for i in range(count)]
            rows = [_masked_sum(builder, pieces, word) for word in words]
            row = _sums_of_rows(builder, rows)
            place = _place(context, builder, signature.args[3], into, offset, row.type)
            _kept(builder, builder.fadd(_loaded(builder, place), row, flags=_LOOSE), place)
            return context.get_dummy_value()

        return types.void(_64, masks, types.intp, into, types.intp), generate

    return totals


add_totals_4 = _totals(4)
"""``add_totals_4(lanes, masks, at, into, offset)``: for each of the 4 words of ``masks`` (uint64) from ``at`` on, the
sum of the lanes where it is set; added to ``into`` (float32) from ``offset`` on. Both arrays are contiguous."""
add_totals_8 = _totals(8)
"""As `add_totals_4`, for 8 words."""


@intrinsic
def first_highest_16(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 - typed by position
    """The first index of the highest of 16 numbers of a contiguous float32 array from ``offset`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = _loaded(builder, _place(context, builder, signature.args[0], arguments[0], arguments[1], _SOME))
        best = row
        for distance in (8, 4, 2, 1):
            other = _shuffled(builder, best, best, [i ^ distance for i in range(_PIECE)])
            best = builder.select(builder.fcmp_ordered(">", best, other), best, other)
        found = builder.bitcast(builder.fcmp_ordered("==", row, best), ir.IntType(_PIECE))
        # With a NaN among them nothing may be found: then the last one.
        found = builder.or_(found, ir.Constant(found.type, 1 << _PIECE - 1))
        return builder.cttz(builder.zext(found, ir.IntType(64)), ir.Constant(ir.IntType(1), 0))

    return types.int64(array, types.intp), generate
