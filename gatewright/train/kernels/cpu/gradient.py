"""The backward pass of a layer: sums of the output gradient over operand patterns, and nothing per function.

``g`` holds one row a net: the gradient of the loss by that net for each sample. The row of a net is gathered from
the gates that read it, so every row has one writer and the result does not depend on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .circuit import lookup
from .maths import SUMS, prefetch

_BLOCK = 32
_AHEAD = 4
"""Rows are asked for this many readers before they are used."""
_ONES = np.uint64(2**64 - 1)
_LOW = np.uint64(2**32 - 1)
_32 = np.uint64(32)
_BIT = np.array([1 << n for n in range(32)], dtype=np.uint32)


@njit(fastmath=SUMS, cache=True, inline="always")
def _add(into: Any, to: int, base: int, g: Any, at: int, plus: Any, minus: Any) -> None:
    """Add 32 samples of row ``at`` of ``g`` where ``plus`` is set to row ``to``; take them away where ``minus`` is."""
    for n in range(32):
        value = g[at, base + n]
        rise = value if plus & _BIT[n] else np.float32(0.0)
        fall = value if minus & _BIT[n] else np.float32(0.0)
        into[to, base + n] += rise - fall


@njit(fastmath=SUMS, cache=True, inline="always")
def _add_word(into: Any, to: int, word: int, g: Any, at: int, plus: Any, minus: Any) -> None:
    """As `_add`, for 64 samples."""
    _add(into, to, 64 * word, g, at, np.uint32(plus & _LOW), np.uint32(minus & _LOW))
    _add(into, to, 64 * word + 32, g, at, np.uint32(plus >> _32), np.uint32(minus >> _32))


@njit(fastmath=SUMS, cache=True, inline="always")
def _derivative(table: Any, operands: Any, gate: int, operand: int, x: Any, word: int, leaf: Any) -> Any:
    """Where a gate's output rises and where it falls with an operand: two words."""
    if operands.shape[1] == 2:
        other = x[operands[gate, 1 - operand], word]
        zero, one = np.uint64(0), np.uint64(1)
        # The entries for (operand, other) = 00, 01, 10, 11.
        t00, t11 = zero - (table & one), zero - (table >> np.uint64(3))
        t01, t10 = zero - (table >> one & one), zero - (table >> np.uint64(2) & one)
        if operand:
            t01, t10 = t10, t01
        low, high = t00 ^ ((t00 ^ t01) & other), t10 ^ ((t10 ^ t11) & other)
    else:
        low = lookup(table, operands, gate, x, word, operand, np.uint64(0), leaf)
        high = lookup(table, operands, gate, x, word, operand, _ONES, leaf)
    return high & ~low, low & ~high


@njit(fastmath=SUMS, cache=True, inline="always")
def _four_sums(operands: Any, gate: int, x: Any, g: Any, at: int, towards: Any, lanes: Any) -> None:
    """Gradient by the weights of the sixteen functions of one gate, from row ``at`` of ``g``, its output's."""
    first, second = operands[gate, 0], operands[gate, 1]
    lanes[:, :] = np.float32(0.0)
    for word in range(x.shape[1]):
        for half in range(2):
            base, shift = 64 * word + 32 * half, np.uint64(32 * half)
            a = np.uint32(x[first, word] >> shift & _LOW)
            b = np.uint32(x[second, word] >> shift & _LOW)
            for n in range(32):
                value = g[at, base + n]
                lanes[0, n] += value
                lanes[1, n] += value if a & _BIT[n] else np.float32(0.0)
                lanes[2, n] += value if b & _BIT[n] else np.float32(0.0)
                lanes[3, n] += value if a & b & _BIT[n] else np.float32(0.0)
    total = with_a = with_b = both = np.float32(0.0)
    for n in range(32):
        total += lanes[0, n]
        with_a += lanes[1, n]
        with_b += lanes[2, n]
        both += lanes[3, n]
    s0, s1, s2, s3 = total - with_a - with_b + both, with_b - both, with_a - both, both
    for i in range(16):
        d = s0 if i & 1 else np.float32(0.0)
        d += s1 if i & 2 else np.float32(0.0)
        d += s2 if i & 4 else np.float32(0.0)
        d += s3 if i & 8 else np.float32(0.0)
        towards[gate, i] = d


