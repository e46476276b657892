"""The kernels against the reference and, for drawn noise, against noise that is written out once more."""

import pytest
import torch
from hypothesis import given, settings

from gatewright.train.kernels.gpu import stack
from gatewright.train.kernels.gpu.stack import Layer, Stack
from tests.train.kernels.gpu import DEVICE, noise
from tests.train.kernels.test_stack import by_reference, eighths, networks


@pytest.fixture(autouse=True)
def large_programs(monkeypatch):
    """The interpreter takes as long for a large program as for a small one."""
    if DEVICE.type == "cpu":
        monkeypatch.setattr(stack, "_SUMS", 4096)
        monkeypatch.setattr(stack, "_CANDIDATES", 4096)


def on_device(tensors):
    return None if tensors is None else [tensor.to(DEVICE) for tensor in tensors]


def step(x, layers, classes, seed, given, parameters, gradient):
    """Outputs and gradients, on the host."""
    x = x.to(DEVICE)
    x = x.requires_grad_() if x.is_floating_point() else x
    parameters = [parameter.detach().to(DEVICE).requires_grad_() for parameter in parameters]
    layers = [Layer(torch.as_tensor(each.candidates).to(DEVICE), each.tau, each.noise_scale) for each in layers]
    out = Stack.apply(x, layers, classes, seed, on_device(given), *parameters)
    wanted = [x, *parameters] if x.is_floating_point() else parameters
    return out.detach().cpu(), [each.cpu() for each in torch.autograd.grad(out, wanted, gradient.to(DEVICE))]


@given(networks([False]))
@settings(deadline=None, max_examples=25)
def test_outputs_and_gradients_are_those_of_the_reference(network):
    layers, classes, parameters, given_noise, x, gradient = network
    expected, gradients = by_reference(*network)
    actual, mine = step(x, layers, classes, 0, given_noise, parameters, gradient)
    assert torch.equal(actual.double(), expected.round())
    # Differences of sums are as exact as the sums, whatever is left of them.
    sums = max(gradient.abs().sum(dim=0).max(), *(tensor.abs().max() for tensor in gradients))
    for ours, theirs in zip(mine, gradients, strict=True):
        assert (ours - theirs).abs().max() <= 1e-5 * max(theirs.abs().max(), 0.1 * sums)


def network(shape, *, batch=40, inputs=30, scale=1.0):
    """Layers of (gates, fan_in, k), their parameters, samples, and a gradient for two classes."""
    generator = torch.Generator().manual_seed(1)
    layers, parameters = [], []
    below = inputs
    for gates, fan_in, k in shape:
        layers.append(Layer(torch.randint(below, (gates, fan_in, k), generator=generator), 0.8, scale))
        parameters.append(torch.randn(gates, 16 if fan_in == 2 else 2**fan_in, generator=generator))
        if k > 1:
            parameters.append(torch.randn(gates, fan_in, k, generator=generator))
        below = gates
    x = torch.randint(2, (batch, inputs), generator=generator).float()
    return x, layers, parameters, eighths(generator, batch, 2)


MIXED = [(24, 2, 3), (20, 4, 1), (12, 2, 1)]


def test_the_backward_pass_sees_the_noise_of_the_forward_pass():
    x, layers, parameters, gradient = network(MIXED, scale=0.7)
    seed = 2**41 + 11
    kinds = [noise.gumbel, noise.gumbel, noise.logistic, noise.gumbel]
    given = [0.7 * kind(p.shape, seed, i) for i, (kind, p) in enumerate(zip(kinds, parameters, strict=True))]
    drawn = step(x, layers, 2, seed, None, parameters, gradient)
    written = step(x, layers, 2, 0, given, parameters, gradient)
    assert torch.equal(drawn[0], written[0])
    for a, b in zip(drawn[1], written[1], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_the_seed_decides_the_noise_and_may_lie_in_memory():
    x, layers, parameters, _ = network(MIXED)

    def once(seed):
        return step(x, layers, None, seed, None, parameters, torch.ones(40, 12))[0]

    assert torch.equal(once(5), once(5))
    assert torch.equal(once(5), once(torch.tensor(5, device=DEVICE)))
    assert not torch.equal(once(5), once(6))
    assert not torch.equal(once(5), once(5 + 2**40))


def test_without_noise_the_seed_is_not_looked_at():
    x, layers, parameters, gradient = network(MIXED, scale=0.0)
    first, second = (step(x, layers, 2, seed, None, parameters, gradient) for seed in (1, 2))
    assert torch.equal(first[0], second[0])
    assert all(torch.equal(a, b) for a, b in zip(first[1], second[1], strict=True))


def test_the_size_of_a_program_changes_nothing(monkeypatch):
    x, layers, parameters, gradient = network(MIXED)
    results = []
    for sums, candidates in ((16, 64), (64, 16)):
        monkeypatch.setattr(stack, "_SUMS", sums)
        monkeypatch.setattr(stack, "_CANDIDATES", candidates)
        results.append(step(x, layers, 2, 3, None, parameters, gradient))
    assert torch.equal(results[0][0], results[1][0])
    for a, b in zip(results[0][1], results[1][1], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float64])
def test_bits_are_numbers_of_any_kind(dtype):
    x, layers, parameters, gradient = network(MIXED)
    expected = step(x, layers, 2, 3, None, parameters, gradient)
    actual = step(x.to(dtype), layers, 2, 3, None, parameters, gradient)
    assert torch.equal(actual[0], expected[0])
    assert torch.equal(actual[1][-1], expected[1][-1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_under_autocast_the_rows_have_its_precision(dtype):
    x, layers, parameters, gradient = network(MIXED)
    gradient = gradient + 1 / 3
    exact = step(x, layers, 2, 3, None, parameters, gradient)
    with torch.autocast(DEVICE.type, dtype):
        rough = step(x, layers, 2, 3, None, parameters, gradient)
    assert torch.equal(rough[0], exact[0])
    for a, b in zip(rough[1], exact[1], strict=True):
        assert a.dtype == torch.float32
        assert 0 < (a - b).abs().max() < 0.02 * gradient.abs().sum(dim=0).max()
