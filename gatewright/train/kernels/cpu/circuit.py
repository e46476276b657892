"""A layer of truth tables over packed bits: 64 samples in a word.

Nets are rows and samples are bits: sample ``n`` is bit ``n % 64`` of word ``n // 64``. Bits beyond the batch are
whatever the gates make of zeros; nothing counts them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

_ONES = np.uint64(2**64 - 1)


@njit(parallel=True, cache=True)
def pack(x: Any, words: Any) -> None:
    """Pack samples (batch, nets), true where above a half, into ``words`` (nets, batch / 64) uint64."""
    batch, nets = x.shape
    for net in prange(nets):
        for word in range(words.shape[1]):
            value = np.uint64(0)
            for n in range(word * 64, min(batch, word * 64 + 64)):
                if x[n, net] > 0.5:
                    value |= np.uint64(1) << np.uint64(n - word * 64)
            words[net, word] = value


@njit(cache=True, inline="always")
def lookup(table: Any, operands: Any, gate: int, x: Any, word: int, fixed: int, value: Any, leaf: Any) -> Any:
    """One word of a gate's output.

    Args:
        table: the truth table, uint64; the first operand is the most significant of the pattern.
        operands: (gates, fan_in) nets.
        gate: which gate.
        x: (nets, words) uint64.
        word: which word.
        fixed: index of an operand that is ``value`` instead of its net; -1 for none.
        value: all ones or all zeros.
        leaf: (64,) uint64 to work in.
    """
    fan_in = operands.shape[1]
    size = 1 << fan_in
    for i in range(size):
        leaf[i] = np.uint64(0) - (table >> np.uint64(i) & np.uint64(1))
    for column in range(fan_in):
        operand = fan_in - 1 - column
        select = value if operand == fixed else x[operands[gate, operand], word]
        size >>= 1
        for i in range(size):
            leaf[i] = leaf[2 * i] ^ ((leaf[2 * i] ^ leaf[2 * i + 1]) & select)
    return leaf[0]


@njit(parallel=True, cache=True)
def evaluate(tables: Any, operands: Any, x: Any, y: Any) -> None:
    """The outputs of a layer.

    Args:
        tables: (gates,) uint64.
        operands: (gates, fan_in) int64, rows of ``x``.
        x: (nets, words) uint64.
        y: (gates, words) uint64, the result.
    """
    gates, fan_in = operands.shape
    for gate in prange(gates):
        table = tables[gate]
        if fan_in == 2:
            t0, t1 = np.uint64(0) - (table & np.uint64(1)), np.uint64(0) - (table >> np.uint64(1) & np.uint64(1))
            t2, t3 = (
                np.uint64(0) - (table >> np.uint64(2) & np.uint64(1)),
                np.uint64(0) - (table >> np.uint64(3) & np.uint64(1)),
            )
            for word in range(x.shape[1]):
                a, b = x[operands[gate, 0], word], x[operands[gate, 1], word]
                low, high = t0 ^ ((t0 ^ t1) & b), t2 ^ ((t2 ^ t3) & b)
                y[gate, word] = low ^ ((low ^ high) & a)
        else:
            leaf = np.empty(64, dtype=np.uint64)
            for word in range(x.shape[1]):
                y[gate, word] = lookup(table, operands, gate, x, word, -1, np.uint64(0), leaf)


@njit(parallel=True, cache=True)
def count(y: Any, counts: Any) -> None:
    """GroupSum of equal, consecutive groups: ones of ``y`` (gates, words) into ``counts`` (batch, classes) float32."""
    batch, classes = counts.shape
    size = len(y) // classes
    for index in prange(classes):
        lanes = np.zeros(y.shape[1] * 64, dtype=np.int32)
        for gate in range(index * size, (index + 1) * size):
            for word in range(y.shape[1]):
                value = y[gate, word]
                for n in range(64):
                    lanes[word * 64 + n] += np.int32(value >> np.uint64(n) & np.uint64(1))
        for n in range(batch):
            counts[n, index] = lanes[n]


@njit(cache=True)
def readers(operands: Any, nets: int, start: Any, edges: Any) -> None:
    """The transposed wiring: which operands read each net.

    Args:
        operands: (gates, fan_in) int64.
        nets: number of nets.
        start: (nets + 1,) int64, the result: net ``i`` has ``edges[start[i] : start[i + 1]]``.
        edges: (gates * fan_in,) int64, the result: ``8 * gate + operand``.
    """
    gates, fan_in = operands.shape
    start[:] = 0
    for gate in range(gates):
        for operand in range(fan_in):
            start[operands[gate, operand] + 1] += 1
    for i in range(nets):
        start[i + 1] += start[i]
    free = start[:nets].copy()
    for gate in range(gates):
        for operand in range(fan_in):
            net = operands[gate, operand]
            edges[free[net]] = 8 * gate + operand
            free[net] += 1