@njit(parallel=True, fastmath=SUMS, cache=True)
def gather(
    tables: Any,
    operands: Any,
    x: Any,
    g_out: Any,
    row_of: Any,
    start: Any,
    edges: Any,
    g_in: Any,
    below: Any,
    x_below: Any,
    towards: Any,
) -> None:
    """Gradient of each net from the gradients of the gates that read it.

    While the row of a net is at hand, the four sums of the gate that drives it are made as well, if its operands are
    given.

    Args:
        tables: (gates,) uint64, of the layer that reads.
        operands: (gates, fan_in) int64.
        x: (nets, words) uint64, the nets.
        g_out: (rows, 64 * words) float32, gradients of the layer's outputs.
        row_of: (gates,) int64, the row of ``g_out`` that belongs to each gate.
        start: as `circuit.readers` makes it.
        edges: likewise.
        g_in: (nets, 64 * words) float32, the result.
        below: (nets, 2) int64, operands of the gates that drive the nets; (0, 2) to leave their sums out.
        x_below: what they read, (nets below, words) uint64.
        towards: (nets, 16) float32, the result of `function_sums` for them.
    """
    nets, words = x.shape
    line, size = 64, 4 * g_out.shape[1]
    for block in prange((nets + _BLOCK - 1) // _BLOCK):
        leaf = np.empty(64, dtype=np.uint64)
        lanes = np.empty((4, 32), dtype=np.float32)
        stop = min(nets, (block + 1) * _BLOCK)
        last = start[stop]
        for net in range(block * _BLOCK, stop):
            for n in range(64 * words):
                g_in[net, n] = np.float32(0.0)
            for at in range(start[net], start[net + 1]):
                if at + _AHEAD < last:
                    coming = row_of[edges[at + _AHEAD] >> 3] * size
                    for offset in range(0, size, line):
                        prefetch(g_out, coming + offset)
                gate, operand = edges[at] >> 3, edges[at] & 7
                for word in range(words):
                    plus, minus = _derivative(tables[gate], operands, gate, operand, x, word, leaf)
                    if plus | minus:
                        _add_word(g_in, net, word, g_out, row_of[gate], plus, minus)
            if len(below):
                _four_sums(below, net, x_below, g_in, net, towards, lanes)


@njit(parallel=True, fastmath=SUMS, cache=True)
def function_sums(operands: Any, x: Any, g: Any, row_of: Any, towards: Any) -> None:
    """Gradient by the weights of the sixteen functions: d_i = sum over patterns c of S_c T[i, c].

    S_c is the sum of the output gradient over the samples with operand pattern c; so four sums, not sixteen products
    a sample.

    Args:
        operands: (gates, 2) int64.
        x: (nets, words) uint64.
        g: (rows, 64 * words) float32, gradients of the outputs.
        row_of: (gates,) int64, the row of ``g`` that belongs to each gate.
        towards: (gates, 16) float32, the result.
    """
    gates = len(operands)
    for block in prange((gates + _BLOCK - 1) // _BLOCK):
        lanes = np.empty((4, 32), dtype=np.float32)
        for gate in range(block * _BLOCK, min(gates, (block + 1) * _BLOCK)):
            _four_sums(operands, gate, x, g, row_of[gate], towards, lanes)


@njit(parallel=True, fastmath=SUMS, cache=True)
def entry_sums(operands: Any, x: Any, g: Any, row_of: Any, towards: Any) -> None:
    """Gradient by the entries of the truth tables: for each pattern, the sum of the output gradient where it occurs.

    Args:
        operands: (gates, fan_in) int64.
        x: (nets, words) uint64.
        g: (rows, 64 * words) float32.
        row_of: (gates,) int64.
        towards: (gates, 2**fan_in) float32, the result.
    """
    gates, fan_in = operands.shape
    words = x.shape[1]
    for gate in prange(gates):
        sums = np.zeros(1 << fan_in, dtype=np.float32)
        pattern = np.empty(64, dtype=np.int64)
        at = row_of[gate]
        for word in range(words):
            pattern[:] = 0
            for operand in range(fan_in):
                value = x[operands[gate, operand], word]
                for n in range(64):
                    pattern[n] = 2 * pattern[n] + np.int64(value >> np.uint64(n) & np.uint64(1))
            for n in range(64):
                sums[pattern[n]] += g[at, 64 * word + n]
        for i in range(1 << fan_in):
            towards[gate, i] = sums[i]


@njit(parallel=True, fastmath=SUMS, cache=True)
def wiring_sums(tables: Any, operands: Any, candidates: Any, x: Any, g: Any, row_of: Any, towards: Any) -> None:
    """Gradient by the weights of the candidates of each operand: a masked sum of the operand's own gradient.

    Args:
        tables: (gates,) uint64.
        operands: (gates, fan_in) int64, the nets that were chosen.
        candidates: (gates, fan_in, k) int64.
        x: (nets, words) uint64.
        g: (rows, 64 * words) float32, gradients of the outputs.
        row_of: (gates,) int64.
        towards: (gates, fan_in, k) float32, the result.
    """
    gates, fan_in = operands.shape
    words, k = x.shape[1], candidates.shape[2]
    for gate in prange(gates):
        leaf = np.empty(64, dtype=np.uint64)
        row = np.empty((1, 64 * words), dtype=np.float32)
        lanes = np.empty(32, dtype=np.float32)
        for operand in range(fan_in):
            row[:, :] = np.float32(0.0)
            any_bit = np.uint64(0)
            for word in range(words):
                plus, minus = _derivative(tables[gate], operands, gate, operand, x, word, leaf)
                any_bit |= plus | minus
                _add_word(row, 0, word, g, row_of[gate], plus, minus)
            for candidate in range(k):
                total = np.float32(0.0)
                if any_bit:
                    net = candidates[gate, operand, candidate]
                    lanes[:] = np.float32(0.0)
                    for word in range(words):
                        for half in range(2):
                            bits = np.uint32(x[net, word] >> np.uint64(32 * half) & _LOW)
                            for n in range(32):
                                lanes[n] += row[0, 64 * word + 32 * half + n] if bits & _BIT[n] else np.float32(0.0)
                    for n in range(32):
                        total += lanes[n]
                towards[gate, operand, candidate] = total
