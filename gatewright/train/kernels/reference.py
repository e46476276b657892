"""The reference: plain autograd through the real-valued relaxations of the gates.

A gate is the multilinear interpolation of its truth table between its operands, which for two operands is the sum of
the sixteen polynomials of Petersen et al., "Deep Differentiable Logic Gate Networks" (2022). A two-input gate chooses
one of sixteen functions, a gate of higher fan-in each entry of its table, and an operand with several candidates one
of them. Choices are Gumbel-softmax samples (Jang et al., 2017; Maddison et al., 2017): soft ones, or hard ones with a
straight-through gradient. It is slow, works on any device, and is what the other kernels are compared with.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gates(
    x: Tensor,
    candidates: Tensor,
    logits: Tensor,
    noise: Tensor,
    tau: float,
    wiring_logits: Tensor | None = None,
    wiring_noise: Tensor | None = None,
    *,
    hard: bool = True,
) -> Tensor:
    """Outputs (batch, gates) of a layer; differentiable in ``x`` and both kinds of logits.

    Args:
        x: (batch, inputs), 0 or 1; anything between if the choices are soft.
        candidates: (gates, fan_in, k), the inputs that each operand can read.
        logits: (gates, 16) for the functions of two operands, (gates, 2**fan_in) for the entries of larger tables.
        noise: of the same shape, one draw for each gate, shared by the batch: Gumbel for functions, logistic (the
            difference of two Gumbel draws) for entries; zeros for none.
        tau: temperature.
        wiring_logits: (gates, fan_in, k), if k is more than 1.
        wiring_noise: Gumbel noise of the same shape.
        hard: choose, with the gradient of the softmax; otherwise mix by the softmax itself.
    """
    if candidates.shape[1] == 2:
        entries = _chosen(logits, noise, tau, hard) @ truth_tables(x)
    else:
        entries = torch.sigmoid((logits + noise) / tau)
        if hard:
            entries = (logits + noise > 0).to(entries) + (entries - entries.detach())
    weights = None
    if wiring_logits is not None and wiring_noise is not None:
        weights = _chosen(wiring_logits, wiring_noise, tau, hard)
    return interpolate(operands(x, candidates, weights), entries)


def operands(x: Tensor, candidates: Tensor, weights: Tensor | None) -> Tensor:
    """What each operand reads, (batch, gates, fan_in): its candidates, weighed by ``weights`` (gates, fan_in, k)."""
    if weights is None:
        return x[:, candidates[:, :, 0]]
    return torch.einsum("ngsc,gsc->ngs", x[:, candidates], weights)


def interpolate(values: Tensor, entries: Tensor) -> Tensor:
    """Outputs (batch, gates) of tables with ``entries`` (gates, 2**fan_in) at operands (batch, gates, fan_in)."""
    level = entries.unsqueeze(0)
    for value in reversed(values.unbind(dim=2)):
        level = torch.lerp(level[..., 0::2], level[..., 1::2], value.unsqueeze(2))
    return level.squeeze(2)


def truth_tables(like: Tensor) -> Tensor:
    """(16, 4): row ``i``, column ``c`` is bit ``c`` of truth table ``i``, for operand pattern ``c = 2a + b``."""
    tables = torch.arange(16, device=like.device)[:, None] >> torch.arange(4, device=like.device) & 1
    return tables.to(like.dtype)


def _chosen(logits: Tensor, noise: Tensor, tau: float, hard: bool) -> Tensor:
    """Weights softmax((logits + noise) / tau); if ``hard``, one-hot ones of the highest sum with their gradient."""
    soft = torch.softmax((logits + noise) / tau, dim=-1)
    if not hard:
        return soft
    one_hot = torch.nn.functional.one_hot((logits + noise).argmax(dim=-1), logits.shape[-1]).to(soft)
    return one_hot + (soft - soft.detach())
