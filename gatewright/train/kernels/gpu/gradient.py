"""The backward pass of a layer: sums of the output gradient over operand patterns, and nothing per function.

A row is the gradient of the loss by one net, a number for each sample. The row of a net is gathered from the gates
that read it, so that every row has one writer and is added up in one order; while it is at hand, the sums of the gate
that drives the net are made of it as well.
"""

from __future__ import annotations

import triton
import triton.language as tl

from .choice import perturbed, through_sigmoid, through_softmax


@triton.jit
def _lanes(base, LANES: tl.constexpr):
    """Samples from ``base`` on as (LANES / 4, 4): a thread has four of a word, for which it reads the word once."""
    return base + 4 * tl.arange(0, LANES // 4)[:, None] + tl.arange(0, 4)[None, :]


@triton.jit
def _bits(words_of, at, base, mask, LANES: tl.constexpr):
    """Bits (rows, ., 4), 0 or 1, of the words that begin at ``at`` (rows,)."""
    word = base // 32 + (tl.arange(0, LANES // 4) >> 3)
    read = tl.load(words_of + at[:, None] + word[None, :], mask=mask[:, None], other=0)
    return read[:, :, None] >> (_lanes(0, LANES) & 31)[None, :, :] & 1


@triton.jit
def _row(
    rows,
    per_row,
    start,
    edges,
    rise_fall,
    used,
    net,
    inside,
    base,
    words,
    READERS_FAN_IN: tl.constexpr,
    LANES: tl.constexpr,
):
    """Gradients (nets, ., 4) float32 of nets: gathered from their readers or, without a ``start``, from ``rows``."""
    lane = _lanes(base, LANES)
    if start is None:
        at = (net // per_row).to(tl.int64) * (32 * words)
        here = rows + at[:, None, None] + lane[None, :, :]
        return tl.load(here, mask=inside[:, None, None], other=0.0).to(tl.float32)
    else:  # noqa: RET505 - the compiler takes one side alone
        first = tl.load(start + net, mask=inside, other=0)
        readers = tl.load(start + net + 1, mask=inside, other=0) - first
        total = tl.zeros((net.shape[0], lane.shape[0], 4), tl.float32)
        for r in range(0, tl.max(readers)):
            edge = tl.load(edges + first + r, mask=r < readers, other=0)
            # A row that no sample needs is not read.
            live = (r < readers) & (tl.load(used + edge) != 0)
            at = (edge // READERS_FAN_IN // per_row).to(tl.int64) * (32 * words)
            here = rows + at[:, None, None] + lane[None, :, :]
            value = tl.load(here, mask=live[:, None, None], other=0.0).to(tl.float32)
            slope = edge.to(tl.int64) * (2 * words)
            rise = _bits(rise_fall, slope, base, live, LANES) != 0
            fall = _bits(rise_fall, slope + words, base, live, LANES) != 0
            total += tl.where(rise, value, tl.where(fall, -value, 0.0))
        return total


@triton.jit(do_not_specialize=["stream"])
def gates(
    logits, noise, seed, stream, scale, inverse, operands, x,
    rows, per_row, start, edges, rise_fall, used,
    gradient, own, gates, words,
    FAN_IN: tl.constexpr, CHOICES: tl.constexpr, READERS_FAN_IN: tl.constexpr,
    DRAWN: tl.constexpr, TILE: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """The gradients of a layer's outputs and, by them, of its logits.

    For fan-in 2 the gradient by the weight of function i is the sum over patterns c of S_c T[i, c], where S_c is the
    sum of the output gradient over the samples with operand pattern c; by an entry of a larger table it is S_c. So
    there are 2^k sums, and no product a sample.

    Args:
        logits: (gates, CHOICES) float32.
        noise: of the same shape, or None.
        seed: int64.
        stream: of this parameter.
        scale: factor on drawn noise.
        inverse: 1 / tau.
        operands: (gates, FAN_IN) int32, rows of ``x``.
        x: (nets, words) int32.
        rows: (., 32 * words), gradients of the outputs of the layer that reads this one, zero beyond the batch; for
            the last layer those of its own outputs.
        per_row: gates that share a row.
        start: (gates + 1,) int32: output ``i`` is read at ``edges[start[i] : start[i + 1]]``; None for the last layer.
        edges: int32, ``fan_in * gate + operand`` of the layer that reads.
        rise_fall: as `circuit.slopes` makes it for the layer that reads.
        used: likewise.
        gradient: (gates, CHOICES) float32, the result.
        own: (gates, 32 * words), the gradients of the outputs, a result as well; None if nobody reads them.
        gates: of the layer.
        words: of a net.
        FAN_IN: operands of a gate.
        CHOICES: 16 functions for fan-in 2, else the entries of a table.
        READERS_FAN_IN: operands of a gate of the layer that reads.
        DRAWN: draw noise, if none is given.
        TILE: gates of a program.
        LANES: samples at a time, of which 32 * words is a multiple.
    """
    gate = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = gate < gates
    pattern = tl.arange(0, 1 << FAN_IN)
    sums = tl.zeros((TILE, 1 << FAN_IN), tl.float32)
    for base in range(0, 32 * words, LANES):
        lane = _lanes(base, LANES)
        g = _row(rows, per_row, start, edges, rise_fall, used, gate, inside, base, words, READERS_FAN_IN, LANES)
        if own is not None:
            at = own + gate[:, None, None].to(tl.int64) * (32 * words) + lane[None, :, :]
            tl.store(at, g.to(own.dtype.element_ty), mask=inside[:, None, None])
        here = tl.zeros((TILE, LANES // 4, 4), tl.int32)
        for s in tl.static_range(FAN_IN):
            net = tl.load(operands + gate * FAN_IN + s, mask=inside, other=0)
            here = 2 * here + _bits(x, net * words, base, inside, LANES)
        for c in tl.static_range(1 << FAN_IN):
            one = tl.sum(tl.sum(tl.where(here == c, g, 0.0), axis=2), axis=1)
            sums += tl.where(pattern[None, :] == c, one[:, None], 0.0)
    entry = tl.arange(0, CHOICES)
    place = gate[:, None] * CHOICES + entry[None, :]
    value = perturbed(logits, noise, seed, stream, scale, place, inside[:, None], DRAWN, FAN_IN > 2)
    if FAN_IN == 2:
        value = tl.where(inside[:, None], value, 0.0)
        one = (entry[:, None] >> pattern[None, :] & 1) != 0
        towards = tl.sum(tl.where(one[None, :, :], sums[:, None, :], 0.0), axis=2)
        result = through_softmax(value, towards, inverse)
    else:
        result = through_sigmoid(value, sums, inverse)
    tl.store(gradient + place, result, mask=inside[:, None])


@triton.jit
def inputs(
    rows, per_row, start, edges, rise_fall, used, own, nets, words,
    READERS_FAN_IN: tl.constexpr, TILE: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """The gradients ``own`` (nets, 32 * words) of the nets that no gate drives; arguments as of `gates`."""
    net = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = net < nets
    for base in range(0, 32 * words, LANES):
        lane = _lanes(base, LANES)
        g = _row(rows, per_row, start, edges, rise_fall, used, net, inside, base, words, READERS_FAN_IN, LANES)
        at = own + net[:, None, None].to(tl.int64) * (32 * words) + lane[None, :, :]
        tl.store(at, g, mask=inside[:, None, None])


@triton.jit(do_not_specialize=["stream"])
def wires(
    logits, noise, seed, stream, scale, inverse, candidates, x, rows, per_row, rise_fall, gradient, wires, words, k,
    FAN_IN: tl.constexpr, DRAWN: tl.constexpr, TILE: tl.constexpr, WIDE: tl.constexpr,
):  # fmt: skip
    """The gradients of wiring logits; by the weight of a candidate, a masked sum of the operand's own gradient.

    Args:
        logits: (wires, k) float32, a row for each operand of each gate.
        noise: of the same shape, or None.
        seed: int64.
        stream: of this parameter.
        scale: factor on drawn noise.
        inverse: 1 / tau.
        candidates: (wires, k) int64, rows of ``x``.
        x: (nets, words) int32.
        rows: (., 32 * words), gradients of the outputs, zero beyond the batch.
        per_row: gates that share a row.
        rise_fall: as `circuit.slopes` makes it for this layer.
        gradient: (wires, k) float32, the result.
        wires: number of operands of the layer.
        words: of a net.
        k: candidates of an operand.
        FAN_IN: operands of a gate.
        DRAWN: draw noise, if none is given.
        TILE: operands of a program.
        WIDE: a power of two, at least ``k``.
    """
    wire = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = wire < wires
    column = tl.arange(0, WIDE)
    place = wire[:, None] * k + column[None, :]
    mask = inside[:, None] & (column < k)[None, :]
    net = tl.load(candidates + place, mask=mask, other=0)
    at = (wire // FAN_IN // per_row).to(tl.int64) * (32 * words)
    slope = wire.to(tl.int64) * (2 * words)
    towards = tl.zeros((TILE, WIDE), tl.float32)
    for word in range(0, words):
        lane = tl.arange(0, 32)
        g = tl.load(rows + at[:, None] + 32 * word + lane[None, :], mask=inside[:, None], other=0.0).to(tl.float32)
        rise = tl.load(rise_fall + slope + word, mask=inside, other=0)
        fall = tl.load(rise_fall + slope + words + word, mask=inside, other=0)
        down = tl.where((fall[:, None] >> lane[None, :] & 1) != 0, -g, 0.0)
        d = tl.where((rise[:, None] >> lane[None, :] & 1) != 0, g, down)
        bits = tl.load(x + net * words + word, mask=mask, other=0)
        one = (bits[:, None, :] >> lane[None, :, None] & 1) != 0
        towards += tl.sum(tl.where(one, d[:, :, None], 0.0), axis=1)
    value = perturbed(logits, noise, seed, stream, scale, place, mask, DRAWN, False)
    # A row beyond the last has no finite value: any will do, nothing is stored.
    value = tl.where(inside[:, None], value, 0.0)
    tl.store(gradient + place, through_softmax(value, towards, inverse), mask=mask)
