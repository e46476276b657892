import torch

from gatewright.train.kernels.gpu.replay import Replay
from tests.train.kernels.gpu import DEVICE


def test_every_call_is_one_step():
    total = torch.zeros(3, device=DEVICE)

    def step(x, y):
        total.add_(x * y)
        return total.sum()

    replay = Replay(step)
    for n in range(1, 8):
        result = replay(torch.full((3,), float(n), device=DEVICE), torch.full((3,), 2.0, device=DEVICE))
        assert float(result) == 3 * n * (n + 1)
    assert total.tolist() == [56.0] * 3
