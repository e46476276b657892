"""A layer of truth tables over packed bits: 32 samples in a word.

Nets are rows and samples are bits: sample ``n`` is bit ``n % 32`` of word ``n // 32``, an int32. Bits beyond the batch
are whatever the gates make of zeros; nothing counts them.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def pack(x, bits, batch, nets, words, TILE: tl.constexpr):
    """Pack samples (batch, nets), true where above a half, into ``bits`` (nets, words) int32."""
    net = tl.program_id(0) * TILE + tl.arange(0, TILE)
    word = tl.program_id(1)
    lane = tl.arange(0, 32)
    n = word * 32 + lane
    mask = (n < batch)[:, None] & (net < nets)[None, :]
    value = tl.load(x + n[:, None].to(tl.int64) * nets + net[None, :], mask=mask, other=0)
    packed = tl.sum((value > 0.5).to(tl.int32) << lane[:, None], axis=0)
    tl.store(bits + net * words + word, packed, mask=net < nets)


@triton.jit
def lookup(table, selects, FAN_IN: tl.constexpr, FIXED: tl.constexpr, VALUE: tl.constexpr):
    """Words of gates' outputs, by a tree of multiplexers.

    Args:
        table: (gates, 1) int64, truth tables; the first operand is the most significant of the pattern.
        selects: a tile (gates, words) int32 for each operand.
        FAN_IN: number of operands.
        FIXED: index of an operand that is ``VALUE`` instead of its tile; -1 for none.
        VALUE: 0 or 1.
    """
    leaves = ()
    for i in tl.static_range(1 << FAN_IN):
        leaves += (-(table >> i & 1).to(tl.int32),)
    for column in tl.static_range(FAN_IN):
        halved = ()
        for i in tl.static_range(1 << (FAN_IN - 1 - column)):
            if FAN_IN - 1 - column == FIXED:
                halved += (leaves[2 * i + VALUE],)
            else:
                low = leaves[2 * i]
                halved += (low ^ ((low ^ leaves[2 * i + 1]) & selects[FAN_IN - 1 - column]),)
        leaves = halved
    return leaves[0]


@triton.jit
def read(operands, x, gate, inside, word, words, FAN_IN: tl.constexpr):
    """What gates read: for each operand a tile (gates, words)."""
    tiles = ()
    for s in tl.static_range(FAN_IN):
        net = tl.load(operands + gate * FAN_IN + s, mask=inside, other=0)
        tiles += (tl.load(x + net[:, None] * words + word[None, :], mask=inside[:, None], other=0),)
    return tiles


@triton.jit
def evaluate(tables, operands, x, y, gates, words, FAN_IN: tl.constexpr, TILE: tl.constexpr, CHUNK: tl.constexpr):
    """The outputs of a layer.

    Args:
        tables: (gates,) int64.
        operands: (gates, FAN_IN) int32, rows of ``x``.
        x: (nets, words) int32.
        y: (gates, words) int32, the result.
        gates: of the layer.
        words: of a net, a multiple of CHUNK.
        FAN_IN: operands of a gate.
        TILE: gates of a program.
        CHUNK: words at a time.
    """
    gate = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = gate < gates
    table = tl.load(tables + gate, mask=inside, other=0)[:, None]
    for first in range(0, words, CHUNK):
        word = first + tl.arange(0, CHUNK)
        tiles = read(operands, x, gate, inside, word, words, FAN_IN)
        out = lookup(table, tiles, FAN_IN, -1, 0)
        tl.store(y + gate[:, None] * words + word[None, :], out, mask=inside[:, None])


@triton.jit
def slopes(
    tables,
    operands,
    x,
    rise_fall,
    used,
    gates,
    words,
    FAN_IN: tl.constexpr,
    TILE: tl.constexpr,
    CHUNK: tl.constexpr,
):
    """Where the outputs of gates rise and where they fall with each operand.

    Args:
        tables: (gates,) int64.
        operands: (gates, FAN_IN) int32.
        x: (nets, words) int32.
        rise_fall: (gates, FAN_IN, 2, words) int32, a result.
        used: (gates, FAN_IN) int8, the other: whether there is any such sample.
        gates: of the layer.
        words: of a net, a multiple of CHUNK.
        FAN_IN: operands of a gate.
        TILE: gates of a program.
        CHUNK: words at a time.
    """
    gate = tl.program_id(0) * TILE + tl.arange(0, TILE)
    inside = gate < gates
    table = tl.load(tables + gate, mask=inside, other=0)[:, None]
    for s in tl.static_range(FAN_IN):
        edge = gate * FAN_IN + s
        any_bit = tl.zeros((TILE,), tl.int32)
        for first in range(0, words, CHUNK):
            word = first + tl.arange(0, CHUNK)
            tiles = read(operands, x, gate, inside, word, words, FAN_IN)
            low, high = lookup(table, tiles, FAN_IN, s, 0), lookup(table, tiles, FAN_IN, s, 1)
            at = rise_fall + edge[:, None].to(tl.int64) * (2 * words) + word[None, :]
            tl.store(at, high & ~low, mask=inside[:, None])
            tl.store(at + words, low & ~high, mask=inside[:, None])
            any_bit |= tl.max((high != low).to(tl.int32), axis=1)
        tl.store(used + edge, any_bit.to(tl.int8), mask=inside)


@triton.jit
def count(y, counts, size, words, samples, SHARE: tl.constexpr):
    """Partial sums of equal, consecutive groups: a share of a class, one word of samples.

    Args:
        y: (classes * size, words) int32.
        counts: (shares, classes, samples) int32, the result.
        size: gates of a class.
        words: of a net.
        samples: 32 * words.
        SHARE: gates of a program.
    """
    index, share, word = tl.program_id(0), tl.program_id(1), tl.program_id(2)
    gate = share * SHARE + tl.arange(0, SHARE)
    lane = tl.arange(0, 32)
    value = tl.load(y + (index * size + gate) * words + word, mask=gate < size, other=0)
    ones = tl.sum(value[:, None] >> lane[None, :] & 1, axis=0)
    at = (share * tl.num_programs(0) + index) * samples + word * 32
    tl.store(counts + at + lane, ones)
