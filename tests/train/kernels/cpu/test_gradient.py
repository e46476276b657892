"""The sums against loops over samples; the stack is compared with the reference as a whole in `test_stack`."""

import numpy as np
import pytest

from gatewright.train.kernels.cpu import circuit, gradient
from tests.train.kernels.cpu.test_circuit import packed


def case(fan_in, batch=70, nets=9, gates=13, seed=0):
    """Samples, operands with duplicates, tables, gradients, and rows that gates share."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, (batch, nets)).astype(np.uint8)
    operands = rng.integers(0, nets, (gates, fan_in))
    tables = np.array([int.from_bytes(rng.bytes(8), "little") % 2**2**fan_in for _ in range(gates)], dtype=np.uint64)
    row_of = np.arange(gates) // 2
    g = np.zeros((gates // 2 + 1, 64 * -(-batch // 64)), dtype=np.float32)
    g[:, :batch] = rng.normal(size=(len(g), batch))
    return x, operands, tables, g, row_of


def pattern(bits, operands):
    value = 0
    for operand in operands:
        value = 2 * value + int(bits[operand])
    return value


def slope(table, bits, operands, index):
    """How the output changes with one operand, all others as they are."""
    weight = 1 << len(operands) - 1 - index
    p = pattern(bits, operands)
    return (int(table) >> (p | weight) & 1) - (int(table) >> (p & ~weight) & 1)


@pytest.mark.parametrize("fan_in", range(2, 7))
def test_the_gradient_of_a_net_is_gathered_from_its_readers(fan_in):
    x, operands, tables, g, row_of = case(fan_in)
    start, edges = np.empty(10, dtype=np.int64), np.empty(operands.size, dtype=np.int64)
    circuit.readers(operands, 9, start, edges)
    g_in = np.full((9, g.shape[1]), np.nan, dtype=np.float32)
    none = np.empty((0, 2), dtype=np.int64)
    towards = np.empty((0, 16), dtype=np.float32)
    gradient.gather(tables, operands, packed(x), g, row_of, start, edges, g_in, none, packed(x), towards)
    expected = np.zeros((9, len(x)))
    for gate, row in enumerate(operands):
        for index, net in enumerate(row):
            for n, bits in enumerate(x):
                expected[net, n] += g[row_of[gate], n] * slope(tables[gate], bits, row, index)
    assert np.allclose(g_in[:, : len(x)], expected, atol=1e-5)
    assert not g_in[:, len(x) :].any()


def test_the_sums_of_functions():
    x, operands, _, g, row_of = case(2)
    towards = np.empty((len(operands), 16), dtype=np.float32)
    gradient.function_sums(operands, packed(x), g, row_of, towards)
    for gate, row in enumerate(operands):
        for table in range(16):
            total = sum(g[row_of[gate], n] * (table >> pattern(bits, row) & 1) for n, bits in enumerate(x))
            assert abs(towards[gate, table] - total) < 1e-4


@pytest.mark.parametrize("fan_in", range(3, 7))
def test_the_sums_of_entries(fan_in):
    x, operands, _, g, row_of = case(fan_in)
    towards = np.empty((len(operands), 2**fan_in), dtype=np.float32)
    gradient.entry_sums(operands, packed(x), g, row_of, towards)
    for gate, row in enumerate(operands):
        expected = np.zeros(2**fan_in)
        for n, bits in enumerate(x):
            expected[pattern(bits, row)] += g[row_of[gate], n]
        assert np.allclose(towards[gate], expected, atol=1e-4)


@pytest.mark.parametrize("fan_in", [2, 4])
def test_the_sums_of_candidates(fan_in):
    x, operands, tables, g, row_of = case(fan_in)
    candidates = np.random.default_rng(1).integers(0, 9, (*operands.shape, 5))
    towards = np.empty(candidates.shape, dtype=np.float32)
    gradient.wiring_sums(tables, operands, candidates, packed(x), g, row_of, towards)
    for gate, row in enumerate(operands):
        for index in range(fan_in):
            own = [g[row_of[gate], n] * slope(tables[gate], bits, row, index) for n, bits in enumerate(x)]
            expected = [sum(d * bits[net] for d, bits in zip(own, x, strict=True)) for net in candidates[gate, index]]
            assert np.allclose(towards[gate, index], expected, atol=1e-4)
