"""The sums against loops over samples; the stack is compared with the reference as a whole in `test_stack`."""

import numpy as np
import pytest

from gatewright.train.kernels.cpu import circuit, gradient
from tests.train.kernels.cpu.test_circuit import packed

NETS, GATES = 9, 13


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


class Case:
    """64 samples, operands with duplicates, tables, and gradients in rows that gates share."""

    def __init__(self, fan_in, k=5, seed=0):
        rng = np.random.default_rng(seed)
        self.x = rng.integers(0, 2, (64, NETS)).astype(np.uint8)
        self.operands = rng.integers(0, NETS, (GATES, fan_in)).astype(np.int32)
        self.candidates = rng.integers(0, NETS, (GATES, fan_in, k)).astype(np.int32)
        size = 2**2**fan_in
        self.tables = np.array([int.from_bytes(rng.bytes(8), "little") % size for _ in range(GATES)], dtype=np.uint64)
        self.row_of = np.arange(GATES, dtype=np.int32) // 2
        self.rows = rng.normal(size=(GATES // 2 + 1, 64)).astype(np.float32)
        self.sums = np.zeros((GATES, 2**fan_in), dtype=np.float32)
        self.wiring = np.zeros((GATES, fan_in, 0 if k == 1 else -(-k // 8) * 8), dtype=np.float32)
        self.slopes = np.zeros((GATES * fan_in, 2), dtype=np.uint64)

    @property
    def gates(self):
        x = packed(self.x)[0]
        return self.tables, self.operands, self.candidates, x, self.sums, self.wiring, self.slopes

    def gather(self, result, below):
        first, slots = np.empty(NETS + 1, dtype=np.int32), np.empty((self.operands.size, 2), dtype=np.int32)
        circuit.readers(self.operands, NETS, first, slots)
        gradient.gather(self.rows, self.row_of, self.slopes, first, slots, result, *below)

    def check(self, row_of_gate):
        """Sums and slopes, by loops, from the gradient of each gate's output."""
        fan_in = self.operands.shape[1]
        for gate, row in enumerate(self.operands):
            g = row_of_gate(gate)
            expected = np.zeros(2**fan_in)
            for n, bits in enumerate(self.x):
                expected[pattern(bits, row)] += g[n]
            assert np.allclose(self.sums[gate], expected, atol=1e-4)
            for index in range(fan_in):
                changes = np.array([slope(self.tables[gate], bits, row, index) for bits in self.x])
                for sign, word in zip((1, -1), self.slopes[gate * fan_in + index], strict=True):
                    assert int(word) == sum(1 << n for n, change in enumerate(changes) if change == sign)
                if self.wiring.size:
                    nets = self.candidates[gate, index]
                    assert np.allclose(
                        self.wiring[gate, index, : len(nets)], (g * changes) @ self.x[:, nets], atol=1e-4
                    )


@pytest.mark.parametrize("fan_in", range(2, 7))
@pytest.mark.parametrize("k", [1, 5, 16])
def test_sums_and_slopes_of_the_last_layer(fan_in, k):
    case = Case(fan_in, k)
    gradient.start(case.rows, case.row_of, *case.gates)
    case.check(lambda gate: case.rows[case.row_of[gate]])
    once = case.sums.copy()
    gradient.start(case.rows, case.row_of, *case.gates)
    assert np.allclose(case.sums, 2 * once, atol=1e-4)


@pytest.mark.parametrize("fan_in", range(2, 7))
def test_the_gradient_of_a_net_is_gathered_from_its_readers_and_summed_for_its_gate(fan_in):
    case, below = Case(fan_in), Case(8 - fan_in, seed=1)
    gradient.start(case.rows, case.row_of, *case.gates)
    result = np.full((NETS, 64), np.nan, dtype=np.float32)
    case.gather(result, [array[:NETS] if len(array) == GATES else array for array in below.gates[:3]] + [
        below.gates[3], below.sums, below.wiring, below.slopes
    ])  # fmt: skip
    expected = np.zeros((NETS, 64))
    for gate, row in enumerate(case.operands):
        for index, net in enumerate(row):
            for n, bits in enumerate(case.x):
                expected[net, n] += case.rows[case.row_of[gate], n] * slope(case.tables[gate], bits, row, index)
    assert np.allclose(result, expected, atol=1e-5)
    below.operands = below.operands[:NETS]
    below.check(lambda gate: result[gate])
