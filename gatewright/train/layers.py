"""Layers for any `torch.nn.Sequential`: gates that learn their function, and the sum that makes scores."""

from __future__ import annotations

from enum import Enum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.graph.table import MAX_FAN_IN

from .kernels import reference
from .kernels.stack import Layer, Stack, tables_of
from .wiring import balanced

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
    """The choices with the largest logits: what is exported."""


class GumbelGates(nn.Module):
    """A layer of gates, each of which learns its function, and which inputs it reads if it has a choice.

    In training each step draws one Gumbel sample for each gate, shared by the batch, and uses the function
    ``argmax(logits + noise)``; the gradient is that of the softmax at temperature ``tau`` (straight-through; "Mind
    the Gap", 2025). A gate of fan-in 2 chooses among the sixteen functions; for a higher fan-in each entry of the
    truth table is a choice of its own. An operand with several candidates chooses among them in the same way. In
    evaluation the layer is discrete. `mode` overrides both.

    Attributes:
        logits: float32 parameters. (out_features, 16) for fan-in 2, entry ``i`` for truth table ``i``; else
            (out_features, 2**fan_in), entry ``i`` for operand pattern ``i``.
        wiring_logits: (out_features, fan_in, candidates) float32 parameters; None with a single candidate.
        candidates: (out_features, fan_in, candidates) int64, the inputs that each operand can read.
        tau: temperature.
        noise_scale: factor on the Gumbel noise.
        mode: None to follow training and evaluation.
        generator: of the noise; None for PyTorch's own.

    Args:
        in_features: number of inputs.
        out_features: number of gates.
        fan_in: operands of a gate, 2 to 6.
        candidates: inputs that an operand chooses from; 1 for fixed wiring.
        tau: temperature, positive.
        noise_scale: factor on the Gumbel noise, not negative.
        init_scale: standard deviation of the logits at the start.
        residual: added at the start to what makes a gate pass its first operand on.
        ordered: put the gates into the order of what they read first, which is quicker to train; not for a layer
            whose outputs go to a `GroupSum`, which cuts them in order.
        generator: draws wiring, logits and noise.

    Raises:
        GatewrightError: for a size, temperature or scale that is out of range.
    """

    logits: Tensor
    wiring_logits: Tensor | None
    candidates: Tensor

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        fan_in: int = 2,
        candidates: int = 1,
        tau: float = 1.0,
        noise_scale: float = 1.0,
        init_scale: float = 4.0,
        residual: float = 0.0,
        ordered: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise GatewrightError(
                f"A layer of {out_features} gates over {in_features} inputs: both must be at least 1."
            )
        if not 2 <= fan_in <= MAX_FAN_IN or candidates < 1:
            raise GatewrightError(
                f"A layer with fan-in {fan_in} and {candidates} candidates: fan-in must be 2 to {MAX_FAN_IN}, and each "
                "operand needs at least 1 candidate."
            )
        if tau <= 0 or noise_scale < 0:
            raise GatewrightError(
                f"tau is {tau} and noise_scale {noise_scale}: tau must be positive, the scale not negative."
            )
        self.in_features, self.out_features, self.fan_in = in_features, out_features, fan_in
        self.tau, self.noise_scale = tau, noise_scale
        self.generator = generator
        self.mode: Mode | None = None
        wiring = balanced(in_features, out_features, fan_in, candidates, generator, ordered=ordered)
        self.register_buffer("candidates", wiring)
        entries = FUNCTIONS if fan_in == 2 else 2**fan_in
        logits = init_scale * torch.randn(out_features, entries, generator=generator)
        if fan_in == 2:
            logits[:, _WIRE] += residual
        else:
            logits[:, : entries // 2] -= residual
            logits[:, entries // 2 :] += residual
        self.logits = nn.Parameter(logits)
        self.wiring_logits = None
        if candidates > 1:
            self.wiring_logits = nn.Parameter(torch.randn(self.candidates.shape, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (batch, out_features) of bits (batch, in_features).

        Raises:
            GatewrightError: for another number of inputs.
        """
        if x.ndim != 2 or x.shape[1] != self.in_features:
            raise GatewrightError(
                f"The layer reads (batch, {self.in_features}) bits, but the input is {tuple(x.shape)}."
            )
        mode = self.mode or (Mode.SAMPLE if self.training else Mode.DISCRETE)
        if mode is Mode.MIXTURE:
            return reference.mixture(
                x.to(self.logits.dtype), self.candidates, self.logits, self.tau, self.wiring_logits
            )
        if x.device.type == "cpu" and self.logits.dtype == torch.float32:
            return run([self], None, x, mode)
        noise = [self._noise(parameter, mode) for parameter in self.choices]
        wiring_noise = noise[1] if len(noise) == 2 else None
        return reference.gates(
            x.to(self.logits.dtype), self.candidates, self.logits, noise[0], self.tau, self.wiring_logits, wiring_noise
        )

    @property
    def choices(self) -> tuple[Tensor, ...]:
        """The parameters: the logits and, if there are any, the wiring logits."""
        return (self.logits,) if self.wiring_logits is None else (self.logits, self.wiring_logits)

    @property
    def wiring(self) -> Tensor:
        """(out_features, fan_in) int64: the input that each operand reads once it is discrete."""
        if self.wiring_logits is None:
            return self.candidates[:, :, 0]
        # NumPy promises the first of equal ones, which is also what the kernels choose.
        chosen = torch.from_numpy(self.wiring_logits.detach().cpu().numpy().argmax(axis=2, keepdims=True))
        return self.candidates.gather(2, chosen.to(self.candidates.device)).squeeze(2)

    def tables(self) -> NDArray[np.uint64]:
        """(out_features,): the truth table of each gate once it is discrete."""
        logits = self.logits.detach().cpu().numpy()
        return logits.argmax(axis=1).astype(np.uint64) if self.fan_in == 2 else tables_of(logits)

    def _noise(self, parameter: Tensor, mode: Mode) -> Tensor:
        """Gumbel(0, 1) noise, scaled, for functions and wires; for entries of a table the difference of two draws."""
        if mode is Mode.DISCRETE:
            return torch.zeros_like(parameter)
        draws = 2 if parameter is self.logits and self.fan_in > 2 else 1
        gumbel = [-torch.empty_like(parameter).exponential_(generator=self.generator).log_() for _ in range(draws)]
        return self.noise_scale * (gumbel[0] if draws == 1 else gumbel[0] - gumbel[1])

    def extra_repr(self) -> str:
        """Shown by `print`."""
        more = f", candidates={self.candidates.shape[2]}" if self.wiring_logits is not None else ""
        return f"{self.in_features}, {self.out_features}, fan_in={self.fan_in}, tau={self.tau}{more}"


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


def run(layers: list[GumbelGates], classes: int | None, x: Tensor, mode: Mode) -> Tensor:
    """The CPU kernels on layers that follow each other; one seed a call, from the first layer's generator.

    Args:
        layers: of gates.
        classes: of the GroupSum behind them; None for the outputs of the last layer.
        x: (batch, inputs).
        mode: sampled or discrete.
    """
    sampled = mode is Mode.SAMPLE
    seed = int(torch.randint(2**62, (), generator=layers[0].generator)) if sampled else 0
    specs = [Layer(layer.candidates.numpy(), layer.tau, layer.noise_scale if sampled else 0.0) for layer in layers]
    parameters = [parameter for layer in layers for parameter in layer.choices]
    result: Tensor = Stack.apply(x, specs, classes, seed, None, *parameters)  # type: ignore[no-untyped-call]
    return result
