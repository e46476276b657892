"""A layer of truth tables over packed bits: 64 samples in a word.

``x[word, net]`` holds the samples ``64 * word`` to ``64 * word + 63`` of a net, the first in the lowest bit. Bits
beyond the batch are whatever the gates make of zeros; nothing counts them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

_BLOCK = 64
_0, _1 = np.uint64(0), np.uint64(1)


@njit(parallel=True, cache=True)
def pack(x: Any, words: Any) -> None:
    """Pack samples (batch, nets), true where above a half, into ``words`` (batch / 64, nets) uint64."""
    batch, nets = x.shape
    for block in prange((nets + _BLOCK - 1) // _BLOCK):
        low, high = block * _BLOCK, min(nets, (block + 1) * _BLOCK)
        for word in range(len(words)):
            for net in range(low, high):
                words[word, net] = _0
            for n in range(word * 64, min(batch, word * 64 + 64)):
                for net in range(low, high):
                    words[word, net] |= np.uint64(x[n, net] > 0.5) << np.uint64(n - word * 64)


@njit(cache=True, inline="always")
def _lookup(table: Any, operands: Any, gate: int, x: Any, word: int, leaf: Any) -> Any:
    """One word of a gate's output; ``leaf`` (64,) uint64 is to work in."""
    fan_in = operands.shape[1]
    size = 1 << fan_in
    for i in range(size):
        leaf[i] = _0 - (table >> np.uint64(i) & _1)
    for column in range(fan_in):
        bits = x[word, operands[gate, fan_in - 1 - column]]
        size >>= 1
        for i in range(size):
            leaf[i] = leaf[2 * i] ^ ((leaf[2 * i] ^ leaf[2 * i + 1]) & bits)
    return leaf[0]


@njit(parallel=True, cache=True)
def evaluate(tables: Any, operands: Any, x: Any, y: Any) -> None:
    """The outputs of a layer.

    Args:
        tables: (gates,) uint64.
        operands: (gates, fan_in) int32, columns of ``x``.
        x: (words, nets) uint64.
        y: (words, gates) uint64, the result.
    """
    gates, fan_in = operands.shape
    for block in prange((gates + _BLOCK - 1) // _BLOCK):
        leaf = np.empty(64, dtype=np.uint64)
        # Gate by gate in the inner loop: the words of one gate lie too far from each other to be written in turn.
        for word in range(len(x)):
            for gate in range(block * _BLOCK, min(gates, (block + 1) * _BLOCK)):
                table = tables[gate]
                if fan_in == 2:
                    t00, t01 = _0 - (table & _1), _0 - (table >> _1 & _1)
                    t10, t11 = _0 - (table >> np.uint64(2) & _1), _0 - (table >> np.uint64(3) & _1)
                    a, b = x[word, operands[gate, 0]], x[word, operands[gate, 1]]
                    low, high = t00 ^ ((t00 ^ t01) & b), t10 ^ ((t10 ^ t11) & b)
                    y[word, gate] = low ^ ((low ^ high) & a)
                else:
                    y[word, gate] = _lookup(table, operands, gate, x, word, leaf)


@njit(parallel=True, cache=True)
def count(y: Any, counts: Any) -> None:
    """GroupSum of equal, consecutive groups: ones of ``y`` (words, gates) into ``counts`` (batch, classes) float32."""
    batch, classes = counts.shape
    size = y.shape[1] // classes
    for index in prange(len(y) * classes):
        word, group = index // classes, index % classes
        lanes = np.zeros(64, dtype=np.int32)
        for gate in range(group * size, (group + 1) * size):
            value = y[word, gate]
            for n in range(64):
                lanes[n] += np.int32(value >> np.uint64(n) & _1)
        for n in range(min(64, batch - 64 * word)):
            counts[64 * word + n, group] = lanes[n]


@njit(cache=True)
def readers(operands: Any, nets: int, first: Any, slots: Any) -> None:
    """The transposed wiring: which operands read each net.

    Args:
        operands: (gates, fan_in) int32.
        nets: number of nets.
        first: (nets + 1,) int32, the result: net ``i`` has ``slots[first[i] : first[i + 1]]``.
        slots: (gates * fan_in, 2) int32, the result: ``fan_in * gate + operand``, and ``gate``.
    """
    gates, fan_in = operands.shape
    first[:] = 0
    for gate in range(gates):
        for operand in range(fan_in):
            first[operands[gate, operand] + 1] += 1
    for i in range(nets):
        first[i + 1] += first[i]
    free = first[:nets].copy()
    for gate in range(gates):
        for operand in range(fan_in):
            net = operands[gate, operand]
            slots[free[net], 0], slots[free[net], 1] = fan_in * gate + operand, gate
            free[net] += 1
