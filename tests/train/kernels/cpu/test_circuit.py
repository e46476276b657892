import numpy as np
import pytest

from gatewright.train.kernels.cpu import circuit


def packed(x):
    words = np.empty((-(-len(x) // 64), x.shape[1]), dtype=np.uint64)
    circuit.pack(x, words)
    return words


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("batch", [1, 64, 70])
def test_sample_n_is_bit_n(batch, dtype):
    x = np.random.default_rng(batch).integers(0, 2, (batch, 5)).astype(dtype)
    words = packed(x)
    for net in range(5):
        value = sum(int(word) << 64 * i for i, word in enumerate(words[:, net]))
        assert value == sum(int(bit) << n for n, bit in enumerate(x[:, net]))


@pytest.mark.parametrize("fan_in", range(2, 7))
def test_a_gate_looks_its_pattern_up(fan_in):
    rng = np.random.default_rng(fan_in)
    x = rng.integers(0, 2, (200, 8)).astype(np.uint8)
    operands = rng.integers(0, 8, (40, fan_in)).astype(np.int32)
    tables = rng.integers(0, 2**63, 40, dtype=np.uint64) >> np.uint64(max(0, 63 - 2**fan_in))
    y = np.empty((4, 40), dtype=np.uint64)
    circuit.evaluate(tables, operands, packed(x), y)
    weights = 2 ** np.arange(fan_in - 1, -1, -1)
    patterns = (x[:, operands] * weights).sum(axis=2)
    expected = np.array([[int(table) >> int(p) & 1 for p in patterns[:, j]] for j, table in enumerate(tables)])
    actual = np.unpackbits(np.ascontiguousarray(y.T).view(np.uint8), axis=1, count=200, bitorder="little")
    assert np.array_equal(actual, expected)


def test_groups_are_equal_and_consecutive():
    x = np.random.default_rng(3).integers(0, 2, (130, 30)).astype(np.uint8)
    counts = np.empty((130, 3), dtype=np.float32)
    circuit.count(packed(x), counts)
    assert np.array_equal(counts, x.reshape(130, 3, 10).sum(axis=2))


def test_readers_are_the_wiring_from_below():
    operands = np.random.default_rng(4).integers(0, 9, (50, 3)).astype(np.int32)
    first, slots = np.empty(10, dtype=np.int32), np.empty((150, 2), dtype=np.int32)
    circuit.readers(operands, 9, first, slots)
    for net in range(9):
        expected = [[3 * g + s, g] for g in range(50) for s in range(3) if operands[g, s] == net]
        assert slots[first[net] : first[net + 1]].tolist() == expected
