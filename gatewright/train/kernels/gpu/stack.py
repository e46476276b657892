"""A whole stack of gate layers, and the GroupSum at its end, as one autograd function on a GPU.

As `gatewright.train.kernels.stack`, with the same outputs and gradients. Between the layers there is one bit a sample;
noise is made again instead of stored; on the way down only the gradients of two layers' nets are alive at a time, in
single precision or, under `torch.autocast`, in the precision of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import triton
from torch import Tensor

from . import choice, circuit, gradient
from .readers import Readers, fixed, readers

_WORD = 32
_CHOICES = 1024
"""Logits that a program chooses among."""
_GATES = 64
"""Gates that a program evaluates, and looks slopes up of."""
_SUMS = 16
"""Sums that a warp keeps at a time: its gates times the operand patterns of each."""
_CANDIDATES = 64
"""Candidates that a warp keeps sums for."""


@dataclass(frozen=True)
class Layer:
    """One layer as the kernels see it.

    Attributes:
        candidates: (gates, fan_in, k) int64 on the device, the inputs that each operand can read.
        tau: temperature of the backward pass.
        noise_scale: factor on the noise; 0 for none.
    """

    candidates: Tensor
    tau: float
    noise_scale: float


@dataclass(frozen=True)
class _Choice:
    """A parameter, and what decides with it."""

    logits: Tensor
    noise: Tensor | None
    seed: Tensor
    stream: int
    scale: float

    @property
    def arguments(self) -> tuple[Any, ...]:
        return self.logits, self.noise, self.seed, self.stream, self.scale

    @property
    def drawn(self) -> bool:
        return self.scale != 0


@dataclass(frozen=True)
class _Taken:
    """What a layer did on the way up: its choices, and the bits that it read."""

    choices: list[_Choice]
    tables: Tensor
    operands: Tensor
    bits: Tensor
    readers: Readers | None


@dataclass(frozen=True)
class _Above:
    """What a layer's nets need from their readers: gradient rows, gates to a row, and where outputs rise and fall."""

    rows: Tensor
    per_row: int
    readers: Readers | None = None
    rise_fall: Tensor | None = None
    used: Tensor | None = None
    fan_in: int = 1

    @property
    def arguments(self) -> tuple[Any, ...]:
        start, edges = (None, None) if self.readers is None else (self.readers.start, self.readers.edges)
        return self.rows, self.per_row, start, edges, self.rise_fall, self.used


