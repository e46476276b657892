"""The update of Adam and AdamW, one pass over everything that it reads and writes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .maths import EXACT

_BLOCK = 4096
_TINY = np.float32(1e-30)
"""Moments below this become 0: denormal numbers cost a hundred times as much, and move nothing."""


@njit(parallel=True, fastmath=EXACT, cache=True)
def adam(
    values: Any,
    gradient: Any,
    mean: Any,
    square: Any,
    step: int,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
) -> None:
    """D. Kingma and J. Ba, "Adam" (2015); with ``decay``, I. Loshchilov and F. Hutter, "AdamW" (2019).

    Args:
        values: (n,) float32, updated in place.
        gradient: (n,) float32.
        mean: (n,) float32, first moment, updated.
        square: (n,) float32, second moment, updated.
        step: this one counts; the first is 1.
        rate: learning rate.
        beta1: decay of the first moment.
        beta2: decay of the second moment.
        epsilon: added to the root of the second moment.
        decay: of the values, decoupled from the gradient; 0 for plain Adam.
    """
    n = len(values)
    b1, b2, eps = np.float32(beta1), np.float32(beta2), np.float32(epsilon)
    c1, c2 = np.float32(1.0 - beta1), np.float32(1.0 - beta2)
    move = np.float32(rate / (1.0 - beta1**step))
    correct = np.float32(1.0 / (1.0 - beta2**step))
    keep = np.float32(1.0 - rate * decay)
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        begin = block * _BLOCK
        end = begin + _BLOCK
        value, given, first, second = values[begin:end], gradient[begin:end], mean[begin:end], square[begin:end]
        for i in range(len(value)):
            g = given[i]
            m = b1 * first[i] + c1 * g
            v = b2 * second[i] + c2 * g * g
            m = m if abs(m) > _TINY else np.float32(0.0)
            v = v if v > _TINY else np.float32(0.0)
            first[i], second[i] = m, v
            value[i] = keep * value[i] - move * m / (np.sqrt(v * correct) + eps)
