import pytest
import torch

from gatewright.train.kernels.gpu.adam import adam
from tests.train.kernels.gpu import DEVICE


@pytest.mark.parametrize(("decay", "peer"), [(0.0, torch.optim.Adam), (0.1, torch.optim.AdamW)], ids=["Adam", "AdamW"])
@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.9)])
def test_it_is_the_update_of_pytorch(decay, peer, in_memory, betas):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(1500, generator=generator).to(DEVICE)
    theirs = values.clone().requires_grad_()
    optimiser = peer([theirs], 0.02, betas=betas, weight_decay=decay)
    mean, square, step = torch.zeros_like(values), torch.zeros_like(values), torch.zeros((), device=DEVICE)
    rate = torch.tensor(0.02, device=DEVICE) if in_memory else 0.02
    for _ in range(20):
        theirs.grad = torch.randn(1500, generator=generator).to(DEVICE)
        step += 1
        adam(values, theirs.grad, mean, square, step, rate, *betas, 1e-8, decay)
        optimiser.step()
        torch.testing.assert_close(values, theirs.detach(), rtol=1e-5, atol=1e-6)
