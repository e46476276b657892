"""A row of bits: one net for 512 samples, and what compiled kernels do with it.

A row holds the samples in their order, the first in the lowest bit of the first byte. It is a value in vector
registers, whatever their size: LLVM cuts it into pieces that the processor has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array

SAMPLES = 512
WORDS = SAMPLES // 64
"""Words of 64 bits in a row."""
_INDEX = ir.IntType(32)
_VECTOR = ir.VectorType(ir.IntType(64), WORDS)


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
    first = builder.mul(index, ir.Constant(index.type, WORDS))
    return builder.bitcast(builder.gep(data, [first]), _VECTOR.as_pointer())


def _repeated(builder: Any, word: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, word, ir.Constant(_INDEX, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INDEX, WORDS), [0] * WORDS))


@intrinsic
def load(_context: Any, rows: Any, index: Any) -> Any:  # noqa: ARG001 - typed by position
    """Row ``index`` of ``rows`` (rows, 8) uint64, contiguous."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(_place(context, builder, signature.args[0], *arguments))
        value.align = 8
        return value

    return _ROW(rows, types.intp), generate


@intrinsic
def store(_context: Any, rows: Any, index: Any, row: Any) -> Any:  # noqa: ARG001 - typed by position
    """Put a row where `load` finds it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _place(context, builder, signature.args[0], *arguments[:2])).align = 8
        return context.get_dummy_value()

    return types.void(rows, types.intp, _ROW), generate


@intrinsic
def spread(_context: Any, table: Any, bit: Any) -> Any:  # noqa: ARG001 - typed by position
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


and_, or_, xor = _by_bit("and_"), _by_bit("or_"), _by_bit("xor")
up, down = _shifted("shl"), _shifted("lshr")


@intrinsic
def filled(_context: Any, word: Any) -> Any:  # noqa: ARG001 - typed by position
    """One word (uint64), eight times."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _repeated(builder, arguments[0])

    return _ROW(types.uint64), generate


@intrinsic
def not_zero(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 - typed by position
    """Which of the 64 bytes from an offset on are not zero, the first in the lowest bit; the array is contiguous."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        octets = ir.VectorType(ir.IntType(8), 64)
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        value = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), octets.as_pointer()))
        value.align = 1
        return builder.bitcast(builder.icmp_unsigned("!=", value, ir.Constant(octets, None)), ir.IntType(64))

    return types.uint64(array, types.intp), generate
