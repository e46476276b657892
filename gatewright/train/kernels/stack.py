"""A whole stack of gate layers, and the GroupSum at its end, as one autograd function.

Between the layers there is one bit a sample, so nothing real-valued is stored on the way up; on the way down only the
gradients of two layers' nets for 64 samples are alive at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cpu import choice, circuit, gradient, threads
from .cpu.lanes import WIDTH
from .memory import Memory

_TINY = 1e-25
_WORK_OF_A_THREAD = 2**19
"""Candidates of all operands times samples of a layer below which a second thread costs more than it brings."""
_MASK = 2**32 - 1
_STREAM = 0x9E3779B9


@dataclass(frozen=True)
class Readers:
    """The transposed wiring of a layer: which operands read each net.

    Attributes:
        first: (nets + 1,) int32: ``slots[first[i] : first[i + 1]]`` read net ``i``.
        slots: (gates * fan_in, 2) int32: ``fan_in * gate + operand``, and ``gate``.
    """

    first: NDArray[np.int32]
    slots: NDArray[np.int32]

    @classmethod
    def of(cls, operands: NDArray[np.int32], nets: int) -> Readers:
        """From the nets (gates, fan_in) that the operands read."""
        found = cls(np.empty(nets + 1, dtype=np.int32), np.empty((operands.size, 2), dtype=np.int32))
        circuit.readers(operands, nets, found.first, found.slots)
        return found


@dataclass(frozen=True)
class Layer:
    """One layer as the kernels see it.

    Attributes:
        candidates: (gates, fan_in, k) int32, the inputs that each operand can read.
        tau: temperature of the backward pass.
        noise_scale: factor on the noise; 0 for none.
        readers: of a layer with one candidate for each operand, if they are known; they never change.
        mixed: whether gradients may be rounded to bfloat16 on their way down; they are if all layers of a stack agree.
        memory: what the arrays of a step are taken from.
    """

    candidates: NDArray[np.int32]
    tau: float
    noise_scale: float
    readers: Readers | None = None
    mixed: bool = False
    memory: Memory = field(default_factory=Memory, compare=False)


@dataclass(frozen=True)
class _Taken:
    """What a layer did on the way up: its choices, and the bits (words, nets) that it read."""

    tables: NDArray[np.uint64]
    operands: NDArray[np.int32]
    bits: NDArray[np.uint64]
    perturbed: NDArray[np.float32]
    wiring: NDArray[np.float32] | None


@dataclass(frozen=True)
class _Sums:
    """What the backward pass adds up for a layer, word by word.

    Attributes:
        patterns: (gates, 2**fan_in) float32, for each operand pattern.
        wiring: (gates, fan_in, k) float32, for each candidate, k padded to what is summed at once; 0 for a single one.
    """

    patterns: NDArray[np.float32]
    wiring: NDArray[np.float32]

    @classmethod
    def zero(cls, layer: Layer) -> _Sums:
        """Before the first word."""
        gates, fan_in, k = layer.candidates.shape
        padded = 0 if k == 1 else -(-k // gradient.AT_ONCE) * gradient.AT_ONCE
        zeros = layer.memory.zeros
        return cls(zeros((gates, 2**fan_in), np.float32), zeros((gates, fan_in, padded), np.float32))


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
        bits = np.empty((-(-batch // WIDTH), x.shape[1]), dtype=np.uint64)
        circuit.pack(x.numpy(), bits)
        taken, at = [], 0
        for layer in layers:
            width = 1 if layer.candidates.shape[2] == 1 else 2
            mine = [parameter.numpy() for parameter in parameters[at : at + width]]
            given = None if noise is None else [tensor.numpy() for tensor in noise[at : at + width]]
            taken.append(_choose(layer, mine, given, seed, at, bits))
            bits = np.empty((len(bits), len(layer.candidates)), dtype=np.uint64)
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
        """Sums for each gate, a signed gather for each net."""
        layers, taken, (batch, inputs) = ctx.layers, ctx.taken, ctx.shape
        _use_threads(layers, batch)
        sums = [_Sums.zero(layer) for layer in layers]
        to_x = np.empty((batch, inputs), dtype=np.float32) if ctx.needs_input_grad[0] else None
        _descend(layers, taken, sums, gradients[0].numpy(), to_x)
        found: list[Tensor] = []
        for layer, mine, total in zip(layers, taken, sums, strict=True):
            found += map(torch.from_numpy, _parameter_gradients(layer, mine, total))
        ctx.taken = None
        return None if to_x is None else torch.from_numpy(to_x), None, None, None, None, *found


def _descend(
    layers: Sequence[Layer],
    taken: Sequence[_Taken],
    sums: Sequence[_Sums],
    top: NDArray[np.float32],
    to_x: NDArray[np.float32] | None,
) -> None:
    """From the gradient of the result (batch, classes or gates) to all sums, and to the inputs if they want theirs.

    64 samples go through all layers before the next 64 do, so that the rows of two layers are all that is moved.
    """
    batch, last = len(top), len(layers) - 1
    nets = [mine.bits.shape[1] for mine in taken]
    lowest = 0 if to_x is not None else 1
    readers = {i: layers[i].readers or Readers.of(taken[i].operands, nets[i]) for i in range(lowest, last + 1)}
    memory = layers[0].memory
    kind = np.uint16 if all(layer.mixed for layer in layers) else np.float32
    rows_of = [memory.empty((max(nets[side::2], default=0), WIDTH), kind) for side in (0, 1)]
    edges = [mine.operands.size for mine in taken]
    slopes_of = [memory.empty((max(edges[side::2], default=0), 2), np.uint64) for side in (0, 1)]
    own_row = np.arange(max(len(mine.tables) for mine in taken), dtype=np.int32)
    # The gates of a class share the gradient of its score.
    shared_row = own_row[: len(taken[-1].tables)] // np.int32(len(taken[-1].tables) // top.shape[1])

    def gates(index: int, word: int) -> tuple[Any, ...]:
        mine, total = taken[index], sums[index]
        return (
            mine.tables, mine.operands, layers[index].candidates, mine.bits[word], total.patterns, total.wiring,
            slopes_of[index % 2],
        )  # fmt: skip

    # Sums of denormal numbers would be a hundred times slower, and equal to 0 for every use.
    top = np.where(np.abs(top) < _TINY, np.float32(0), top)
    for start in range(0, batch, WIDTH):
        word, samples = start // WIDTH, min(WIDTH, batch - start)
        rows: NDArray[Any] = np.zeros((top.shape[1], WIDTH), dtype=np.float32)
        row_of = shared_row
        rows[:, :samples] = top[start : start + samples].T
        gradient.start(rows, row_of, *gates(last, word))
        rows = _rounded(rows) if kind is np.uint16 else rows
        for index in range(last, lowest - 1, -1):
            below = gates(index - 1, word) if index else _nothing(slopes_of[1])
            # Nobody reads the rows of the lowest nets but who asks for the gradient of the inputs.
            result = rows_of[index % 2][: nets[index] if index > 1 or to_x is not None else 0]
            first, slots = readers[index].first, readers[index].slots
            gradient.gather(rows, row_of, slopes_of[index % 2], first, slots, result, *below)
            rows, row_of = result, own_row
        if to_x is not None:
            to_x[start : start + samples] = (_widened(rows) if kind is np.uint16 else rows)[:, :samples].T


def _rounded(rows: NDArray[np.float32]) -> NDArray[np.uint16]:
    """The nearest bfloat16."""
    return torch.from_numpy(rows).bfloat16().view(torch.uint16).numpy()


def _widened(rows: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The numbers that bfloat16 are."""
    return torch.from_numpy(rows).view(torch.bfloat16).float().numpy()


