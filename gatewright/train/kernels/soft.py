"""A whole stack of gate layers with soft choices, and the GroupSum at its end, as one autograd function.

Every activation is a real number. A choice is the softmax of its logits and noise at the layer's temperature: without
noise the mixture of Petersen et al., "Deep Differentiable Logic Gate Networks" (2022), with it a soft Gumbel sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cpu import choice, soft, threads
from .cpu.entries import function_entries, sigmoid_entries, softmax
from .memory import Memory
from .stack import Layer, Readers, halves

_WORK_OF_A_THREAD = 2**16
"""Gates times samples of a layer below which a second thread costs more than it brings."""


@dataclass(frozen=True)
class _Taken:
    """What a layer did on the way up.

    Attributes:
        perturbed: (gates, 16) or (gates, 2**fan_in), logits and noise.
        entries: (gates, 2**fan_in), the tables.
        wiring: (operands, k), logits and noise of the wires; None for fixed wiring.
        weights: (operands, k), their softmax; ones for fixed wiring.
        x: (nets, samples), what the layer read.
        values: what its gates read: ``x``, or one row for each operand.
        operands: (gates, fan_in), rows of ``values``.
    """

    perturbed: NDArray[np.float32]
    entries: NDArray[np.float32]
    wiring: NDArray[np.float32] | None
    weights: NDArray[np.float32]
    x: NDArray[np.float32]
    values: NDArray[np.float32]
    operands: NDArray[np.int32]


class Soft(torch.autograd.Function):
    """``apply(x, layers, classes, seed, noise, *parameters)``, as `Stack`, for ``x`` between 0 and 1.

    Args:
        x: (batch, inputs), numbers of any kind.
        layers: a `Layer` each, the first one reads ``x``; a noise scale of 0 makes the mixture.
        classes: of the GroupSum; None to return the outputs of the last layer.
        seed: of the noise, 64 bits.
        noise: a tensor for each parameter, added in place of drawn noise; None to draw.
        parameters: float32, for each layer its logits and, if its operands have several candidates, its wiring
            logits; shapes as in `reference.gates`.

    Returns:
        Sums (batch, classes), or outputs (batch, gates), float32.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        layers: Sequence[Layer],
        classes: int | None,
        seed: int,
        noise: Sequence[Tensor] | None,
        *parameters: Tensor,
    ) -> Tensor:
        """Mix, interpolate, and sum."""
        batch = len(x)
        _use_threads(layers, batch)
        empty = layers[0].memory.empty
        rows = empty((x.shape[1], -(-batch // soft.LANES) * soft.LANES), np.float32)
        rows[:, :batch], rows[:, batch:] = x.numpy().T, 0
        taken, at = [], 0
        for layer in layers:
            width = 1 if layer.candidates.shape[2] == 1 else 2
            perturbed = [
                parameters[i].numpy() + noise[i].numpy() if noise else _perturbed(layer, parameters[i].numpy(), seed, i)
                for i in range(at, at + width)
            ]
            mine = _choose(layer, perturbed, rows, layers[0].memory)
            rows = empty((len(layer.candidates), rows.shape[1]), np.float32)
            soft.evaluate(mine.entries, mine.operands, mine.values, rows)
            at += width
            if any(ctx.needs_input_grad):
                taken.append(mine)
        ctx.layers, ctx.taken, ctx.classes, ctx.batch = layers, taken, classes, batch
        result = rows if classes is None else rows.reshape(classes, -1, rows.shape[1]).sum(axis=1)
        return torch.from_numpy(result[:, :batch].T.copy())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        """Four sums for each gate, a gather for each net."""
        batch, memory = ctx.batch, ctx.layers[0].memory
        _use_threads(ctx.layers, batch)
        g = memory.empty((gradients[0].shape[1], -(-batch // soft.LANES) * soft.LANES), np.float32)
        g[:, :batch], g[:, batch:] = gradients[0].numpy().T, 0
        row_of = np.arange(len(ctx.layers[-1].candidates))
        if ctx.classes is not None:
            # The gates of a class share the gradient of its score.
            row_of //= len(row_of) // ctx.classes
        found: list[Tensor] = []
        for index in range(len(ctx.layers) - 1, -1, -1):
            wanted = index > 0 or ctx.needs_input_grad[0]
            mine, below = _gradients(ctx.layers[index], ctx.taken.pop(), g, row_of, wanted, memory)
            found[:0] = map(torch.from_numpy, mine)
            if below is not None:
                g, row_of = below, np.arange(len(below))
        to_x = torch.from_numpy(g[:, :batch].T.copy()) if ctx.needs_input_grad[0] else None
        return to_x, None, None, None, None, *found


def _use_threads(layers: Sequence[Layer], batch: int) -> None:
    """As many threads as the largest layer is worth."""
    threads.use(max(len(layer.candidates) for layer in layers) * batch, _WORK_OF_A_THREAD)


def _perturbed(layer: Layer, logits: NDArray[np.float32], seed: int, stream: int) -> NDArray[np.float32]:
    """Logits and noise. Every parameter has a stream of its own; entries of a table are two-way choices."""
    result = layer.memory.empty(logits.shape, np.float32)
    if not layer.noise_scale:
        result[:] = logits
        return result
    draw = choice.logistic if logits.ndim == 2 and layer.candidates.shape[1] > 2 else choice.gumbel
    draw(logits.reshape(-1), *halves(seed, stream), layer.noise_scale, result.reshape(-1))
    return result


def _choose(layer: Layer, perturbed: Sequence[NDArray[np.float32]], x: NDArray[np.float32], memory: Memory) -> _Taken:
    """The tables of this step, and what the gates read."""
    gates, fan_in, k = layer.candidates.shape
    entries = np.empty((gates, 2**fan_in), dtype=np.float32)
    if fan_in == 2:
        function_entries(perturbed[0], layer.tau, entries)
    else:
        sigmoid_entries(perturbed[0], layer.tau, entries)
    if k == 1:
        weights = np.ones((gates * fan_in, 1), dtype=np.float32)
        return _Taken(perturbed[0], entries, None, weights, x, x, layer.candidates[:, :, 0])
    wiring = perturbed[1].reshape(-1, k)
    weights, values = np.empty_like(wiring), memory.empty((gates * fan_in, x.shape[1]), np.float32)
    softmax(wiring, layer.tau, weights)
    soft.mix(layer.candidates.reshape(-1, k), weights, x, values)
    own = np.arange(gates * fan_in, dtype=np.int32).reshape(gates, fan_in)
    return _Taken(perturbed[0], entries, wiring, weights, x, values, own)


def _gradients(
    layer: Layer, taken: _Taken, g: NDArray[np.float32], row_of: NDArray[np.int64], wanted: bool, memory: Memory
) -> tuple[list[NDArray[np.float32]], NDArray[np.float32] | None]:
    """The gradients of a layer's parameters, and those of the nets that it read if they are ``wanted``."""
    gates, fan_in, k = layer.candidates.shape
    towards, result = (memory.empty(taken.perturbed.shape, np.float32) for _ in range(2))
    rows = None
    if fan_in == 2:
        soft.pair_sums(taken.operands, taken.values, g, row_of, towards)
        choice.softmax_gradient(taken.perturbed, towards, layer.tau, result)
        if wanted or taken.wiring is not None:
            rows = memory.empty(taken.values.shape, np.float32)
            who = layer.readers or Readers.of(taken.operands, len(rows))
            soft.pair_gather(taken.entries, taken.operands, taken.values, g, row_of, who.first, who.slots, rows)
        if taken.wiring is None:
            return [result], rows
    else:
        rows = memory.empty((gates * fan_in, g.shape[1]), np.float32)
        soft.table_gradients(taken.entries, taken.operands, taken.values, g, row_of, towards, rows)
        choice.sigmoid_gradient(taken.perturbed.ravel(), towards.ravel(), layer.tau, result.reshape(-1))
    found, below = [result], None
    if taken.wiring is not None:
        towards, wiring = (memory.empty(taken.wiring.shape, np.float32) for _ in range(2))
        soft.mix_sums(layer.candidates.reshape(-1, k), rows, taken.x, towards)
        choice.softmax_gradient(taken.wiring, towards, layer.tau, wiring)
        found.append(wiring.reshape(gates, fan_in, k))
    if wanted:
        below = memory.empty(taken.x.shape, np.float32)
        who = Readers.of(layer.candidates.reshape(-1, k), len(below))
        soft.gather(taken.weights, rows, who.first, who.slots, below)
    return found, below
