"""Hard choices among logits with Gumbel noise, and their straight-through gradients.

The noise is never stored: it is a function of the seed and the place, so the backward pass makes it again.
"""

from __future__ import annotations

import triton
import triton.language as tl

from .maths import noise as drawn_noise


@triton.jit
def perturbed(logits, given, seed, stream, scale, place, mask, DRAWN: tl.constexpr, TWO_WAY: tl.constexpr):
    """Logits and noise at the given places; -inf beyond the mask.

    Args:
        logits: pointer to float32.
        given: pointer to noise of the same shape; None for none, or for drawn noise.
        seed: pointer to an int64.
        stream: as `maths.noise` takes it.
        scale: factor on drawn noise.
        place: int32 tile.
        mask: tile.
        DRAWN: draw noise, if none is given.
        TWO_WAY: as `maths.noise` takes it.
    """
    value = tl.load(logits + place, mask=mask, other=float("-inf"))
    if given is not None:
        value += tl.load(given + place, mask=mask, other=0.0)
    elif DRAWN:
        value += scale * drawn_noise(place, tl.load(seed), stream, TWO_WAY)
    return value


@triton.jit
def through_softmax(value, towards, inverse):
    """Gradient of the logits of each choice through ``y = softmax(value / tau)``: y (d - <y, d>) / tau.

    Args:
        value: (rows, m) tile, -inf where a row is shorter.
        towards: (rows, m) tile: d, the gradient by the weights of the choice.
        inverse: 1 / tau.
    """
    at = tl.argmax(value, axis=1, tie_break_left=True)
    here = tl.arange(0, value.shape[1])[None, :] == at[:, None]
    y = tl.exp((value - tl.max(value, axis=1)[:, None]) * inverse)
    y = y / tl.sum(y, axis=1)[:, None]
    # Seen from the best one, nothing cancels where the choice is nearly certain.
    d = towards - tl.sum(tl.where(here, towards, 0.0), axis=1)[:, None]
    return y * (d - tl.sum(y * d, axis=1)[:, None]) * inverse


@triton.jit
def through_sigmoid(value, towards, inverse):
    """Gradient of two-way choices through ``y = sigmoid(value / tau)``: y (1 - y) d / tau; tiles of one shape."""
    e = tl.exp(-tl.abs(value) * inverse)
    return e / ((1.0 + e) * (1.0 + e)) * towards * inverse


@triton.jit(do_not_specialize=["stream"])
def choose_tables(
    logits, noise, seed, stream, scale, tables, gates,
    FAN_IN: tl.constexpr, CHOICES: tl.constexpr, DRAWN: tl.constexpr, TILE: tl.constexpr,
):  # fmt: skip
    """The truth tables of a layer: of the best function, the first of equal ones, or of the entries above 0.

    Args:
        logits: (gates, CHOICES) float32.
        noise: of the same shape, or None.
        seed: int64.
        stream: of this parameter.
        scale: factor on drawn noise.
        tables: (gates,) int64, the result.
        gates: of the layer.
        FAN_IN: operands of a gate.
        CHOICES: 16 functions for fan-in 2, else the entries of a table.
        DRAWN: draw noise, if none is given.
        TILE: gates of a program.
    """
    gate = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = gate < gates
    entry = tl.arange(0, CHOICES)
    place = gate[:, None] * CHOICES + entry[None, :]
    value = perturbed(logits, noise, seed, stream, scale, place, inside[:, None], DRAWN, FAN_IN > 2)
    if FAN_IN == 2:
        table = tl.argmax(value, axis=1, tie_break_left=True).to(tl.int64)
    else:
        table = tl.sum((value > 0).to(tl.int64) << entry[None, :].to(tl.int64), axis=1)
    tl.store(tables + gate, table, mask=inside)


@triton.jit(do_not_specialize=["stream"])
def choose_wires(
    logits, noise, seed, stream, scale, candidates, operands, rows, k,
    DRAWN: tl.constexpr, TILE: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """What each operand reads: the candidate with the highest sum of logit and noise, the first of equal ones.

    Args:
        logits: (rows, k) float32, a row an operand.
        noise: (rows, k) float32, or None.
        seed: int64.
        stream: of this parameter.
        scale: factor on drawn noise.
        candidates: (rows, k) int64.
        operands: (rows,) int32, the result.
        rows: number of operands.
        k: candidates of each.
        DRAWN: draw noise, if none is given.
        TILE: operands of a program.
        WIDE: a power of two, at least ``k``.
    """
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)
    column = tl.arange(0, WIDE)
    place = row[:, None] * k + column[None, :]
    mask = (row < rows)[:, None] & (column < k)[None, :]
    value = perturbed(logits, noise, seed, stream, scale, place, mask, DRAWN, False)
    at = tl.argmax(value, axis=1, tie_break_left=True)
    net = tl.load(candidates + row * k + at, mask=row < rows, other=0)
    tl.store(operands + row, net.to(tl.int32), mask=row < rows)
