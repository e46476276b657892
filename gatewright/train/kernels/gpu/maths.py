"""Scalar functions inside kernels: a counter-based hash, and the noise that is made of it.

The hash is two rounds of ``lowbias32`` (C. Wellons, "Hash prospector"), keyed twice, so that a draw depends on its
seed and its place alone: whatever program makes it, and however often.
"""

from __future__ import annotations

import triton
import triton.language as tl

STREAM = tl.constexpr(0x9E3779B9)
_BELOW_ONE = tl.constexpr(1 - 2**-24)


@triton.jit
def _mixed(x):
    x = x ^ (x >> 16)
    x = x * 0x7FEB352D
    x = x ^ (x >> 15)
    x = x * 0x846CA68B
    return x ^ (x >> 16)


@triton.jit
def uniform(place, low, high):
    """A float32 in (0, 1) from a place and a seed of two words, all uint32."""
    # The low word comes in twice: once alone would only put the same numbers into another order.
    x = _mixed(place ^ low) + high
    x = _mixed(x ^ (low * STREAM))
    return tl.minimum(((x >> 8).to(tl.float32) + 0.5) * 2.0**-24, _BELOW_ONE)


@triton.jit
def log(x):
    """Natural logarithm of a positive, normal float32, with the polynomial of Cephes (S. L. Moshier, ``logf``).

    The logarithm of the hardware has an absolute error of 2e-7 around 1, where that of a uniform draw is smaller.
    """
    bits = x.to(tl.int32, bitcast=True)
    e = ((bits >> 23) - 127).to(tl.float32)
    m = ((bits & 0x7FFFFF) | 0x3F800000).to(tl.float32, bitcast=True)
    high = m > 1.41421356
    m = tl.where(high, m * 0.5, m) - 1.0
    e = tl.where(high, e + 1.0, e)
    z = m * m
    y = 7.0376836292e-2 * m - 1.1514610310e-1
    y = y * m + 1.1676998740e-1
    y = y * m - 1.2420140846e-1
    y = y * m + 1.4249322787e-1
    y = y * m - 1.6668057665e-1
    y = y * m + 2.0000714765e-1
    y = y * m - 2.4999993993e-1
    y = y * m + 3.3333331174e-1
    y = y * m * z - e * 2.12194440e-4 - z * 0.5
    return m + y + e * 0.693359375


@triton.jit
def noise(place, seed, stream, TWO_WAY: tl.constexpr):
    """Gumbel(0, 1) noise or, for ``TWO_WAY``, the difference of two draws of it, which is Logistic(0, 1).

    Args:
        place: int32, the index of the value that the noise is for.
        seed: int64.
        stream: of the parameter; each draws another sequence from the same seed.
        TWO_WAY: for a choice between two.
    """
    low = seed.to(tl.uint32) + (stream + 1).to(tl.uint32) * STREAM
    high = (seed >> 32).to(tl.uint32)
    u = uniform(place.to(tl.uint32), low, high)
    if TWO_WAY:
        return tl.log(u) - tl.log(1.0 - u)
    else:  # noqa: RET505 - the compiler takes one side alone
        return -tl.log(-log(u))
