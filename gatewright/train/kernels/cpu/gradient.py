"""The backward pass: for each gate a sum for each pattern of its operands, and nothing for each function.

It takes 64 samples at a time through all layers, so that the rows of two layers stay in the caches: ``rows`` holds
for each net the gradient of the loss by that net, for the 64 samples of one word, as float32, or as bfloat16 (uint16),
which takes half the way to memory. The row of a net is gathered from the gates that read it, in float32; every row has
one writer, so no result depends on the number of threads. While a row is in the registers, not yet rounded, everything
that the gate which drives the net wants from it is made as well:

- ``sums`` (gates, 2**fan_in) float32: for each operand pattern, the row's sum over the samples where it occurs;
- ``wiring`` (gates, fan_in, candidates) float32: for each candidate, the sum of the operand's gradient where it is 1;
- ``slopes`` (gates * fan_in, 2) uint64: the samples where the output rises with an operand, and where it falls.

Indices in the loops over readers are unsigned, so that none of them is looked at for being negative.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .lanes import WIDTH, add_totals_4, add_totals_8, add_where, load, store, subtract_where, zeros
from .maths import SUMS, prefetch

_BLOCK = 32
_WIDTH = np.uint64(WIDTH)
_AHEAD = np.uint64(8)
"""Rows are asked for this many readers before they are used."""
_LINE = np.uint64(64)
"""Bytes of a cache line."""
_SLOPES = np.uint64(16)
"""Bytes of the two words of an operand."""
_ONES = np.uint64(2**64 - 1)
_0, _1 = np.uint64(0), np.uint64(1)
AT_ONCE = 8
"""Masks whose sums are made together."""


@njit(cache=True, inline="always")
def _patterns(operands: Any, gate: int, x: Any, masks: Any) -> None:
    """For each operand pattern, the samples where it occurs; the first operand is the most significant."""
    masks[0] = _ONES
    size = 1
    for operand in range(operands.shape[1]):
        bits = x[operands[gate, operand]]
        for i in range(size - 1, -1, -1):
            masks[2 * i + 1] = masks[i] & bits
            masks[2 * i] = masks[i] & ~bits
        size *= 2


@njit(cache=True, inline="always")
def _slopes_of_two(table: Any, a: Any, b: Any, slopes: Any, at: Any) -> None:
    t00, t01 = _0 - (table & _1), _0 - (table >> _1 & _1)
    t10, t11 = _0 - (table >> np.uint64(2) & _1), _0 - (table >> np.uint64(3) & _1)
    low, high = t00 ^ ((t00 ^ t01) & b), t10 ^ ((t10 ^ t11) & b)
    slopes[at, 0], slopes[at, 1] = high & ~low, low & ~high
    low, high = t00 ^ ((t00 ^ t10) & a), t01 ^ ((t01 ^ t11) & a)
    slopes[at + _1, 0], slopes[at + _1, 1] = high & ~low, low & ~high


@njit(cache=True, inline="always")
def _slopes(table: Any, operands: Any, gate: int, x: Any, slopes: Any, leaf: Any, low: Any, high: Any) -> None:
    """From the last operand to the first: its two halves of the table, each folded by the operands before it."""
    fan_in = operands.shape[1]
    size = 1 << fan_in
    for i in range(size):
        leaf[i] = _0 - (table >> np.uint64(i) & _1)
    for column in range(fan_in):
        operand = fan_in - 1 - column
        half = size >> 1
        for i in range(half):
            low[i], high[i] = leaf[2 * i], leaf[2 * i + 1]
        for before in range(operand - 1, -1, -1):
            bits = x[operands[gate, before]]
            half >>= 1
            for i in range(half):
                low[i] = low[2 * i] ^ ((low[2 * i] ^ low[2 * i + 1]) & bits)
                high[i] = high[2 * i] ^ ((high[2 * i] ^ high[2 * i + 1]) & bits)
        at = gate * fan_in + operand
        slopes[at, 0], slopes[at, 1] = high[0] & ~low[0], low[0] & ~high[0]
        bits = x[operands[gate, operand]]
        size >>= 1
        for i in range(size):
            leaf[i] = leaf[2 * i] ^ ((leaf[2 * i] ^ leaf[2 * i + 1]) & bits)


@njit(fastmath=SUMS, cache=True, inline="always")
def _settle(
    row: Any,
    gate: int,
    tables: Any,
    operands: Any,
    candidates: Any,
    x: Any,
    sums: Any,
    wiring: Any,
    slopes: Any,
    work: Any,
) -> None:
    """What one gate wants from the gradient of its output."""
    fan_in, k = operands.shape[1], candidates.shape[2]
    masks = work[0]
    if fan_in == 2:
        place = np.uint64(gate)
        a, b = x[np.uint64(operands[place, 0])], x[np.uint64(operands[place, 1])]
        masks[0], masks[1], masks[2], masks[3] = ~(a | b), b & ~a, a & ~b, a & b
        add_totals_4(row, masks, 0, sums, 4 * gate)
        _slopes_of_two(tables[place], a, b, slopes, np.uint64(2 * gate))
    else:
        _patterns(operands, gate, x, masks)
        for i in range(0, 1 << fan_in, AT_ONCE):
            add_totals_8(row, masks, i, sums, (gate << fan_in) + i)
        _slopes(tables[gate], operands, gate, x, slopes, work[1], work[2], work[3])
    if k == 1:
        return
    padded = wiring.shape[2]
    for operand in range(fan_in):
        at = gate * fan_in + operand
        plus, minus = slopes[at, 0], slopes[at, 1]
        if plus | minus:
            part = subtract_where(add_where(zeros(), row, plus), row, minus)
            for start in range(0, padded, AT_ONCE):
                for i in range(AT_ONCE):
                    masks[i] = x[candidates[gate, operand, start + i]] if start + i < k else _0
                add_totals_8(part, masks, 0, wiring, at * padded + start)


@njit(parallel=True, fastmath=SUMS, cache=True)
def start(
    rows: Any,
    row_of: Any,
    tables: Any,
    operands: Any,
    candidates: Any,
    x: Any,
    sums: Any,
    wiring: Any,
    slopes: Any,
) -> None:
    """At the last layer, from the gradients of its outputs.

    Args:
        rows: (rows, 64) float32.
        row_of: (gates,) int32: the row of each gate; those of a class share one.
        tables: (gates,) uint64.
        operands: (gates, fan_in) int32, the nets that were chosen.
        candidates: (gates, fan_in, k) int32, the nets that could have been.
        x: (nets,) uint64, one word of each net.
        sums: added to.
        wiring: added to; the candidates padded to a multiple of 8, and of no use for a single one.
        slopes: the result.
    """
    gates = len(operands)
    for block in prange((gates + _BLOCK - 1) // _BLOCK):
        work = np.empty((4, 64), dtype=np.uint64)
        for gate in range(block * _BLOCK, min(gates, (block + 1) * _BLOCK)):
            row = load(rows, row_of[gate] * WIDTH)
            _settle(row, gate, tables, operands, candidates, x, sums, wiring, slopes, work)


@njit(parallel=True, fastmath=SUMS, cache=True)
def gather(
    rows: Any,
    row_of: Any,
    slopes: Any,
    first: Any,
    slots: Any,
    result: Any,
    tables: Any,
    operands: Any,
    candidates: Any,
    x: Any,
    sums: Any,
    wiring: Any,
    slopes_below: Any,
) -> None:
    """From the gates of a layer to the nets that they read, and to the gates that drive those.

    Args:
        rows: (rows, 64) float32 or uint16, gradients of the layer's outputs.
        row_of: (gates,) int32, the row of each gate.
        slopes: (gates * fan_in, 2) uint64, of the layer.
        first: (nets + 1,) int32: ``slots[first[i] : first[i + 1]]`` read net ``i``.
        slots: (gates * fan_in, 2) int32: index into ``slopes``, and gate.
        result: (nets, 64) float32 or uint16: the rows of the nets; empty if nobody reads them.
        tables: of the layer below, as in `start`; of no gates if the nets are inputs.
        operands: likewise.
        candidates: likewise.
        x: likewise.
        sums: likewise.
        wiring: likewise.
        slopes_below: likewise.
    """
    nets = len(first) - 1
    last, lines = np.uint64(first[nets]), np.uint64(rows.itemsize)  # 64 numbers are as many lines as one has bytes.
    for block in prange((nets + _BLOCK - 1) // _BLOCK):
        work = np.empty((4, 64), dtype=np.uint64)
        for net in range(block * _BLOCK, min(nets, (block + 1) * _BLOCK)):
            row = zeros()
            for at in range(np.uint64(first[net]), np.uint64(first[net + 1])):
                ahead = at + _AHEAD
                if ahead < last:
                    prefetch(slopes, np.uint64(slots[ahead, 0]) * _SLOPES)
                    coming = np.uint64(row_of[np.uint64(slots[ahead, 1])]) * lines * _LINE
                    for line in range(lines):
                        prefetch(rows, coming + line * _LINE)
                slot = np.uint64(slots[at, 0])
                plus, minus = slopes[slot, 0], slopes[slot, 1]
                if plus | minus:
                    value = load(rows, np.uint64(row_of[np.uint64(slots[at, 1])]) * _WIDTH)
                    row = subtract_where(add_where(row, value, plus), value, minus)
            if len(result):
                store(result, net * WIDTH, row)
            if len(tables):
                _settle(row, net, tables, operands, candidates, x, sums, wiring, slopes_below, work)
