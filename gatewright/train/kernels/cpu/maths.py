"""Scalar functions that LLVM can put into vectors: a counter-based hash, logarithm and exponential in float32.

The polynomials and the range reduction are those of Cephes (S. L. Moshier, ``logf`` and ``expf``), good to about
one unit in the last place. The hash is two rounds of ``lowbias32`` (C. Wellons, "Hash prospector"), keyed twice, so
that a draw depends on its seed and its place alone, whatever thread makes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

EXACT = {"contract", "nsz"}
"""What the compiler may change in a polynomial: fused products, the sign of zero."""
SUMS = {"contract", "nsz", "reassoc", "nnan", "ninf"}
"""What it may change in a sum as well: the order."""


@intrinsic
def _as_float(_context: Any, bits: Any) -> Any:
    """The float32 with the given 32 bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return (types.float32(types.int32), generate) if bits == types.int32 else None


@intrinsic
def _as_bits(_context: Any, value: Any) -> Any:
    """The 32 bits of a float32."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return (types.int32(types.float32), generate) if value == types.float32 else None


@intrinsic
def prefetch(_context: Any, array: Any, offset: Any) -> Any:  # noqa: ARG001 - typed by position
    """Ask for the cache line at a byte offset in an array, ahead of its use, in all caches."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.gep(builder.bitcast(data, byte), [arguments[1]])
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        read, keep, data_cache = (ir.Constant(word, value) for value in (0, 3, 1))
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        builder.call(function, [place, read, keep, data_cache])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@njit(fastmath=EXACT, cache=True, inline="always")
def _mixed(x: Any) -> Any:
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@njit(fastmath=EXACT, cache=True, inline="always")
def uniform(place: Any, low: Any, high: Any) -> Any:
    """A float32 in (0, 1) from a place and a seed of two words, all uint32: a multiple of ``2**-24``, and a half."""
    # The low word comes in twice: once alone would only put the same numbers into another order.
    x = np.uint32(_mixed(np.uint32(place ^ low)) + high)
    x = _mixed(np.uint32(x ^ np.uint32(low * np.uint32(0x9E3779B9))))
    u = (np.float32(np.int32(x >> np.uint32(8))) + np.float32(0.5)) * np.float32(2.0**-24)
    # The highest of them would round up to 1.
    return min(u, np.float32(1.0 - 2.0**-24))


@njit(fastmath=EXACT, cache=True, inline="always")
def log(x: Any) -> Any:
    """Natural logarithm of a positive, normal float32."""
    bits = _as_bits(x)
    e = np.float32(np.int32(np.int32(bits >> np.int32(23)) - np.int32(127)))
    m = _as_float(np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)))
    high = m > np.float32(1.41421356)
    m = m * np.float32(0.5) if high else m
    e = e + np.float32(1.0) if high else e
    m = m - np.float32(1.0)
    z = m * m
    y = np.float32(7.0376836292e-2)
    y = y * m + np.float32(-1.1514610310e-1)
    y = y * m + np.float32(1.1676998740e-1)
    y = y * m + np.float32(-1.2420140846e-1)
    y = y * m + np.float32(1.4249322787e-1)
    y = y * m + np.float32(-1.6668057665e-1)
    y = y * m + np.float32(2.0000714765e-1)
    y = y * m + np.float32(-2.4999993993e-1)
    y = y * m + np.float32(3.3333331174e-1)
    y = y * m * z + e * np.float32(-2.12194440e-4) - z * np.float32(0.5)
    return m + y + e * np.float32(0.693359375)


@njit(fastmath=EXACT, cache=True, inline="always")
def exp(x: Any) -> Any:
    """Exponential of a float32; 0 below -60, so that what is made of it stays clear of denormal numbers."""
    none = x < np.float32(-60.0)
    x = max(min(x, np.float32(88.0)), np.float32(-60.0))
    n = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    x = x - n * np.float32(0.693359375)
    x = x + n * np.float32(2.12194440e-4)
    y = np.float32(1.9875691500e-4)
    y = y * x + np.float32(1.3981999507e-3)
    y = y * x + np.float32(8.3334519073e-3)
    y = y * x + np.float32(4.1665795894e-2)
    y = y * x + np.float32(1.6666665459e-1)
    y = y * x + np.float32(5.0000001201e-1)
    y = y * x * x + x + np.float32(1.0)
    y = y * _as_float(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))
    return np.float32(0.0) if none else y
