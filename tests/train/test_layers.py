import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train.kernels import reference
from gatewright.train.kernels.exact import ExactGates
from gatewright.train.layers import GroupSum, GumbelGates, Mode, balanced_wiring

SEEDS = st.integers(0, 2**31 - 1)


def case(seed, inputs, gates, batch):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(2, (batch, inputs), generator=generator).double().requires_grad_()
    wiring = torch.randint(inputs, (gates, 2), generator=generator)
    logits = torch.randn(gates, 16, generator=generator, dtype=torch.float64).requires_grad_()
    noise = torch.empty(gates, 16, dtype=torch.float64).exponential_(generator=generator).log().neg()
    gradient = torch.randn(batch, gates, generator=generator, dtype=torch.float64)
    return x, wiring, logits, noise, gradient


@given(SEEDS, st.integers(1, 9), st.integers(1, 70), st.integers(1, 33), st.sampled_from([0.1, 1.0, 3.0]))
@settings(deadline=None, max_examples=60)
def test_the_exact_kernel_has_the_gradients_of_the_reference(seed, inputs, gates, batch, tau):
    x, wiring, logits, noise, gradient = case(seed, inputs, gates, batch)
    results = []
    for kernel in (reference.gates, ExactGates.apply):
        output = kernel(x, wiring, logits, noise, tau)
        results.append((output, *torch.autograd.grad(output, (x, logits), gradient)))
    for name, expected, actual in zip(("output", "to x", "to logits"), *results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-9, msg=lambda m, n=name: f"{n}: {m}")


def test_the_table_index_is_2a_plus_b():
    layer = GumbelGates(2, 16)
    with torch.no_grad():
        layer.wiring.copy_(torch.tensor([[0, 1]]).expand(16, 2))
        layer.logits.copy_(10 * torch.eye(16))
    layer.eval()
    for a in (0, 1):
        for b in (0, 1):
            out = layer(torch.tensor([[a, b]])).int().ravel().tolist()
            assert out == [table >> (2 * a + b) & 1 for table in range(16)]


def test_samples_follow_the_softmax_of_the_logits():
    layer = GumbelGates(2, 1, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        layer.logits.zero_()
        layer.logits[0, 1] = math.log(5)
        layer.wiring.copy_(torch.tensor([[0, 1]]))
    zeros = torch.zeros(1, 2)
    # On pattern 0 the odd tables answer 1: weight 5 + 7 of 20.
    share = np.mean([float(layer(zeros).detach()) for _ in range(4000)])
    assert abs(share - 12 / 20) < 0.03


def test_one_draw_is_shared_by_the_batch_and_the_seed_decides():
    layers = [GumbelGates(4, 50, generator=torch.Generator().manual_seed(7)) for _ in range(2)]
    x = torch.ones(8, 4)
    first, second = (layer(x) for layer in layers)
    assert torch.equal(first, second)
    assert torch.equal(first, first[:1].expand(8, -1))
    assert not torch.equal(layers[0](x), first)


def test_the_mixture_is_what_the_samples_average_to():
    layer = GumbelGates(3, 6, init_scale=1.0, generator=torch.Generator().manual_seed(1))
    x = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    layer.mode = Mode.MIXTURE
    mixture = layer(x)
    layer.mode = Mode.SAMPLE
    mean = torch.stack([layer(x) for _ in range(3000)]).mean(0)
    assert (mixture - mean).abs().max() < 0.05


@given(SEEDS, st.integers(1, 30), st.integers(1, 60))
@settings(deadline=None)
def test_wiring_uses_every_input_equally_often(seed, inputs, gates):
    wiring = balanced_wiring(inputs, gates, torch.Generator().manual_seed(seed))
    counts = torch.bincount(wiring.ravel(), minlength=inputs)
    assert wiring.shape == (gates, 2)
    if inputs > 1:
        assert (wiring[:, 0] != wiring[:, 1]).all()
    if inputs > 4 and gates > 4:
        assert counts.max() - counts.min() <= 3


def test_learns_in_a_users_own_sequential():
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Sequential(
        GumbelGates(2, 40, generator=generator), GumbelGates(40, 40, generator=generator), GroupSum(2, tau=2.0)
    )
    x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).repeat(16, 1)
    y = x[:, 0] ^ x[:, 1]
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(150):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    model.eval()
    assert (model(x).argmax(1) == y).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GumbelGates(0, 3), "at least 1"),
        (lambda: GumbelGates(3, 3, tau=0), "tau must be positive"),
        (lambda: GumbelGates(3, 3)(torch.zeros(2, 4)), r"reads \(batch, 3\)"),
        (lambda: GroupSum(1), "at least 2 classes"),
        (lambda: GroupSum(3)(torch.zeros(2, 4)), "into 3 equal groups"),
    ],
)
def test_a_wrong_size_is_one_sentence(make, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        make()
