"""The trace of the Hessian that Gumbel noise adds to the loss, estimated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gatewright.train.kernels import reference
from gatewright.train.network import gate_layers


def trace(network: nn.Sequential, bits: Tensor, labels: Tensor, vectors: int, seed: int) -> tuple[float, float]:
    """Trace of the Hessian of `soft_loss` by all logits over temperature: the estimate and its standard error.

    Hutchinson's estimator (1989): the mean of ``v^T H v`` over vectors ``v`` of random signs. By the lemma of "Mind
    the Gap" (2025), to second order, Gumbel noise at temperature tau adds ``pi^2 / (12 tau^2)`` times it to the loss.

    Args:
        network: layers of two-input gates on fixed wiring, and a GroupSum.
        bits: (samples, inputs).
        labels: (samples,) int64.
        vectors: at least 2.
        seed: of the signs.
    """
    generator = torch.Generator().manual_seed(seed)
    logits = [(layer.logits.detach() / layer.tau).double().requires_grad_() for layer in gate_layers(network)]
    gradients = torch.autograd.grad(soft_loss(network, logits, bits, labels), logits, create_graph=True)
    found = []
    for _ in range(vectors):
        signs = [torch.randint(2, z.shape, generator=generator).double() * 2 - 1 for z in logits]
        along = torch.stack([(g * v).sum() for g, v in zip(gradients, signs, strict=True)]).sum()
        products = torch.autograd.grad(along, logits, retain_graph=True)
        found.append(sum(float((p * v).sum()) for p, v in zip(products, signs, strict=True)))
    estimates = torch.tensor(found, dtype=torch.float64)
    return float(estimates.mean()), float(estimates.std() / vectors**0.5)


def soft_loss(network: nn.Sequential, logits: list[Tensor], bits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of the soft mixture: every gate the average of its functions, weighed by softmax(logits).

    Args:
        network: gives the wiring and the GroupSum.
        logits: (gates, 16) for each layer, already divided by the temperature.
        bits: (samples, inputs).
        labels: (samples,) int64.
    """
    x = bits.to(logits[0].dtype)
    for layer, z in zip(gate_layers(network), logits, strict=True):
        x = reference.gates(x, layer.candidates, z, torch.zeros_like(z), 1.0, hard=False)
    return nn.functional.cross_entropy(network[-1](x), labels)
