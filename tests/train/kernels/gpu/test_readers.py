import torch

from gatewright.train.kernels.gpu.readers import fixed, readers
from tests.train.kernels.gpu import DEVICE


def test_readers_are_the_wiring_from_below_in_rising_order():
    operands = torch.randint(9, (50, 3), generator=torch.Generator().manual_seed(4), dtype=torch.int32)
    operands[operands == 5] = 6
    found = readers(operands.to(DEVICE), 11)
    assert found.start.dtype == found.edges.dtype == torch.int32
    for net in range(11):
        expected = [3 * gate + s for gate in range(50) for s in range(3) if operands[gate, s] == net]
        assert found.edges[found.start[net] : found.start[net + 1]].tolist() == expected


def test_fixed_wiring_is_turned_around_once_and_again_when_it_changes():
    candidates = torch.tensor([[[0], [1]], [[1], [2]]]).to(DEVICE)
    operands, turned = fixed(candidates, 3)
    assert operands.tolist() == [[0, 1], [1, 2]]
    assert fixed(candidates, 3)[1] is turned
    candidates[0, 0, 0] = 2
    operands, turned = fixed(candidates, 4)
    assert operands.tolist() == [[2, 1], [1, 2]]
    assert turned.start.tolist() == [0, 0, 2, 4, 4]
