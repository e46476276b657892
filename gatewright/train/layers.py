"""Layers for any `torch.nn.Sequential`: gates that learn their function, and the sum that makes scores."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError

from .kernels.exact import ExactGates, select
from .kernels.reference import truth_tables

FUNCTIONS = 16
_WIRE = 12
"""The truth table of "a": what a residual start prefers."""


class Mode(Enum):
    """How a layer of gates computes."""

    SAMPLE = "sample"
    """A noisy hard sample, as in training."""
    MIXTURE = "mixture"
    """The softmax mixture of the functions, without noise."""
    DISCRETE = "discrete"
    """The function with the largest logit: what is exported."""


class GumbelGates(nn.Module):
    """A layer of two-input gates, each of which learns which of the sixteen functions it is.

    In training each step draws one Gumbel sample for each gate, shared by the batch, and uses the function
    ``argmax(logits + noise)``; the gradient is that of the softmax at temperature ``tau`` (straight-through; "Mind
    the Gap", 2025). In evaluation the layer is discrete. `mode` overrides both.

    Attributes:
        logits: (out_features, 16) float32, the parameters; entry ``i`` is for truth table ``i``.
        wiring: (out_features, 2) int64, the inputs that each gate reads.
        tau: temperature.
        noise_scale: factor on the Gumbel noise.
        mode: None to follow training and evaluation.
        generator: of the noise; None for PyTorch's own.

    Args:
        in_features: number of inputs.
        out_features: number of gates.
        tau: temperature, positive.
        noise_scale: factor on the Gumbel noise, not negative.
        init_scale: standard deviation of the logits at the start.
        residual: added at the start to the logit of the function that passes the first operand on.
        generator: draws wiring, logits and noise.

    Raises:
        GatewrightError: for a size, temperature or scale that is out of range.
    """

    logits: Tensor
    wiring: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        tau: float = 1.0,
        noise_scale: float = 1.0,
        init_scale: float = 4.0,
        residual: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise GatewrightError(
                f"A layer of {out_features} gates over {in_features} inputs: both must be at least 1."
            )
        if tau <= 0 or noise_scale < 0:
            raise GatewrightError(
                f"tau is {tau} and noise_scale {noise_scale}: tau must be positive, the scale not negative."
            )
        self.in_features, self.out_features = in_features, out_features
        self.tau, self.noise_scale = tau, noise_scale
        self.generator = generator
        self.mode: Mode | None = None
        self.register_buffer("wiring", balanced_wiring(in_features, out_features, generator))
        logits = init_scale * torch.randn(out_features, FUNCTIONS, generator=generator)
        logits[:, _WIRE] += residual
        self.logits = nn.Parameter(logits)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (batch, out_features) of bits (batch, in_features).

        Raises:
            GatewrightError: for another number of inputs.
        """
        if x.ndim != 2 or x.shape[1] != self.in_features:
            raise GatewrightError(
                f"The layer reads (batch, {self.in_features}) bits, but the input is {tuple(x.shape)}."
            )
        if not x.is_floating_point():
            x = x.to(self.logits.dtype)
        mode = self.mode or (Mode.SAMPLE if self.training else Mode.DISCRETE)
        if mode is Mode.SAMPLE:
            # The exact kernel: one draw for each gate and step.
            result: Tensor = ExactGates.apply(x, self.wiring, self.logits, self._noise(), self.tau)  # type: ignore[no-untyped-call]
            return result
        tables = truth_tables(x.dtype)
        if mode is Mode.DISCRETE:
            bits = (x.t() > 0.5).contiguous()
            return select(bits[self.wiring[:, 0]], bits[self.wiring[:, 1]], tables[self.functions()]).t()
        a, b = x[:, self.wiring[:, 0]], x[:, self.wiring[:, 1]]
        # On mixtures the inputs are probabilities; the mixture is bilinear in them.
        entries = torch.softmax(self.logits / self.tau, dim=1) @ tables
        low, high = torch.lerp(entries[:, 0], entries[:, 1], b), torch.lerp(entries[:, 2], entries[:, 3], b)
        return torch.lerp(low, high, a)

    def functions(self) -> Tensor:
        """(out_features,) int64: the truth table of each gate once it is discrete."""
        return self.logits.detach().argmax(dim=1)

    def _noise(self) -> Tensor:
        """Gumbel(0, 1) noise, scaled: minus the logarithm of a standard exponential draw."""
        draw = torch.empty_like(self.logits).exponential_(generator=self.generator)
        return draw.log_().mul_(-self.noise_scale)

    def extra_repr(self) -> str:
        """Shown by `print`."""
        return f"{self.in_features}, {self.out_features}, tau={self.tau}"


class GroupSum(nn.Module):
    """Scores: the number of ones in each of ``classes`` equal, consecutive groups, divided by ``tau``.

    ``tau`` scales the loss only; the exported network counts.

    Raises:
        GatewrightError: for fewer than two classes, or a tau that is not positive.
    """

    def __init__(self, classes: int, tau: float = 1.0) -> None:
        super().__init__()
        if classes < 2 or tau <= 0:
            raise GatewrightError(
                f"GroupSum of {classes} classes with tau {tau}: at least 2 classes and a positive tau are needed."
            )
        self.classes, self.tau = classes, tau

    def forward(self, x: Tensor) -> Tensor:
        """Scores (batch, classes) of bits (batch, features); features must be a multiple of classes.

        Raises:
            GatewrightError: if they are not.
        """
        if x.ndim != 2 or x.shape[1] % self.classes:
            raise GatewrightError(
                f"GroupSum cannot cut {tuple(x.shape)} into {self.classes} equal groups: choose a multiple."
            )
        return x.reshape(len(x), self.classes, -1).sum(dim=2) / self.tau

    def extra_repr(self) -> str:
        """Shown by `print`."""
        return f"{self.classes}, tau={self.tau}"


def balanced_wiring(inputs: int, gates: int, generator: torch.Generator | None) -> Tensor:
    """(gates, 2) random operands: every input is read about equally often, and a gate reads two different ones.

    With a single input both operands are that input.
    """
    rounds = -(-2 * gates // inputs)
    flat = torch.cat([torch.randperm(inputs, generator=generator) for _ in range(rounds)])[: 2 * gates]
    # First operands from the first half, second ones from the second: a pair meets by chance only, and is moved on.
    first, second = flat[:gates].clone(), flat[gates:].clone()
    for _ in range(64):
        clash = torch.nonzero(first == second).ravel()
        if inputs == 1 or not len(clash):
            break
        other = torch.randint(gates, (len(clash),), generator=generator)
        for i, j in zip(clash.tolist(), other.tolist(), strict=True):
            second[i], second[j] = second[j].clone(), second[i].clone()
    clash = first == second
    if inputs > 1:
        second[clash] = (second[clash] + 1) % inputs
    return torch.stack([first, second], dim=1)
