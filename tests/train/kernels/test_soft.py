"""The soft kernels against the reference: the same noise, the same outputs, the same gradients."""

import numba
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.train.kernels import soft
from gatewright.train.kernels.soft import Soft
from gatewright.train.kernels.stack import Layer
from tests.train.kernels.test_stack import by_reference


@st.composite
def networks(draw):
    """Layers, parameters, noise and samples; operands and candidates repeat, and batches do not fill blocks."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31 - 1)))
    inputs, classes = draw(st.integers(1, 70)), draw(st.integers(2, 4))
    batch = draw(st.sampled_from([1, 2, 31, 32, 33, 65, 131]))
    tau, below = draw(st.sampled_from([0.3, 1.0, 2.0])), inputs
    noisy = draw(st.booleans())
    layers, parameters = [], []
    for _ in range(draw(st.integers(1, 3))):
        gates = classes * draw(st.sampled_from([1, 3, 22]))
        fan_in, k = draw(st.sampled_from([2, 2, 3, 4, 5, 6])), draw(st.sampled_from([1, 1, 2, 8]))
        candidates = torch.randint(below, (gates, fan_in, k), generator=generator)
        layers.append(Layer(candidates.int().numpy(), tau, 0.0))
        parameters.append(2 * torch.randn(gates, 16 if fan_in == 2 else 2**fan_in, generator=generator))
        if k > 1:
            parameters.append(torch.randn(gates, fan_in, k, generator=generator))
        below = gates
    noise = [noisy * torch.randn(*parameter.shape, generator=generator) for parameter in parameters]
    x = torch.rand(batch, inputs, generator=generator)
    if draw(st.booleans()):
        x = x.round()
    counted = draw(st.booleans())
    gradient = torch.randn(batch, classes if counted else below, generator=generator)
    return layers, classes if counted else None, parameters, noise, x, gradient


@given(networks())
@settings(deadline=None, max_examples=60)
def test_outputs_and_gradients_are_those_of_the_reference(network):
    layers, classes, parameters, noise, x, gradient = network
    expected, gradients = by_reference(*network, hard=False)
    x = x.requires_grad_()
    parameters = [parameter.requires_grad_() for parameter in parameters]
    actual = Soft.apply(x, layers, classes, 0, noise, *parameters)
    assert (actual - expected).abs().max() <= 1e-5 * max(1.0, expected.abs().max())
    # Differences of sums are as exact as the sums, whatever is left of them.
    sums = max(gradient.abs().sum(dim=0).max(), *(tensor.abs().max() for tensor in gradients))
    for mine, theirs in zip(torch.autograd.grad(actual, [x, *parameters], gradient), gradients, strict=True):
        assert (mine - theirs).abs().max() <= 1e-5 * max(theirs.abs().max(), 0.1 * sums)


def layer(gates, inputs, fan_in=2, k=1, scale=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    candidates = torch.randint(inputs, (gates, fan_in, k), generator=generator).int().numpy()
    logits = torch.randn(gates, 16 if fan_in == 2 else 2**fan_in, generator=generator)
    wires = [torch.randn(gates, fan_in, k, generator=generator)] if k > 1 else []
    return Layer(candidates, 1.0, scale), [logits, *wires]


def test_the_seed_decides_the_noise_and_layers_differ():
    first, (logits,) = layer(300, 300)
    x = torch.rand(70, 300)

    def once(seed):
        return Soft.apply(x, [first, first], None, seed, None, logits, logits)

    assert torch.equal(once(5), once(5))
    assert not torch.equal(once(5), once(6))
    assert not torch.equal(once(5), once(5 + 2**40))
    alone = Soft.apply(x, [first], None, 5, None, logits)
    assert not torch.equal(once(5), Soft.apply(alone, [first], None, 5, None, logits))


@pytest.mark.parametrize("fan_in", [2, 3])
def test_without_noise_it_is_the_mixture_and_with_noise_it_averages_near_it(fan_in):
    loud, parameters = layer(40, 20, fan_in, k=3)
    quiet = Layer(loud.candidates, 1.0, 0.0)
    x = torch.rand(30, 20)
    assert torch.equal(
        Soft.apply(x, [quiet], None, 1, None, *parameters), Soft.apply(x, [quiet], None, 2, None, *parameters)
    )
    # At a high temperature, noise and logits alike are near their first order, and the noise of wires cancels.
    warm = Layer(loud.candidates, 100.0, 1.0)
    mean = torch.stack([Soft.apply(x, [warm], None, seed, None, *parameters) for seed in range(200)]).mean(0)
    cold = Soft.apply(x, [Layer(loud.candidates, 100.0, 0.0)], None, 0, None, *parameters)
    assert (mean - cold).abs().max() < 2e-3
    single = Soft.apply(x, [warm], None, 0, None, *parameters)
    assert (single - cold).abs().max() > 2e-3


@pytest.mark.parametrize(("fan_in", "k"), [(2, 1), (2, 4), (4, 1), (4, 3)])
def test_threads_change_nothing(monkeypatch, fan_in, k):
    monkeypatch.setattr(soft, "_WORK_OF_A_THREAD", 1)
    layers, parameters = zip(*(layer(500, 500, fan_in, k, seed=seed) for seed in (1, 2)), strict=True)
    parameters = [tensor.requires_grad_() for row in parameters for tensor in row]
    x = torch.rand(128, 500)
    results = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        out = Soft.apply(x, layers, 10, 7, None, *parameters)
        results.append((out, *torch.autograd.grad(out.square().sum(), parameters)))
        assert numba.get_num_threads() == threads
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


@pytest.mark.parametrize(("tau", "scale"), [(0.05, 1.0), (3.0, 1.0), (3.0, 1e-28)])
def test_deep_networks_have_no_denormal_numbers(tau, scale):
    layers, parameters = zip(*(layer(60, 60, 2 + depth % 3, seed=depth) for depth in range(12)), strict=True)
    layers = [Layer(one.candidates, tau, 1.0) for one in layers]
    parameters = [(4 * tensor).requires_grad_() for row in parameters for tensor in row]
    x = torch.rand(64, 60).requires_grad_()
    out = Soft.apply(x, layers, None, 3, None, *parameters)
    towards = torch.autograd.grad(out, x, torch.full_like(out, scale))[0]
    smallest = torch.finfo(torch.float32).tiny
    for tensor in (out.detach(), towards):
        assert bool(((tensor == 0) | (tensor.abs() >= smallest)).all())
    assert bool(towards.any()) == (scale == 1.0)
