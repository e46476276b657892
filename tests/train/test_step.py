import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gatewright.errors import GatewrightError
from gatewright.train.distributed import ALONE, World
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.step import check_parts, gradients


def network(fan_in, candidates, seed):
    generator = torch.Generator().manual_seed(seed)
    first = GumbelGates(7, 9, fan_in=fan_in, candidates=candidates, generator=generator)
    return nn.Sequential(first, GumbelGates(9, 6, generator=generator), GroupSum(3, 2.0)), generator


@settings(max_examples=20)
@given(st.integers(2, 4), st.sampled_from([1, 3]), st.integers(1, 40), st.booleans(), st.data())
def test_parts_add_up_to_the_gradient_of_the_batch(fan_in, candidates, batch, soft, data):
    parts = data.draw(st.integers(1, batch))
    seed = data.draw(st.integers(0, 1000))
    draw = torch.Generator().manual_seed(seed)
    bits = torch.randint(0, 2, (batch, 7), generator=draw, dtype=torch.uint8)
    labels = torch.randint(0, 3, (batch,), generator=draw)
    targets = torch.rand((batch, 3), generator=draw).softmax(dim=1) if soft else labels
    found, losses, states = [], [], []
    for count in (1, parts):
        model, generator = network(fan_in, candidates, seed)
        losses.append(sum(gradients(model, bits, targets, count, generator, ALONE)))
        found.append([parameter.grad for parameter in model.parameters()])
        states.append(generator.get_state())
    for whole, summed in zip(*found, strict=True):
        torch.testing.assert_close(whole, summed, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(*losses)
    # However many parts there are, the next step begins at the same place of the generator.
    assert torch.equal(*states)


def test_a_batch_that_cannot_be_shared_is_one_sentence():
    check_parts(4, 4, World(1, 2))
    with pytest.raises(GatewrightError, match=r"has 3 samples, but is cut into 4 parts.*start at most 3 processes"):
        check_parts(4, 3, World(0, 4))
    with pytest.raises(GatewrightError, match="into 3 parts, which 2 processes cannot share"):
        check_parts(3, 8, World(0, 2))
