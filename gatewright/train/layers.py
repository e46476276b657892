"""Layers for any `torch.nn.Sequential`: gates that learn their function, and the sum that makes scores."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.graph.table import MAX_FAN_IN

from .kernels import gpu, reference
from .kernels.memory import Memory
from .kernels.soft import Soft
from .kernels.stack import Layer, Readers, Stack, tables_of
from .method import Method, Mode, adapted
from .wiring import balanced

FUNCTIONS = 16
PRECISIONS = ("float32", "mixed")
_WIRE = 12
"""The truth table of "a": what a residual start prefers."""


class GumbelGates(nn.Module):
    """A layer of gates, each of which learns its function, and which inputs it reads if it has a choice.

    In training each step draws one Gumbel sample for each gate, shared by the batch, and uses the function
    ``argmax(logits + noise)``; the gradient is that of the softmax at temperature ``tau`` (straight-through; "Mind
    the Gap", 2025); `Method` lists the alternatives. A gate of fan-in 2 chooses among the sixteen functions; for a
    higher fan-in each entry of the truth table is a choice of its own. An operand with several candidates chooses
    among them in the same way. In evaluation the layer is discrete. `mode` overrides both.

    Attributes:
        logits: float32 parameters. (out_features, 16) for fan-in 2, entry ``i`` for truth table ``i``; else
            (out_features, 2**fan_in), entry ``i`` for operand pattern ``i``.
        wiring_logits: (out_features, fan_in, candidates) float32 parameters; None with a single candidate.
        candidates: (out_features, fan_in, candidates) int64, the inputs that each operand can read.
        tau: temperature.
        noise_scale: factor on the Gumbel noise.
        method: what the layer does in training.
        precision: of gradients between layers that choose hard, on a CPU: "float32", or "mixed" for `Recipe.precision`.
        mode: None to follow training and evaluation.
        generator: of the noise; None for PyTorch's own.

    Args:
        in_features: number of inputs.
        out_features: number of gates.
        fan_in: operands of a gate, 2 to 6.
        candidates: inputs that an operand chooses from: their number, to draw them, 1 for fixed wiring; or the
            inputs themselves, (out_features, fan_in, k) int64.
        tau: temperature, positive.
        noise_scale: factor on the Gumbel noise, not negative.
        method: a `Method` or its name.
        precision: "float32" or "mixed".
        init_scale: standard deviation of the logits at the start.
        residual: added at the start to what makes a gate pass its first operand on.
        ordered: put the gates into the order of what they read first, which is quicker to train; not for a layer
            whose outputs go to a `GroupSum`, which cuts them in order.
        generator: draws wiring, logits and noise.

    Raises:
        GatewrightError: for a size, temperature, scale, method, precision or candidate that is out of range.
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
        candidates: int | Tensor = 1,
        tau: float = 1.0,
        noise_scale: float = 1.0,
        method: Method | str = Method.GUMBEL,
        precision: str = "float32",
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
        k = candidates if isinstance(candidates, int) else candidates.shape[-1]
        if not 2 <= fan_in <= MAX_FAN_IN or k < 1:
            raise GatewrightError(
                f"A layer with fan-in {fan_in} and {k} candidates: fan-in must be 2 to {MAX_FAN_IN}, and each "
                "operand needs at least 1 candidate."
            )
        if tau <= 0 or noise_scale < 0:
            raise GatewrightError(
                f"tau is {tau} and noise_scale {noise_scale}: tau must be positive, the scale not negative."
            )
        self.in_features, self.out_features, self.fan_in = in_features, out_features, fan_in
        self.tau, self.noise_scale = tau, noise_scale
        self.method = _method(method)
        if precision not in PRECISIONS:
            raise GatewrightError(f"There is no precision {precision!r}: choose {' or '.join(PRECISIONS)}.")
        self.precision = precision
        self.generator = generator
        self.mode: Mode | None = None
        if isinstance(candidates, int):
            candidates = balanced(in_features, out_features, fan_in, candidates, generator, ordered=ordered)
        elif (
            candidates.shape != (out_features, fan_in, k) or (candidates < 0).any() or (candidates >= in_features).any()
        ):
            raise GatewrightError(
                f"The candidates have shape {tuple(candidates.shape)}: ({out_features}, {fan_in}, {k}) numbers of the "
                f"{in_features} inputs are needed."
            )
        self.memory = Memory()
        self._kept: tuple[tuple[int, int], NDArray[np.int32], Readers | None] | None = None
        self.register_buffer("candidates", candidates)
        entries = FUNCTIONS if fan_in == 2 else 2**fan_in
        logits = init_scale * torch.randn(out_features, entries, generator=generator)
        if fan_in == 2:
            logits[:, _WIRE] += residual
        else:
            logits[:, : entries // 2] -= residual
            logits[:, entries // 2 :] += residual
        self.logits = nn.Parameter(logits)
        self.wiring_logits = None
        if k > 1:
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
        mode = self.mode or (self.method.mode if self.training else Mode.DISCRETE)
        if has_kernels(self, x, mode):
            return run([self], None, x, mode)
        noise = [self._noise(parameter, mode) for parameter in self.choices]
        wiring_noise = noise[1] if len(noise) == 2 else None
        x, tau = x.to(self.logits.dtype), self.temperature(mode)
        wiring = (self.wiring_logits, wiring_noise)
        return reference.gates(x, self.candidates, self.logits, noise[0], tau, *wiring, hard=not mode.soft)

    def temperature(self, mode: Mode) -> float:
        """The temperature of a pass; for hard choices of the method that adapts it, of the gradient."""
        if self.method is Method.HARD and mode is Mode.DISCRETE and torch.is_grad_enabled():
            return adapted(self.tau, self.fan_in, self.logits, self.wiring_logits)
        return self.tau

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

    def kernel_wiring(self) -> tuple[NDArray[np.int32], Readers | None]:
        """`candidates` and, for fixed wiring, who reads each input, as the kernels take them."""
        key = (self.candidates.data_ptr(), self.candidates._version)
        if self._kept is None or self._kept[0] != key:
            candidates = self.candidates.numpy().astype(np.int32)
            fixed = candidates.shape[2] == 1
            readers = Readers.of(candidates[:, :, 0], self.in_features) if fixed else None
            self._kept = key, candidates, readers
        return self._kept[1:]

    def tables(self) -> NDArray[np.uint64]:
        """(out_features,): the truth table of each gate once it is discrete."""
        logits = self.logits.detach().cpu().numpy()
        return logits.argmax(axis=1).astype(np.uint64) if self.fan_in == 2 else tables_of(logits)

    def _noise(self, parameter: Tensor, mode: Mode) -> Tensor:
        """Gumbel(0, 1) noise, scaled, for functions and wires; for entries of a table the difference of two draws."""
        if not mode.noisy:
            return torch.zeros_like(parameter)
        draws = 2 if parameter is self.logits and self.fan_in > 2 else 1
        gumbel = [-torch.empty_like(parameter).exponential_(generator=self.generator).log_() for _ in range(draws)]
        return self.noise_scale * (gumbel[0] if draws == 1 else gumbel[0] - gumbel[1])

    def extra_repr(self) -> str:
        """Shown by `print`."""
        more = f", candidates={self.candidates.shape[2]}" if self.wiring_logits is not None else ""
        more += f", method={self.method.value}" if self.method is not Method.GUMBEL else ""
        return f"{self.in_features}, {self.out_features}, fan_in={self.fan_in}, tau={self.tau}{more}"


class GroupSum(nn.Module):
    """Scores: the number of ones in each of ``classes`` equal, consecutive groups, divided by ``tau``.

    ``tau`` scales the loss only; the exported network counts. Behind `Positions`, those of a sample are added up.

    Raises:
        GatewrightError: for fewer than two classes or one position, or a tau that is not positive.
    """

    def __init__(self, classes: int, tau: float = 1.0, positions: int = 1) -> None:
        super().__init__()
        if classes < 2 or tau <= 0 or positions < 1:
            raise GatewrightError(
                f"GroupSum of {classes} classes with tau {tau} over {positions} positions: at least 2 classes, a "
                "positive tau and 1 position are needed."
            )
        self.classes, self.tau, self.positions = classes, tau, positions

    def forward(self, x: Tensor) -> Tensor:
        """Scores (batch, classes) of bits (positions * batch, features); features must be a multiple of classes.

        Raises:
            GatewrightError: if they are not.
        """
        if x.ndim != 2 or x.shape[1] % self.classes or len(x) % self.positions:
            raise GatewrightError(
                f"GroupSum cannot cut {tuple(x.shape)} into {self.classes} equal groups of {self.positions} positions: "
                "choose multiples."
            )
        return self.scores(x.reshape(len(x), self.classes, -1).sum(dim=2))

    def scores(self, counts: Tensor) -> Tensor:
        """Scores (batch, classes) of ones that are counted already, (positions * batch, classes)."""
        return counts.reshape(self.positions, -1, self.classes).sum(dim=0) / self.tau

    def extra_repr(self) -> str:
        """Shown by `print`."""
        return f"{self.classes}, tau={self.tau}"


def has_kernels(layer: GumbelGates, x: Tensor, mode: Mode) -> bool:
    """Whether `run` can compute this: all of float32 on a CPU, hard choices on a GPU."""
    if layer.logits.dtype != torch.float32:
        return False
    return not mode.soft if gpu.serves(x.device) else x.device.type == "cpu"


def run(layers: list[GumbelGates], classes: int | None, x: Tensor, mode: Mode) -> Tensor:
    """The kernels on layers that follow each other; one seed a call, from the first layer's generator.

    Args:
        layers: of gates.
        classes: of the GroupSum behind them; None for the outputs of the last layer.
        x: (batch, inputs).
        mode: how all of them compute; one that `has_kernels`.
    """
    parameters = [parameter for layer in layers for parameter in layer.choices]
    if not torch.is_grad_enabled():
        # What no gradient is asked of, nothing is kept for.
        parameters = [parameter.detach() for parameter in parameters]
    if gpu.serves(x.device):
        return _run_on_gpu(layers, classes, x, mode, parameters)
    seed = int(torch.randint(2**62, (), generator=layers[0].generator)) if mode.noisy else 0
    specs = [
        Layer(candidates, layer.temperature(mode), noise, readers, layer.precision == "mixed", layer.memory)
        for layer in layers
        for candidates, readers in [layer.kernel_wiring()]
        for noise in [layer.noise_scale if mode.noisy else 0.0]
    ]
    kernels = Soft if mode.soft else Stack
    result: Tensor = kernels.apply(x, specs, classes, seed, None, *parameters)  # type: ignore[no-untyped-call]
    return result


def _run_on_gpu(
    layers: list[GumbelGates], classes: int | None, x: Tensor, mode: Mode, parameters: list[Tensor]
) -> Tensor:
    """As `run`. The seed never leaves the GPU if the generator is there, so that a replayed graph draws a new one."""
    from .kernels.gpu import stack

    generator, seed = layers[0].generator, torch.zeros((), dtype=torch.int64, device=x.device)
    if mode.noisy:
        where = x.device if generator is None else generator.device
        if where.type != x.device.type and torch.cuda.is_current_stream_capturing():
            raise GatewrightError(
                f"The noise comes from a generator on the {where.type}, which a graph cannot draw from again: give the "
                "layers a generator on the GPU, or none."
            )
        seed = torch.randint(2**62, (), generator=generator, device=where).to(x.device)
    specs = [
        stack.Layer(layer.candidates, layer.temperature(mode), layer.noise_scale if mode.noisy else 0.0)
        for layer in layers
    ]
    result: Tensor = stack.Stack.apply(x, specs, classes, seed, None, *parameters)  # type: ignore[no-untyped-call]
    return result


def _method(name: Method | str) -> Method:
    try:
        return Method(name)
    except ValueError:
        names = ", ".join(method.value for method in Method)
        raise GatewrightError(f"There is no training method {name!r}: choose one of {names}.") from None