def _use_threads(layers: Sequence[Layer], batch: int) -> None:
    """As many threads as the largest layer is worth."""
    threads.use(max(layer.candidates.size for layer in layers) * batch, _WORK_OF_A_THREAD)


def unpack(bits: NDArray[np.uint64], batch: int) -> NDArray[np.float32]:
    """Packed nets (words, nets) as numbers (batch, nets)."""
    rows = np.unpackbits(np.ascontiguousarray(bits.T).view(np.uint8), axis=1, count=batch, bitorder="little")
    return np.ascontiguousarray(rows.T).astype(np.float32)


def tables_of(entries: NDArray[np.float32]) -> NDArray[np.uint64]:
    """The truth tables (gates,) of entries (gates, 2**fan_in) that are 1 where they are positive."""
    packed = np.packbits(entries > 0, axis=1, bitorder="little")
    return np.pad(packed, ((0, 0), (0, 8 - packed.shape[1]))).view(np.uint64).ravel()


def _choose(
    layer: Layer,
    parameters: Sequence[NDArray[np.float32]],
    noise: Sequence[NDArray[np.float32]] | None,
    seed: int,
    stream: int,
    bits: NDArray[np.uint64],
) -> _Taken:
    """The tables and operands of this step. Every parameter has a stream of noise of its own."""
    gates, fan_in, k = layer.candidates.shape
    scale = layer.noise_scale
    if noise is not None:
        parameters, scale = [parameter + given for parameter, given in zip(parameters, noise, strict=True)], 0.0
    perturbed = layer.memory.empty(parameters[0].shape, np.float32)
    if fan_in == 2:
        chosen = np.empty(gates, dtype=np.int32)
        choice.sample(parameters[0], *halves(seed, stream), scale, perturbed, chosen)
        tables = chosen.astype(np.uint64)
    else:
        tables = np.empty(gates, dtype=np.uint64)
        choice.sample_tables(parameters[0], *halves(seed, stream), scale, perturbed, tables)
    if k == 1:
        return _Taken(tables, layer.candidates.reshape(gates, fan_in), bits, perturbed, None)
    logits = parameters[1].reshape(-1, k)
    wiring, chosen = layer.memory.empty(logits.shape, np.float32), np.empty(len(logits), dtype=np.int32)
    choice.sample(logits, *halves(seed, stream + 1), scale, wiring, chosen)
    operands = np.take_along_axis(layer.candidates, chosen.reshape(gates, fan_in, 1), axis=2)[:, :, 0]
    return _Taken(tables, operands, bits, perturbed, wiring)


