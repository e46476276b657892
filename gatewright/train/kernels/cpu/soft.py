"""Layers of interpolated truth tables over real activations, and their gradients.

Nets are rows and samples are columns, (nets, samples) float32, samples a multiple of `LANES`; what lies beyond the
batch has gradient 0. A gate of fan-in 2 is ``c0 + ca a + cb b + cab a b``, a larger one the multilinear interpolation
of its table. Every row of a result has one writer, so that nothing depends on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from .entries import settled
from .lanes import load_16, plus_16, spread_16, times_16, total_16
from .maths import SUMS

LANES = 32
"""Rows are multiples of it."""
_CHUNK = 128
"""Samples of a table that are worked on at a time; their numbers stay in the cache."""
_BLOCK = 32
_LEAST_GRADIENT = np.float32(1e-20)
"""Gradients of nets below this become 0: products of smaller ones are denormal numbers, a hundred times slower."""


@njit(parallel=True, fastmath=SUMS, cache=True)
def mix(candidates: Any, weights: Any, x: Any, values: Any) -> None:
    """What each operand reads: its candidates, weighed.

    Args:
        candidates: (operands, k) int32, rows of ``x``.
        weights: (operands, k) float32.
        x: (nets, samples) float32.
        values: (operands, samples) float32, the result.
    """
    operands, k = candidates.shape
    for operand in prange(operands):
        values[operand, :] = np.float32(0.0)
        for c in range(k):
            net, weight = candidates[operand, c], weights[operand, c]
            for n in range(x.shape[1]):
                values[operand, n] += weight * x[net, n]


@njit(parallel=True, fastmath=SUMS, cache=True)
def mix_sums(candidates: Any, g: Any, x: Any, towards: Any) -> None:
    """Gradient by the weights of `mix`, (operands, k) float32, from that of its values (operands, samples)."""
    operands, k = candidates.shape
    for operand in prange(operands):
        for c in range(k):
            net, total = candidates[operand, c], np.float32(0.0)
            for n in range(x.shape[1]):
                total += g[operand, n] * x[net, n]
            towards[operand, c] = total


@njit(parallel=True, fastmath=SUMS, cache=True)
def evaluate(entries: Any, operands: Any, x: Any, y: Any) -> None:
    """The outputs of a layer.

    Args:
        entries: (gates, 2**fan_in) float32, the tables.
        operands: (gates, fan_in) int32, rows of ``x``; the first is the most significant of the pattern.
        x: (nets, samples) float32.
        y: (gates, samples) float32, the result.
    """
    gates, fan_in = operands.shape
    for block in prange((gates + _BLOCK - 1) // _BLOCK):
        levels = np.empty((64, _CHUNK), dtype=np.float32)
        for gate in range(block * _BLOCK, min(gates, (block + 1) * _BLOCK)):
            if fan_in == 2:
                c0, ca, cb, cab = _coefficients(entries, gate)
                first, second = operands[gate, 0], operands[gate, 1]
                for n in range(x.shape[1]):
                    a, b = x[first, n], x[second, n]
                    y[gate, n] = settled(c0 + ca * a + (cb + cab * a) * b)
            else:
                for base in range(0, x.shape[1], _CHUNK):
                    _interpolate(entries, operands, gate, x, base, levels)
                    to = y[gate, base : base + _CHUNK]
                    for n in range(len(to)):
                        to[n] = settled(levels[1, n])


@njit(parallel=True, fastmath=SUMS, cache=True)
def pair_sums(operands: Any, x: Any, g: Any, row_of: Any, towards: Any) -> None:
    """Gradient by the weights of the sixteen functions: d_i = sum over patterns c of S_c T[i, c].

    S_c is the sum over the samples of the output's gradient times the weight of operand pattern c, and follows from
    the sums of G, G a, G b and G a b. Their order is written out: left to the compiler, it is another one in the
    process that compiles the kernel than in those that load it from the cache.

    Args:
        operands: (gates, 2) int32.
        x: (nets, samples) float32.
        g: (rows, samples) float32, gradients of the outputs.
        row_of: (gates,) int64, the row of ``g`` that belongs to each gate.
        towards: (gates, 16) float32, the result.
    """
    samples = x.shape[1]
    for gate in prange(len(operands)):
        first, second, at = operands[gate, 0] * samples, operands[gate, 1] * samples, row_of[gate] * samples
        sums = sums_a = sums_b = sums_ab = spread_16(np.float32(0.0))
        for n in range(0, samples, 16):
            value, a, b = load_16(g, at + n), load_16(x, first + n), load_16(x, second + n)
            value_a = times_16(value, a)
            sums, sums_a = plus_16(sums, value), plus_16(sums_a, value_a)
            sums_b, sums_ab = plus_16(sums_b, times_16(value, b)), plus_16(sums_ab, times_16(value_a, b))
        total, with_a, with_b, both = total_16(sums), total_16(sums_a), total_16(sums_b), total_16(sums_ab)
        s0, s1, s2, s3 = total - with_a - with_b + both, with_b - both, with_a - both, both
        for i in range(16):
            d = s0 if i & 1 else np.float32(0.0)
            d += s1 if i & 2 else np.float32(0.0)
            d += s2 if i & 4 else np.float32(0.0)
            d += s3 if i & 8 else np.float32(0.0)
            towards[gate, i] = d


@njit(parallel=True, fastmath=SUMS, cache=True)
def pair_gather(entries: Any, operands: Any, x: Any, g: Any, row_of: Any, first: Any, slots: Any, g_in: Any) -> None:
    """Gradient of each net that gates of fan-in 2 read: G (ca + cab b) from each reader whose first operand it is.

    Args:
        entries: (gates, 4) float32.
        operands: (gates, 2) int32.
        x: (nets, samples) float32.
        g: (rows, samples) float32, gradients of the outputs.
        row_of: (gates,) int64.
        first: as `circuit.readers` makes it of ``operands``.
        slots: likewise.
        g_in: (nets, samples) float32, the result.
    """
    nets, samples = g_in.shape
    for block in prange((nets + _BLOCK - 1) // _BLOCK):
        for net in range(block * _BLOCK, min(nets, (block + 1) * _BLOCK)):
            g_in[net, :] = np.float32(0.0)
            for at in range(first[net], first[net + 1]):
                gate, operand = slots[at, 1], slots[at, 0] & 1
                _, ca, cb, cab = _coefficients(entries, gate)
                own, other, row = cb if operand else ca, operands[gate, 1 - operand], row_of[gate]
                for n in range(samples):
                    g_in[net, n] += g[row, n] * (own + cab * x[other, n])
            _settle(g_in, net)


@njit(parallel=True, fastmath=SUMS, cache=True)
def table_gradients(entries: Any, operands: Any, x: Any, g: Any, row_of: Any, towards: Any, rows: Any) -> None:
    """Gradients by the entries of larger tables, and by the operands, in one pass back through the interpolation.

    Args:
        entries: (gates, 2**fan_in) float32.
        operands: (gates, fan_in) int32.
        x: (nets, samples) float32.
        g: (outputs, samples) float32, gradients of the outputs.
        row_of: (gates,) int64, the row of ``g`` that belongs to each gate.
        towards: (gates, 2**fan_in) float32, the result for the entries.
        rows: (gates * fan_in, samples) float32, the result for the operands.
    """
    gates, fan_in = operands.shape
    size = 1 << fan_in
    for block in prange((gates + _BLOCK - 1) // _BLOCK):
        levels = np.empty((64, _CHUNK), dtype=np.float32)
        weights = np.empty((128, _CHUNK), dtype=np.float32)
        sums = np.empty((64, _CHUNK), dtype=np.float32)
        for gate in range(block * _BLOCK, min(gates, (block + 1) * _BLOCK)):
            sums[:size] = np.float32(0.0)
            for base in range(0, x.shape[1], _CHUNK):
                _interpolate(entries, operands, gate, x, base, levels)
                given = g[row_of[gate], base : base + _CHUNK]
                weights[1, : len(given)] = given
                _descend(entries, operands, gate, x, base, levels, weights, rows)
                for i in range(size):
                    total, more = sums[i], weights[size + i]
                    for n in range(len(given)):
                        total[n] += more[n]
            for i in range(size):
                d = np.float32(0.0)
                for n in range(min(x.shape[1], _CHUNK)):
                    d += sums[i, n]
                towards[gate, i] = d


@njit(parallel=True, fastmath=SUMS, cache=True)
def gather(weights: Any, rows: Any, first: Any, slots: Any, g_in: Any) -> None:
    """Gradient of each net from those of the operands that read it, weighed as in `mix`.

    Args:
        weights: (operands, k) float32.
        rows: (operands, samples) float32, gradients of the operands.
        first: as `circuit.readers` makes it of the candidates (operands, k).
        slots: likewise.
        g_in: (nets, samples) float32, the result.
    """
    nets, samples = g_in.shape
    k = weights.shape[1]
    for block in prange((nets + _BLOCK - 1) // _BLOCK):
        for net in range(block * _BLOCK, min(nets, (block + 1) * _BLOCK)):
            g_in[net, :] = np.float32(0.0)
            for at in range(first[net], first[net + 1]):
                operand = slots[at, 1]
                weight = weights[operand, slots[at, 0] - operand * k]
                for n in range(samples):
                    g_in[net, n] += weight * rows[operand, n]
            _settle(g_in, net)


@njit(fastmath=SUMS, cache=True, inline="always")
def _coefficients(entries: Any, gate: int) -> Any:
    """Constant, a, b and a b of a table of two operands."""
    t0, t1, t2, t3 = entries[gate, 0], entries[gate, 1], entries[gate, 2], entries[gate, 3]
    return t0, t2 - t0, t1 - t0, (t3 - t2) - (t1 - t0)


@njit(fastmath=SUMS, cache=True, inline="always")
def _interpolate(entries: Any, operands: Any, gate: int, x: Any, base: int, levels: Any) -> None:
    """The nodes of a gate's interpolation for some samples: ``levels[1]`` the output, node ``i`` of ``2i, 2i + 1``.

    The leaves below the last operand are the entries themselves.
    """
    fan_in = operands.shape[1]
    half = 1 << (fan_in - 1)
    value = x[operands[gate, fan_in - 1], base : base + _CHUNK]
    for i in range(half):
        low, slope, node = entries[gate, 2 * i], entries[gate, 2 * i + 1] - entries[gate, 2 * i], levels[half + i]
        for n in range(len(value)):
            node[n] = low + slope * value[n]
    for operand in range(fan_in - 2, -1, -1):
        value = x[operands[gate, operand], base : base + _CHUNK]
        for i in range(1 << operand, 2 << operand):
            node, zero, one = levels[i], levels[2 * i], levels[2 * i + 1]
            for n in range(len(value)):
                node[n] = zero[n] + (one[n] - zero[n]) * value[n]


@njit(fastmath=SUMS, cache=True, inline="always")
def _settle(g: Any, row: int) -> None:
    """Set what is next to nothing to 0."""
    for n in range(g.shape[1]):
        value = g[row, n]
        g[row, n] = value if abs(value) > _LEAST_GRADIENT else np.float32(0.0)


@njit(fastmath=SUMS, cache=True, inline="always")
def _descend(entries: Any, operands: Any, gate: int, x: Any, base: int, levels: Any, weights: Any, rows: Any) -> None:
    """The way back through `_interpolate`: gradients of the operands into ``rows``, of the entries into ``weights``.

    ``weights`` are numbered as ``levels`` are; ``weights[1]`` comes in as the gradient of the output. Loops are short
    and write to one place each, so that the compiler can tell that they do not depend on their own results.
    """
    fan_in = operands.shape[1]
    for operand in range(fan_in):
        value = x[operands[gate, operand], base : base + _CHUNK]
        row = rows[gate * fan_in + operand, base : base + _CHUNK]
        row[:] = np.float32(0.0)
        for i in range(1 << operand, 2 << operand):
            weight, zero, one = weights[i], weights[2 * i], weights[2 * i + 1]
            for n in range(len(value)):
                one[n] = weight[n] * value[n]
            for n in range(len(value)):
                zero[n] = weight[n] - one[n]
            if operand < fan_in - 1:
                low, high = levels[2 * i], levels[2 * i + 1]
                for n in range(len(value)):
                    row[n] += weight[n] * (high[n] - low[n])
            else:
                leaf = 2 * i - (1 << fan_in)
                slope = entries[gate, leaf + 1] - entries[gate, leaf]
                for n in range(len(value)):
                    row[n] += weight[n] * slope
