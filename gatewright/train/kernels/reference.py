"""The reference: plain autograd through the real-valued relaxations of the gates.

A gate with two operands mixes the sixteen functions of Petersen et al., "Deep Differentiable Logic Gate
Networks" (2022), each written as a polynomial of a and b. The mixture is a hard Gumbel-softmax sample (Jang et
al., 2017; Maddison et al., 2017) with a straight-through gradient. It is slow, and it is what the exact kernel is
compared with.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gates(x: Tensor, wiring: Tensor, logits: Tensor, noise: Tensor, tau: float) -> Tensor:
    """Outputs (batch, gates) of a layer of two-input gates; differentiable in ``x`` and ``logits``.

    Args:
        x: (batch, inputs), 0 or 1.
        wiring: (gates, 2), the input that each operand reads.
        logits: (gates, 16), one for each truth table.
        noise: (gates, 16), Gumbel(0, 1), one draw for each gate, shared by the batch.
        tau: temperature.
    """
    a, b = x[:, wiring[:, 0]], x[:, wiring[:, 1]]
    soft = torch.softmax((logits + noise) / tau, dim=1)
    hard = torch.nn.functional.one_hot(soft.argmax(dim=1), 16).to(soft)
    weights = hard + (soft - soft.detach())
    patterns = torch.stack([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b], dim=2)
    return torch.einsum("ngc,ic,gi->ng", patterns, truth_tables(x.dtype), weights)


def truth_tables(dtype: torch.dtype) -> Tensor:
    """(16, 4): row ``i``, column ``c`` is bit ``c`` of truth table ``i``, for operand pattern ``c = 2a + b``."""
    return (torch.arange(16)[:, None] >> torch.arange(4) & 1).to(dtype)
