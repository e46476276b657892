"""The exact kernel: discrete forward pass, four sums in the backward pass.

With bits as inputs the operand pattern c = 2a + b of a gate takes four values, and a function's output depends on
it alone. So the gradient of the sixteen mixture weights is

    d_i = sum over c of S_c * T[i, c],    S_c = sum of the output gradient where the pattern is c,

and the gradient of an operand is the output gradient times -1, 0 or +1. No approximation is made: this is what
`reference.gates` computes when its inputs are bits.

Inside, a net is a row and a sample a column, so that reading an operand copies one contiguous row. Layers hand
each other transposed views, and only the first one transposes anything.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .reference import truth_tables


class ExactGates(torch.autograd.Function):
    """`apply(x, wiring, logits, noise, tau)`: as `reference.gates`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, wiring: Tensor, logits: Tensor, noise: Tensor, tau: float) -> Tensor:
        """Look the pattern up in the truth table that the noise has chosen."""
        perturbed = logits + noise
        chosen = truth_tables(x.dtype)[perturbed.argmax(dim=1)]
        bits = (x.t() > 0.5).contiguous()
        a, b = bits[wiring[:, 0]], bits[wiring[:, 1]]
        ctx.save_for_backward(a, b, wiring, perturbed, chosen)
        ctx.tau, ctx.inputs = tau, x.shape[1]
        return select(a, b, chosen).t()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, Tensor | None, None, None]:
        """Four sums for the logits, a signed copy for each operand."""
        a, b, wiring, perturbed, chosen = ctx.saved_tensors
        gradient = gradients[0].t().contiguous()
        to_x = to_logits = None
        if ctx.needs_input_grad[0]:
            steps = chosen.unsqueeze(2)
            to_a = gradient * torch.where(b, steps[:, 3] - steps[:, 1], steps[:, 2] - steps[:, 0])
            to_b = gradient * torch.where(a, steps[:, 3] - steps[:, 2], steps[:, 1] - steps[:, 0])
            rows = gradient.new_zeros(ctx.inputs, gradient.shape[1])
            rows.index_add_(0, wiring[:, 0], to_a)
            rows.index_add_(0, wiring[:, 1], to_b)
            to_x = rows.t()
        if ctx.needs_input_grad[2]:
            where_a = gradient * a
            total, with_a, with_b = gradient.sum(1), where_a.sum(1), (gradient * b).sum(1)
            both = (where_a * b).sum(1)
            sums = torch.stack([total - with_a - with_b + both, with_b - both, with_a - both, both], dim=1)
            to_weights = sums @ truth_tables(gradient.dtype).T
            soft = torch.softmax(perturbed / ctx.tau, dim=1)
            inner = (soft * to_weights).sum(dim=1, keepdim=True)
            to_logits = soft * (to_weights - inner) / ctx.tau
        return to_x, None, to_logits, None, None


def select(a: Tensor, b: Tensor, tables: Tensor) -> Tensor:
    """Entry ``2a + b`` of each gate's table: (gates, batch) from Boolean operands and (gates, 4) entries."""
    entries = tables.unsqueeze(2)
    return torch.where(a, torch.where(b, entries[:, 3], entries[:, 2]), torch.where(b, entries[:, 1], entries[:, 0]))
