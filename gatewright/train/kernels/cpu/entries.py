"""Soft choices: the softmax of logits, and the real-valued tables that soft choices of functions or entries make."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .maths import SUMS, exp

_BLOCK = 32
_LEAST = np.float32(1e-9)
"""Activations and table entries below this become 0: far below a rounding error of those near 1."""


@njit(fastmath=SUMS, cache=True, inline="always")
def settled(value: Any) -> Any:
    """The value, or 0 where it is next to nothing."""
    return value if value > _LEAST else np.float32(0.0)


@njit(parallel=True, fastmath=SUMS, cache=True)
def softmax(perturbed: Any, tau: float, weights: Any) -> None:
    """The softmax of each row of ``perturbed / tau``, into ``weights``, both (rows, m) float32."""
    rows, m = perturbed.shape
    inverse = np.float32(1.0 / tau)
    for row in prange(rows):
        best = perturbed[row, 0]
        for i in range(1, m):
            best = max(best, perturbed[row, i])
        total = np.float32(0.0)
        for i in range(m):
            y = exp((perturbed[row, i] - best) * inverse)
            weights[row, i] = y
            total += y
        factor = np.float32(1.0) / total
        for i in range(m):
            weights[row, i] *= factor


@njit(parallel=True, fastmath=SUMS, cache=True)
def function_entries(perturbed: Any, tau: float, entries: Any) -> None:
    """The tables (gates, 4) that the sixteen functions add up to, weighed by softmax(perturbed / tau) (gates, 16)."""
    inverse = np.float32(1.0 / tau)
    for block in prange((len(perturbed) + _BLOCK - 1) // _BLOCK):
        y = np.empty(16, dtype=np.float32)
        for gate in range(block * _BLOCK, min(len(perturbed), (block + 1) * _BLOCK)):
            best = perturbed[gate, 0]
            for i in range(1, 16):
                best = max(best, perturbed[gate, i])
            for i in range(16):
                y[i] = exp((perturbed[gate, i] - best) * inverse)
            total = t0 = t1 = t2 = t3 = np.float32(0.0)
            for i in range(16):
                total += y[i]
                t0 += y[i] if i & 1 else np.float32(0.0)
                t1 += y[i] if i & 2 else np.float32(0.0)
                t2 += y[i] if i & 4 else np.float32(0.0)
                t3 += y[i] if i & 8 else np.float32(0.0)
            factor = np.float32(1.0) / total
            entries[gate, 0], entries[gate, 1] = settled(t0 * factor), settled(t1 * factor)
            entries[gate, 2], entries[gate, 3] = settled(t2 * factor), settled(t3 * factor)


@njit(parallel=True, fastmath=SUMS, cache=True)
def sigmoid_entries(perturbed: Any, tau: float, entries: Any) -> None:
    """The tables sigmoid(perturbed / tau), both (gates, 2**fan_in) float32."""
    inverse = np.float32(1.0 / tau)
    for gate in prange(len(perturbed)):
        for i in range(perturbed.shape[1]):
            e = exp(-abs(perturbed[gate, i]) * inverse)
            y = (np.float32(1.0) if perturbed[gate, i] > 0 else e) / (np.float32(1.0) + e)
            entries[gate, i] = settled(y)