class Stack(torch.autograd.Function):
    """``apply(x, layers, classes, seed, noise, *parameters)``.

    Args:
        x: (batch, inputs), bits as numbers of any kind.
        layers: a `Layer` each, the first one reads ``x``.
        classes: of the GroupSum; None to return the outputs of the last layer.
        seed: of the noise, 64 bits; as an int64 tensor on the device it can change between replays of a graph.
        noise: a tensor for each parameter, added in place of drawn noise; None to draw.
        parameters: contiguous float32, for each layer its logits and, if its operands have several candidates, its
            wiring logits; shapes as in `reference.gates`.

    Returns:
        Counts (batch, classes), or outputs (batch, gates), float32.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        layers: Sequence[Layer],
        classes: int | None,
        seed: int | Tensor,
        noise: Sequence[Tensor] | None,
        *parameters: Tensor,
    ) -> Tensor:
        """Choose, look up, and count."""
        if not isinstance(seed, Tensor):
            seed = torch.full((), seed, dtype=torch.int64, device=x.device)
        # The noise is drawn again on the way down, so the parameters must be what they were.
        ctx.save_for_backward(*parameters)
        kind = x.device.type
        ctx.rows = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else torch.float32
        with torch.cuda.device_of(x):  # type: ignore[no-untyped-call]
            bits = _pack(x)
            taken, at = [], 0
            for layer in layers:
                several = layer.candidates.shape[2] > 1
                choices = [
                    _Choice(parameters[i], None if noise is None else noise[i], seed, i, float(layer.noise_scale))
                    for i in range(at, at + 1 + several)
                ]
                one, bits = _up(layer, choices, bits)
                taken.append(one)
                at += len(choices)
            ctx.layers, ctx.taken, ctx.classes, ctx.shape = layers, taken, classes, tuple(x.shape)
            return _numbers(bits, len(x)) if classes is None else _counts(bits, len(x), classes)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        """2^k sums for each gate, a signed gather for each net."""
        batch, nets = ctx.shape
        _ = ctx.saved_tensors
        bits = ctx.taken[-1].bits
        with torch.cuda.device_of(bits):  # type: ignore[no-untyped-call]
            rows = bits.new_zeros((gradients[0].shape[1], bits.shape[1] * _WORD), dtype=ctx.rows)
            rows[:, :batch] = gradients[0].T
            # The gates of a class share the gradient of its score.
            above = _Above(rows, len(ctx.taken[-1].tables) // len(rows))
            found: list[Tensor] = []
            for index in range(len(ctx.layers) - 1, -1, -1):
                deeper = index > 0 or ctx.needs_input_grad[0]
                mine, above = _down(ctx.layers[index], ctx.taken[index], above, ctx.rows, deeper=deeper)
                found[:0] = mine
            to_x = _input_gradients(above, bits.shape[1], nets)[:, :batch].T if ctx.needs_input_grad[0] else None
        return to_x, None, None, None, None, *found


def _chunk(words: int) -> int:
    """Words at a time: all of a small batch, 128 samples of a large one."""
    return min(words, 4)


def _pack(x: Tensor) -> Tensor:
    """Bits (inputs, words) int32 of samples (batch, inputs); words are 1, 2, or a multiple of 4."""
    batch, nets = x.shape
    words = triton.cdiv(batch, _WORD)
    words = words if words < 3 else 4 * triton.cdiv(words, 4)
    x = x.contiguous()
    bits = torch.empty((nets, words), dtype=torch.int32, device=x.device)
    samples = x.view(torch.uint8) if x.dtype is torch.bool else x
    circuit.pack[(triton.cdiv(nets, 32), words)](samples, bits, batch, nets, words, TILE=32)
    return bits


def _numbers(bits: Tensor, batch: int) -> Tensor:
    """Packed nets (nets, words) as numbers (batch, nets)."""
    lanes = torch.arange(_WORD, dtype=torch.int32, device=bits.device)
    ones = bits.T[:, None, :] >> lanes[:, None] & 1
    return ones.reshape(-1, len(bits))[:batch].float()


def _counts(bits: Tensor, batch: int, classes: int) -> Tensor:
    """GroupSum of equal, consecutive groups: ones (batch, classes) float32 of ``bits`` (gates, words)."""
    gates, words = bits.shape
    shares = triton.cdiv(gates // classes, 256)
    partial = torch.empty((shares, classes, words * _WORD), dtype=torch.int32, device=bits.device)
    circuit.count[(classes, shares, words)](bits, partial, gates // classes, words, words * _WORD, SHARE=256)
    return partial.sum(dim=0)[:, :batch].T.float().contiguous()


def _up(layer: Layer, choices: list[_Choice], bits: Tensor) -> tuple[_Taken, Tensor]:
    """Choose the tables and operands of this step; the outputs of the layer."""
    gates, fan_in, k = layer.candidates.shape
    nets, words = bits.shape
    first, mine = choices[0], None
    if k == 1:
        operands, mine = fixed(layer.candidates, nets)
    else:
        wide = triton.next_power_of_2(k)
        tile = max(1, _CHOICES // wide)
        operands = torch.empty((gates, fan_in), dtype=torch.int32, device=bits.device)
        choice.choose_wires[(triton.cdiv(gates * fan_in, tile),)](
            *choices[1].arguments, layer.candidates, operands, gates * fan_in, k,
            DRAWN=choices[1].drawn, TILE=tile, WIDE=wide,
        )  # fmt: skip
    entries = first.logits.shape[1]
    tile = _CHOICES // entries
    tables = torch.empty(gates, dtype=torch.int64, device=bits.device)
    choice.choose_tables[(triton.cdiv(gates, tile),)](
        *first.arguments, tables, gates, FAN_IN=fan_in, CHOICES=entries, DRAWN=first.drawn, TILE=tile
    )
    out = torch.empty((gates, words), dtype=torch.int32, device=bits.device)
    circuit.evaluate[(triton.cdiv(gates, _GATES),)](
        tables, operands, bits, out, gates, words, FAN_IN=fan_in, TILE=_GATES, CHUNK=_chunk(words)
    )
    return _Taken(choices, tables, operands, bits, mine), out


def _down(
    layer: Layer, taken: _Taken, above: _Above, dtype: torch.dtype, *, deeper: bool
) -> tuple[list[Tensor], _Above]:
    """The gradients of a layer's parameters, and what the nets that it reads need."""
    gates, fan_in, k = layer.candidates.shape
    nets, words = taken.bits.shape
    rows, per_row, own = above.rows, above.per_row, None
    if above.readers is not None and (deeper or k > 1):
        own = torch.empty((gates, words * _WORD), dtype=dtype, device=rows.device)
        rows, per_row = own, 1
    results = [torch.empty_like(each.logits) for each in taken.choices]
    first = taken.choices[0]
    tile = max(1, _SUMS >> fan_in)
    gradient.gates[(triton.cdiv(gates, tile),)](
        *first.arguments, 1 / layer.tau, taken.operands, taken.bits, *above.arguments, results[0], own,
        gates, words, FAN_IN=fan_in, CHOICES=first.logits.shape[1], READERS_FAN_IN=above.fan_in,
        DRAWN=first.drawn, TILE=tile, LANES=_chunk(words) * _WORD, num_warps=1,
    )  # fmt: skip
    if not deeper and k == 1:
        return results, above
    rise_fall = torch.empty((gates, fan_in, 2, words), dtype=torch.int32, device=rows.device)
    used = torch.empty((gates, fan_in), dtype=torch.int8, device=rows.device)
    circuit.slopes[(triton.cdiv(gates, _GATES),)](
        taken.tables, taken.operands, taken.bits, rise_fall, used, gates, words,
        FAN_IN=fan_in, TILE=_GATES, CHUNK=_chunk(words),
    )  # fmt: skip
    if k > 1:
        wide = triton.next_power_of_2(k)
        tile = max(1, _CANDIDATES // wide)
        gradient.wires[(triton.cdiv(gates * fan_in, tile),)](
            *taken.choices[1].arguments, 1 / layer.tau, layer.candidates, taken.bits, rows, per_row, rise_fall,
            results[1], gates * fan_in, words, k,
            FAN_IN=fan_in, DRAWN=taken.choices[1].drawn, TILE=tile, WIDE=wide, num_warps=1,
        )  # fmt: skip
    if not deeper:
        return results, above
    mine = taken.readers or readers(taken.operands, nets)
    return results, _Above(rows, per_row, mine, rise_fall, used, fan_in)


def _input_gradients(above: _Above, words: int, nets: int) -> Tensor:
    """The gradients (nets, 32 * words) float32 of the inputs of the first layer."""
    own = torch.empty((nets, words * _WORD), dtype=torch.float32, device=above.rows.device)
    gradient.inputs[(triton.cdiv(nets, _SUMS // 4),)](
        *above.arguments, own, nets, words,
        READERS_FAN_IN=above.fan_in, TILE=_SUMS // 4, LANES=_chunk(words) * _WORD, num_warps=1,
    )  # fmt: skip
    return own
