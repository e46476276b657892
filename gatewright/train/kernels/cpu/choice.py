"""Hard choices among logits with Gumbel noise, and their straight-through gradients.

A row of ``m`` logits is one choice. What the forward pass leaves behind is ``perturbed = logits + noise``; the
backward pass needs nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .maths import EXACT, SUMS, exp, log, uniform

_BLOCK = 1024


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
        for i in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
            perturbed[i] = logits[i] - factor * log(-log(uniform(np.uint32(i), a, b)))


@njit(parallel=True, fastmath=EXACT, cache=True)
def logistic(logits: Any, low: int, high: int, scale: float, perturbed: Any) -> None:
    """``perturbed = logits + scale * l``, l ~ Logistic(0, 1), the difference of two Gumbel draws; as `gumbel`."""
    n = len(logits)
    a, b, factor = np.uint32(low), np.uint32(high), np.float32(scale)
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        for i in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
            u = uniform(np.uint32(i), a, b)
            perturbed[i] = logits[i] + factor * (log(u) - log(np.float32(1.0) - u))


@njit(parallel=True, fastmath=SUMS, cache=True)
def argmax(perturbed: Any, chosen: Any) -> None:
    """The first index of the highest value of each row (rows, m), into ``chosen`` (rows,) int64."""
    rows, m = perturbed.shape
    for row in prange(rows):
        best = perturbed[row, 0]
        for i in range(1, m):
            best = max(best, perturbed[row, i])
        at = 0
        while perturbed[row, at] != best and at < m - 1:
            at += 1
        chosen[row] = at


@njit(parallel=True, fastmath=SUMS, cache=True)
def softmax_gradient(perturbed: Any, towards: Any, tau: float, gradient: Any) -> None:
    """Gradient of the logits of each choice through ``y = softmax(perturbed / tau)``: y (d - <y, d>) / tau.

    Args:
        perturbed: (rows, m) float32.
        towards: (rows, m) float32: d, the gradient by the weights of the choice.
        tau: temperature.
        gradient: (rows, m) float32, the result.
    """
    rows, m = perturbed.shape
    inverse = np.float32(1.0 / tau)
    for row in prange(rows):
        at, best = 0, perturbed[row, 0]
        for i in range(1, m):
            best = max(best, perturbed[row, i])
        while perturbed[row, at] != best and at < m - 1:
            at += 1
        # Seen from the best one, nothing cancels where the choice is nearly certain.
        base = towards[row, at]
        total, inner = np.float32(0.0), np.float32(0.0)
        for i in range(m):
            y = exp((perturbed[row, i] - best) * inverse)
            gradient[row, i] = y
            total += y
            inner += y * (towards[row, i] - base)
        factor, mean = inverse / total, inner / total
        for i in range(m):
            gradient[row, i] = gradient[row, i] * ((towards[row, i] - base) - mean) * factor


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
        for i in range(block * _BLOCK, min(n, (block + 1) * _BLOCK)):
            e = exp(-abs(perturbed[i]) * inverse)
            one = np.float32(1.0) + e
            gradient[i] = e / (one * one) * towards[i] * inverse
