import copy

import pytest
import torch

from gatewright.errors import GatewrightError
from gatewright.train.optimiser import Adam


@pytest.mark.parametrize(("decay", "peer"), [(0.0, torch.optim.Adam), (0.1, torch.optim.AdamW)], ids=["Adam", "AdamW"])
def test_it_is_the_optimiser_of_pytorch(decay, peer):
    generator = torch.Generator().manual_seed(0)
    start = [torch.randn(shape, generator=generator) for shape in ((7, 16), (5000,), (3, 2, 8))]
    mine, theirs = ([tensor.clone().requires_grad_() for tensor in start] for _ in range(2))
    optimisers = Adam(mine, 0.02, weight_decay=decay), peer(theirs, 0.02, weight_decay=decay)
    for _ in range(50):
        gradients = [torch.randn(tensor.shape, generator=generator) for tensor in start]
        for parameters, optimiser in zip((mine, theirs), optimisers, strict=True):
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient.clone()
            optimiser.step()
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def test_its_state_goes_on_where_it_was():
    parameter = torch.ones(4).requires_grad_()
    first = Adam([parameter], 0.1)
    parameter.grad = torch.tensor([1.0, 2.0, 3.0, 4.0])
    first.step()
    other = parameter.detach().clone().requires_grad_()
    second = Adam([other], 0.1)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for p, optimiser in ((parameter, first), (other, second)):
        p.grad = torch.full((4,), 0.5)
        optimiser.step()
    assert torch.equal(parameter, other)


def test_a_parameter_without_a_gradient_stays_and_a_closure_is_called():
    parameter = torch.ones(2).requires_grad_()
    assert Adam([parameter]).step(lambda: 3.5) == 3.5
    assert parameter.tolist() == [1.0, 1.0]


def test_other_tensors_are_refused():
    with pytest.raises(GatewrightError, match=r"use torch\.optim\.Adam"):
        Adam([torch.zeros(3, dtype=torch.float64, requires_grad=True)])