def halves(seed: int, stream: int) -> tuple[int, int]:
    """The two halves of a seed, for one of its streams."""
    return (seed + _STREAM * (stream + 1)) & _MASK, seed >> 32 & _MASK


def _parameter_gradients(layer: Layer, taken: _Taken, sums: _Sums) -> list[NDArray[np.float32]]:
    """The gradients of the logits and, where there are any, of the wiring logits."""
    result = layer.memory.empty(taken.perturbed.shape, np.float32)
    if layer.candidates.shape[1] == 2:
        choice.function_gradient(taken.perturbed, sums.patterns, layer.tau, result)
    else:
        choice.sigmoid_gradient(taken.perturbed.ravel(), sums.patterns.ravel(), layer.tau, result.reshape(-1))
    if taken.wiring is None:
        return [result]
    wiring = layer.memory.empty(taken.wiring.shape, np.float32)
    choice.softmax_gradient(taken.wiring, sums.wiring.reshape(len(wiring), -1), layer.tau, wiring)
    return [result, wiring.reshape(layer.candidates.shape)]


def _nothing(slopes: NDArray[np.uint64]) -> tuple[Any, ...]:
    """No gates: what drives the inputs."""
    operands = np.empty((0, 2), dtype=np.int32)
    sums = np.empty((0, 4), dtype=np.float32)
    words = np.empty(0, dtype=np.uint64)
    return words, operands, operands.reshape(0, 2, 1), words, sums, sums.reshape(0, 2, 2), slopes
