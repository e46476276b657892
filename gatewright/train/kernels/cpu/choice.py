"""Hard choices among logits with Gumbel noise, and their straight-through gradients.

A row of ``m`` logits is one choice. What the forward pass leaves behind is ``perturbed = logits + noise``; the
backward pass needs nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .lanes import first_highest_16, load_16, minus_16, plus_16, spread_16, store_16, times_16, total_16
from .maths import EXACT, SUMS, exp, log, uniform

_ROWS = 64
"""Rows that a thread takes at a time; their numbers stay in the first cache between two loops."""
_FUNCTIONS = 16
_0 = np.float32(0.0)
_BLOCK = 1024
_TABLES = np.array([[i >> c & 1 for i in range(_FUNCTIONS)] for c in range(4)], dtype=np.float32)
_FROM = np.array([_TABLES - _TABLES[:, at : at + 1] for at in range(_FUNCTIONS)])
"""[at, c]: what each of the sixteen functions is for operand pattern c, less what function ``at`` is."""


@njit(fastmath=EXACT, cache=True, inline="always")
def _uniform(begin: int, low: Any, high: Any, result: Any) -> None:
    place = np.uint32(begin)
    for i in range(np.int32(len(result))):
        result[i] = uniform(place + np.uint32(i), low, high)


@njit(fastmath=EXACT, cache=True, inline="always")
def _gumbel(given: Any, begin: int, low: Any, high: Any, factor: Any, result: Any) -> None:
    """Some of the numbers of `gumbel`, from place ``begin`` on.

    One function after the other: a loop of all three is one long chain of operations for each number, and the
    processor sees too few of them at a time to be busy.
    """
    _uniform(begin, low, high, result)
    for i in range(len(given)):
        result[i] = -log(result[i])
    for i in range(len(given)):
        result[i] = given[i] - factor * log(result[i])


@njit(fastmath=EXACT, cache=True, inline="always")
def _logistic(given: Any, begin: int, low: Any, high: Any, factor: Any, result: Any) -> None:
    """As `_gumbel`, for `logistic`."""
    _uniform(begin, low, high, result)
    for i in range(len(given)):
        result[i] = log(result[i]) - log(np.float32(1.0) - result[i])
    for i in range(len(given)):
        result[i] = given[i] + factor * result[i]


@njit(parallel=True, fastmath=EXACT, cache=True)
def gumbel(logits: Any, low: int, high: int, scale: float, perturbed: Any) -> None:
    """``perturbed = logits + scale * g``, g ~ Gumbel(0, 1), drawn from the seed (low, high) and the place.

    Args:
        logits: (n,) float32.
        low: lower half of the seed, 32 bits.
        high: upper half.
        scale: factor on the noise.
        perturbed: (n,) float32, the result.
    """
    n = len(logits)
    a, b, factor = np.uint32(low), np.uint32(high), np.float32(scale)
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        begin = block * _BLOCK
        given, result = logits[begin : begin + _BLOCK], perturbed[begin : begin + _BLOCK]
        _gumbel(given, begin, a, b, factor, result)


@njit(parallel=True, fastmath=EXACT, cache=True)
def logistic(logits: Any, low: int, high: int, scale: float, perturbed: Any) -> None:
    """As `gumbel`, with noise of Logistic(0, 1): the difference of two Gumbel draws."""
    n = len(logits)
    a, b, factor = np.uint32(low), np.uint32(high), np.float32(scale)
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        begin = block * _BLOCK
        given, result = logits[begin : begin + _BLOCK], perturbed[begin : begin + _BLOCK]
        _logistic(given, begin, a, b, factor, result)


@njit(fastmath=SUMS, cache=True, inline="always")
def _first_highest(perturbed: Any, row: int, m: int) -> Any:
    best = perturbed[row, 0]
    for i in range(1, m):
        best = max(best, perturbed[row, i])
    at = np.int32(m - 1)
    for i in range(m):
        at = min(at, np.int32(i) if perturbed[row, i] == best else np.int32(m))
    return at


@njit(parallel=True, fastmath=EXACT, cache=True)
def sample(logits: Any, low: int, high: int, scale: float, perturbed: Any, chosen: Any) -> None:
    """``perturbed = logits + scale * g``, g ~ Gumbel(0, 1), and the first index of the highest of each row.

    Args:
        logits: (rows, m) float32.
        low: lower half of the seed, 32 bits; with the place, it decides the noise.
        high: upper half.
        scale: factor on the noise; 0 for none.
        perturbed: (rows, m) float32, the result.
        chosen: (rows,) int32, the result.
    """
    rows, m = logits.shape
    flat, noisy = logits.ravel(), perturbed.ravel()
    a, b, factor = np.uint32(low), np.uint32(high), np.float32(scale)
    for block in prange((rows + _ROWS - 1) // _ROWS):
        begin, end = block * _ROWS, min(rows, (block + 1) * _ROWS)
        given, result = flat[begin * m : end * m], noisy[begin * m : end * m]
        if scale:
            _gumbel(given, begin * m, a, b, factor, result)
        else:
            result[:] = given
        some = perturbed[begin:end]
        if m == _FUNCTIONS:
            for row in range(len(some)):
                chosen[begin + row] = first_highest_16(some, _FUNCTIONS * row)
        else:
            for row in range(len(some)):
                chosen[begin + row] = _first_highest(some, row, m)


@njit(parallel=True, fastmath=EXACT, cache=True)
def sample_tables(logits: Any, low: int, high: int, scale: float, perturbed: Any, tables: Any) -> None:
    """As `sample`, with logistic noise, the difference of two Gumbel draws: each logit is a choice between 0 and 1.

    ``tables`` (rows,) uint64 gets the bits that are 1, entry ``i`` at bit ``i``.
    """
    rows, m = logits.shape
    flat, noisy = logits.ravel(), perturbed.ravel()
    a, b, factor = np.uint32(low), np.uint32(high), np.float32(scale)
    for block in prange((rows + _ROWS - 1) // _ROWS):
        begin, end = block * _ROWS, min(rows, (block + 1) * _ROWS)
        given, result = flat[begin * m : end * m], noisy[begin * m : end * m]
        if scale:
            _logistic(given, begin * m, a, b, factor, result)
        else:
            result[:] = given
        for row in range(begin, end):
            bits = np.uint64(0)
            for i in range(m):
                bits |= np.uint64(perturbed[row, i] > _0) << np.uint64(i)
            tables[row] = bits


@njit(fastmath=SUMS, cache=True, inline="always")
def _row_gradient(perturbed: Any, row: int, d: Any, m: int, inverse: Any, gradient: Any) -> None:
    """One row of `softmax_gradient`, from its ``d`` (m,), which is changed."""
    at = _first_highest(perturbed, row, m)
    # Seen from the best one, nothing cancels where the choice is nearly certain.
    best, base = perturbed[row, at], d[at]
    total, inner = _0, _0
    for i in range(m):
        y = exp((perturbed[row, i] - best) * inverse)
        d[i] -= base
        gradient[row, i] = y
        total += y
        inner += y * d[i]
    factor, mean = inverse / total, inner / total
    for i in range(m):
        gradient[row, i] *= (d[i] - mean) * factor


@njit(parallel=True, fastmath=SUMS, cache=True)
def softmax_gradient(perturbed: Any, towards: Any, tau: float, gradient: Any) -> None:
    """Gradient of the logits of each choice through ``y = softmax(perturbed / tau)``: y (d - <y, d>) / tau.

    Args:
        perturbed: (rows, m) float32.
        towards: (rows, m or more) float32: d, the gradient by the weights of the choice.
        tau: temperature.
        gradient: (rows, m) float32, the result.
    """
    rows, m = perturbed.shape
    inverse = np.float32(1.0 / tau)
    for block in prange((rows + _ROWS - 1) // _ROWS):
        d = np.empty(m, dtype=np.float32)
        begin = block * _ROWS
        end = begin + _ROWS
        noisy, given, result = perturbed[begin:end], towards[begin:end], gradient[begin:end]
        for row in range(len(noisy)):
            for i in range(m):
                d[i] = given[row, i]
            _row_gradient(noisy, row, d, m, inverse, result)


@njit(parallel=True, fastmath=SUMS, cache=True)
def function_gradient(perturbed: Any, sums: Any, tau: float, gradient: Any) -> None:
    """As `softmax_gradient` for the sixteen functions: d_i = sum over the patterns c of S_c T[i, c].

    ``sums`` (gates, 4) float32 are the sums S_c of the output gradient over the samples with operand pattern c.
    """
    gates = len(perturbed)
    inverse = np.float32(1.0 / tau)
    for block in prange((gates + _ROWS - 1) // _ROWS):
        y, highest = np.empty((_ROWS, _FUNCTIONS), dtype=np.float32), np.empty(_ROWS, dtype=np.int64)
        begin = block * _ROWS
        end = begin + _ROWS
        noisy, s, result = perturbed[begin:end], sums[begin:end], gradient[begin:end]
        for gate in range(len(noisy)):
            place = _FUNCTIONS * gate
            highest[gate] = first_highest_16(noisy, place)
            best = noisy[gate, highest[gate]]
            store_16(y, place, times_16(minus_16(load_16(noisy, place), spread_16(best)), spread_16(inverse)))
        flat = y.ravel()
        for i in range(_FUNCTIONS * len(noisy)):
            flat[i] = exp(flat[i])
        for gate in range(len(noisy)):
            place, row = _FUNCTIONS * gate, 4 * _FUNCTIONS * highest[gate]
            # Seen from the best one, nothing cancels where the choice is nearly certain.
            d = spread_16(_0)
            for c in range(4):
                d = plus_16(d, times_16(load_16(_FROM, row + _FUNCTIONS * c), spread_16(s[gate, c])))
            weights = load_16(y, place)
            total, inner = total_16(weights), total_16(times_16(weights, d))
            d = minus_16(d, spread_16(inner / total))
            store_16(result, place, times_16(times_16(weights, d), spread_16(inverse / total)))


@njit(parallel=True, fastmath=EXACT, cache=True)
def sigmoid_gradient(perturbed: Any, towards: Any, tau: float, gradient: Any) -> None:
    """Gradient of independent two-way choices through ``y = sigmoid(perturbed / tau)``: y (1 - y) d / tau.

    Args:
        perturbed: (n,) float32.
        towards: (n,) float32: d, the gradient by the weight of 1.
        tau: temperature.
        gradient: (n,) float32, the result.
    """
    n = len(perturbed)
    inverse = np.float32(1.0 / tau)
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        begin = block * _BLOCK
        end = begin + _BLOCK
        noisy, d, result = perturbed[begin:end], towards[begin:end], gradient[begin:end]
        for i in range(len(noisy)):
            e = exp(-abs(noisy[i]) * inverse)
            one = np.float32(1.0) + e
            result[i] = e / (one * one) * d[i] * inverse
