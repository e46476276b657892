"""The update of Adam and AdamW, one pass over everything that it reads and writes."""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

_TILE = 1024


@triton.jit
def _adam(
    values, gradient, mean, square, step, rate, n, keep1, take1, log1, keep2, take2, log2, epsilon, decay,
    RATE_IN_MEMORY: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0).to(tl.int64) * TILE + tl.arange(0, TILE)
    mask = at < n
    # In single precision 1 - beta2**step would lose half of its digits at the first steps.
    steps = tl.load(step).to(tl.float64)
    lr = tl.load(rate).to(tl.float32) if RATE_IN_MEMORY else rate
    correct1 = (1.0 - tl.exp(steps * log1)).to(tl.float32)
    correct2 = (1.0 - tl.exp(steps * log2)).to(tl.float32)
    g = tl.load(gradient + at, mask=mask)
    m = keep1 * tl.load(mean + at, mask=mask) + take1 * g
    v = keep2 * tl.load(square + at, mask=mask) + take2 * g * g
    tl.store(mean + at, m, mask=mask)
    tl.store(square + at, v, mask=mask)
    value = tl.load(values + at, mask=mask)
    moved = (1.0 - lr * decay) * value - lr / correct1 * m / (tl.sqrt(v / correct2) + epsilon)
    tl.store(values + at, moved, mask=mask)


def adam(
    values: Tensor,
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    step: Tensor,
    rate: float | Tensor,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
) -> None:
    """D. Kingma and J. Ba, "Adam" (2015); with ``decay``, I. Loshchilov and F. Hutter, "AdamW" (2019).

    Nothing is read back from the device, so the update can be part of a graph.

    Args:
        values: contiguous float32, updated in place.
        gradient: of the same shape.
        mean: first moment, updated.
        square: second moment, updated.
        step: one number on the same device: this step counts, the first is 1.
        rate: learning rate; as a number on the same device it can change between replays of a graph.
        beta1: decay of the first moment.
        beta2: decay of the second moment.
        epsilon: added to the root of the second moment.
        decay: of the values, decoupled from the gradient; 0 for plain Adam.
    """
    logarithms = [math.log(beta) if beta else -math.inf for beta in (beta1, beta2)]
    with torch.cuda.device_of(values):
        _adam[(triton.cdiv(values.numel(), _TILE),)](
            values, gradient, mean, square, step, rate, values.numel(),
            beta1, 1 - beta1, logarithms[0], beta2, 1 - beta2, logarithms[1], epsilon, decay,
            RATE_IN_MEMORY=isinstance(rate, Tensor), TILE=_TILE,
        )  # fmt: skip
