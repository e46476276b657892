"""A whole stack of gate layers, and the GroupSum at its end, as one autograd function.

Between the layers there is one bit a sample, so nothing real-valued is stored on the way up; on the way down only the
gradients of one layer's nets are alive at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cpu import choice, circuit, gradient, threads

_WORD = 64
_TINY = 1e-25
_WORK_OF_A_THREAD = 2**18
"""Gates times samples of a layer below which a second thread costs more than it brings."""
_MASK = 2**32 - 1
_STREAM = 0x9E3779B9


@dataclass(frozen=True)
class Layer:
    """One layer as the kernels see it.

    Attributes:
        candidates: (gates, fan_in, k) int64, the inputs that each operand can read.
        tau: temperature of the backward pass.
        noise_scale: factor on the noise; 0 for none.
    """

    candidates: NDArray[np.int64]
    tau: float
    noise_scale: float


@dataclass(frozen=True)
class _Taken:
    """What a layer did on the way up: its choices, and the bits that it read."""

    tables: NDArray[np.uint64]
    operands: NDArray[np.int64]
    bits: NDArray[np.uint64]
    perturbed: NDArray[np.float32]
    wiring: NDArray[np.float32] | None


class Stack(torch.autograd.Function):
    """``apply(x, layers, classes, seed, noise, *parameters)``.

    Args:
        x: (batch, inputs), bits as numbers of any kind.
        layers: a `Layer` each, the first one reads ``x``.
        classes: of the GroupSum; None to return the outputs of the last layer.
        seed: of the noise, 64 bits.
        noise: a tensor for each parameter, added in place of drawn noise; None to draw.
        parameters: float32, for each layer its logits and, if its operands have several candidates, its wiring
            logits; shapes as in `reference.gates`.

    Returns:
        Counts (batch, classes), or outputs (batch, gates), float32.
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
        """Choose, look up, and count."""
        batch = len(x)
        _use_threads(layers, batch)
        bits = np.empty((x.shape[1], -(-batch // _WORD)), dtype=np.uint64)
        circuit.pack(x.numpy(), bits)
        taken, at = [], 0
        for layer in layers:
            width = 1 if layer.candidates.shape[2] == 1 else 2
            mine = [parameter.numpy() for parameter in parameters[at : at + width]]
            given = None if noise is None else [tensor.numpy() for tensor in noise[at : at + width]]
            taken.append(_choose(layer, mine, given, seed, at, bits))
            bits = np.empty((len(layer.candidates), bits.shape[1]), dtype=np.uint64)
            circuit.evaluate(taken[-1].tables, taken[-1].operands, taken[-1].bits, bits)
            at += width
        ctx.layers, ctx.taken, ctx.classes, ctx.shape = layers, taken, classes, tuple(x.shape)
        if classes is None:
            return torch.from_numpy(unpack(bits, batch))
        counts = np.empty((batch, classes), dtype=np.float32)
        circuit.count(bits, counts)
        return torch.from_numpy(counts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        """Four sums for each gate, a signed gather for each net."""
        batch, inputs = ctx.shape
        _use_threads(ctx.layers, batch)
        g = np.zeros((gradients[0].shape[1], -(-batch // _WORD) * _WORD), dtype=np.float32)
        g[:, :batch] = gradients[0].numpy().T
        # Sums of denormal numbers would be a hundred times slower, and equal to 0 for every use.
        g[np.abs(g) < _TINY] = 0
        row_of = np.arange(len(ctx.layers[-1].candidates))
        if ctx.classes is not None:
            # The gates of a class share the gradient of its score.
            row_of //= len(row_of) // ctx.classes
        found: list[Tensor] = []
        towards = to_x = None
        for index in range(len(ctx.layers) - 1, -1, -1):
            layer, taken = ctx.layers[index], ctx.taken[index]
            found[:0] = map(torch.from_numpy, _parameter_gradients(layer, taken, g, row_of, towards))
            if index or ctx.needs_input_grad[0]:
                g, towards = _net_gradients(taken, ctx.taken[index - 1] if index else None, g, row_of, index % 2)
                row_of = np.arange(len(g))
        if ctx.needs_input_grad[0]:
            to_x = torch.from_numpy(np.ascontiguousarray(g[:inputs, :batch].T))
        ctx.taken = None
        return to_x, None, None, None, None, *found


def _use_threads(layers: Sequence[Layer], batch: int) -> None:
    """As many threads as the largest layer is worth."""
    threads.use(max(len(layer.candidates) for layer in layers) * batch, _WORK_OF_A_THREAD)


def unpack(bits: NDArray[np.uint64], batch: int) -> NDArray[np.float32]:
    """Packed nets (nets, words) as numbers (batch, nets)."""
    rows = np.unpackbits(bits.view(np.uint8), axis=1, count=batch, bitorder="little")
    return np.ascontiguousarray(rows.T).astype(np.float32)


def _choose(
    layer: Layer,
    parameters: Sequence[NDArray[np.float32]],
    noise: Sequence[NDArray[np.float32]] | None,
    seed: int,
    stream: int,
    bits: NDArray[np.uint64],
) -> _Taken:
    """The tables and operands of this step."""
    gates, fan_in, k = layer.candidates.shape
    perturbed = [
        _perturbed(parameter, None if noise is None else noise[i], layer, seed, stream + i, fan_in > 2 and i == 0)
        for i, parameter in enumerate(parameters)
    ]
    if fan_in == 2:
        chosen = np.empty(gates, dtype=np.int64)
        choice.argmax(perturbed[0], chosen)
        tables = chosen.astype(np.uint64)
    else:
        tables = tables_of(perturbed[0])
    if k == 1:
        return _Taken(tables, layer.candidates[:, :, 0], bits, perturbed[0], None)
    chosen = np.empty(gates * fan_in, dtype=np.int64)
    choice.argmax(perturbed[1].reshape(-1, k), chosen)
    operands = np.take_along_axis(layer.candidates, chosen.reshape(gates, fan_in, 1), axis=2)[:, :, 0]
    return _Taken(tables, operands, bits, perturbed[0], perturbed[1])


def tables_of(entries: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The truth tables (gates,) of entries (gates, 2**fan_in) that are 1 where they are positive."""
    packed = np.packbits(entries > 0, axis=1, bitorder="little")
    return np.pad(packed, ((0, 0), (0, 8 - packed.shape[1]))).view(np.uint64).ravel()


def _perturbed(
    logits: NDArray[np.float32],
    noise: NDArray[np.float32] | None,
    layer: Layer,
    seed: int,
    stream: int,
    two_way: bool,
) -> NDArray[np.float32]:
    """Logits and noise. Every parameter has a stream of its own."""
    if noise is not None:
        return logits + noise
    if not layer.noise_scale:
        return logits.copy()
    result = np.empty_like(logits)
    low = (seed + _STREAM * (stream + 1)) & _MASK
    draw = choice.logistic if two_way else choice.gumbel
    draw(logits.reshape(-1), low, seed >> 32 & _MASK, layer.noise_scale, result.reshape(-1))
    return result


def _parameter_gradients(
    layer: Layer,
    taken: _Taken,
    g: NDArray[np.float32],
    row_of: NDArray[np.int64],
    towards: NDArray[np.float32] | None,
) -> list[NDArray[np.float32]]:
    """The gradients of the logits and, where there are any, of the wiring logits.

    ``towards`` is the gradient by the weights of the functions, if it is known already.
    """
    result = np.empty_like(taken.perturbed)
    if layer.candidates.shape[1] == 2:
        if towards is None:
            towards = np.empty_like(result)
            gradient.function_sums(taken.operands, taken.bits, g, row_of, towards)
        choice.softmax_gradient(taken.perturbed, towards, layer.tau, result)
    else:
        towards = np.empty_like(result)
        gradient.entry_sums(taken.operands, taken.bits, g, row_of, towards)
        choice.sigmoid_gradient(taken.perturbed.ravel(), towards.ravel(), layer.tau, result.reshape(-1))
    if taken.wiring is None:
        return [result]
    towards, wiring = np.empty_like(taken.wiring), np.empty_like(taken.wiring)
    gradient.wiring_sums(taken.tables, taken.operands, layer.candidates, taken.bits, g, row_of, towards)
    k = layer.candidates.shape[2]
    choice.softmax_gradient(taken.wiring.reshape(-1, k), towards.reshape(-1, k), layer.tau, wiring.reshape(-1, k))
    return [result, wiring]


def _net_gradients(
    taken: _Taken, below: _Taken | None, g: NDArray[np.float32], row_of: NDArray[np.int64], side: int
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """The gradients of the nets that a layer read and, if two-input gates drive them, by the weights of those."""
    nets = len(taken.bits)
    start, edges = np.empty(nets + 1, dtype=np.int64), np.empty(taken.operands.size, dtype=np.int64)
    circuit.readers(taken.operands, nets, start, edges)
    result = _rows(side, nets, g.shape[1])
    fused = below is not None and below.operands.shape[1] == 2
    operands = below.operands if below is not None and fused else np.empty((0, 2), dtype=np.int64)
    bits = below.bits if below is not None else taken.bits
    towards = np.empty((nets if fused else 0, 16), dtype=np.float32)
    gradient.gather(taken.tables, taken.operands, taken.bits, g, row_of, start, edges, result, operands, bits, towards)
    return result, towards if fused else None


_KEPT = threading.local()


def _rows(side: int, nets: int, samples: int) -> NDArray[np.float32]:
    """Uninitialised rows that stay valid until the same side is asked for again in the same thread.

    The rows of two layers are alive at a time. Fresh memory would cost a page fault for every 4 KiB of them.
    """
    held: dict[str, NDArray[np.float32]] = _KEPT.__dict__
    if str(side) not in held or len(held[str(side)]) < nets * samples:
        held[str(side)] = np.empty(nets * samples, dtype=np.float32)
    return held[str(side)][: nets * samples].reshape(nets, samples)
