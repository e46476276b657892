import numpy as np
import pytest
import torch

from gatewright.train.kernels.cpu import choice

EULER = 0.5772156649


def drawn(kind, count=1 << 18, scale=1.0, low=3, high=4):
    out = np.empty(count, dtype=np.float32)
    kind(np.zeros(count, dtype=np.float32), low, high, scale, out)
    return out


def test_gumbel_noise_has_the_distribution_of_gumbel():
    g = drawn(choice.gumbel)
    assert abs(g.mean() - EULER) < 0.01
    assert abs(g.std() - np.pi / 6**0.5) < 0.01
    quantiles = np.quantile(g, [0.01, 0.25, 0.5, 0.75, 0.99])
    assert np.allclose(quantiles, -np.log(-np.log([0.01, 0.25, 0.5, 0.75, 0.99])), atol=0.05)


def test_logistic_noise_has_the_distribution_of_a_difference_of_gumbels():
    noise = drawn(choice.logistic)
    assert abs(noise.mean()) < 0.015
    assert abs(noise.std() - np.pi / 3**0.5) < 0.015


@pytest.mark.parametrize("kind", [choice.gumbel, choice.logistic])
def test_noise_is_scaled_and_added(kind):
    logits = np.linspace(-5, 5, 3000).astype(np.float32)
    one, half = np.empty_like(logits), np.empty_like(logits)
    kind(logits, 1, 2, 1.0, one)
    kind(logits, 1, 2, 0.5, half)
    assert np.allclose(half - logits, (one - logits) / 2, atol=1e-5)
    assert np.isfinite(one).all()


def test_argmax_takes_the_first_of_equal_ones():
    values = np.random.default_rng(0).integers(0, 4, (500, 16)).astype(np.float32)
    chosen = np.empty(500, dtype=np.int64)
    choice.argmax(values, chosen)
    assert np.array_equal(chosen, values.argmax(axis=1))
    assert ((values == values.max(axis=1, keepdims=True)).sum(axis=1) > 1).any()


@pytest.mark.parametrize("tau", [0.05, 1.0, 3.0])
def test_the_gradient_of_a_choice_is_that_of_the_softmax(tau):
    rng = np.random.default_rng(1)
    perturbed, towards = (rng.normal(size=(200, 16)).astype(np.float32) * 4 for _ in range(2))
    actual = np.empty_like(perturbed)
    choice.softmax_gradient(perturbed, towards, tau, actual)
    logits = torch.tensor(perturbed, dtype=torch.float64, requires_grad=True)
    (torch.softmax(logits / tau, dim=1) * torch.tensor(towards)).sum().backward()
    expected = logits.grad.numpy()
    assert np.abs(actual - expected).max() <= 2e-6 * np.abs(expected).max()


@pytest.mark.parametrize("tau", [0.05, 1.0, 3.0])
def test_the_gradient_of_an_entry_is_that_of_the_sigmoid(tau):
    rng = np.random.default_rng(2)
    perturbed, towards = (rng.normal(size=3000).astype(np.float32) * 4 for _ in range(2))
    actual = np.empty_like(perturbed)
    choice.sigmoid_gradient(perturbed, towards, tau, actual)
    logits = torch.tensor(perturbed, dtype=torch.float64, requires_grad=True)
    (torch.sigmoid(logits / tau) * torch.tensor(towards)).sum().backward()
    expected = logits.grad.numpy()
    assert np.abs(actual - expected).max() <= 2e-6 * np.abs(expected).max()
