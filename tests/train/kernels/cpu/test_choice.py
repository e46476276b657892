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


@pytest.mark.parametrize("m", [2, 8, 16, 19])
@pytest.mark.parametrize("rows", [1, 64, 500])
def test_the_first_of_equal_ones_is_chosen(rows, m):
    values = np.random.default_rng(0).integers(0, 4, (rows, m)).astype(np.float32)
    perturbed, chosen = np.empty_like(values), np.empty(rows, dtype=np.int32)
    choice.sample(values, 1, 2, 0.0, perturbed, chosen)
    assert np.array_equal(perturbed, values)
    assert np.array_equal(chosen, values.argmax(axis=1))
    if rows > 1:
        assert ((values == values.max(axis=1, keepdims=True)).sum(axis=1) > 1).any()


@pytest.mark.parametrize("m", [3, 16])
def test_a_sample_is_the_highest_of_logits_and_gumbel_noise(m):
    logits = np.random.default_rng(1).normal(size=(300, m)).astype(np.float32)
    perturbed, expected, chosen = np.empty_like(logits), np.empty_like(logits), np.empty(300, dtype=np.int32)
    choice.sample(logits, 3, 4, 0.7, perturbed, chosen)
    choice.gumbel(logits.ravel(), 3, 4, 0.7, expected.reshape(-1))
    assert np.array_equal(perturbed, expected)
    assert np.array_equal(chosen, expected.argmax(axis=1))


@pytest.mark.parametrize("m", [8, 64])
@pytest.mark.parametrize("scale", [0.0, 0.7])
def test_entries_are_ones_where_logits_and_logistic_noise_are_positive(m, scale):
    logits = np.random.default_rng(2).normal(size=(100, m)).round(1).astype(np.float32)
    perturbed, expected, tables = np.empty_like(logits), logits.copy(), np.empty(100, dtype=np.uint64)
    choice.sample_tables(logits, 3, 4, scale, perturbed, tables)
    if scale:
        choice.logistic(logits.ravel(), 3, 4, scale, expected.reshape(-1))
    assert np.array_equal(perturbed, expected)
    assert tables.tolist() == [sum(int(value > 0) << i for i, value in enumerate(row)) for row in expected]


@pytest.mark.parametrize("tau", [0.05, 1.0, 3.0])
def test_the_gradient_of_a_function_is_that_of_the_softmax_over_its_truth_tables(tau):
    rng = np.random.default_rng(3)
    perturbed, sums = (rng.normal(size=(150, m)).astype(np.float32) * 4 for m in (16, 4))
    actual = np.empty_like(perturbed)
    choice.function_gradient(perturbed, sums, tau, actual)
    logits = torch.tensor(perturbed, dtype=torch.float64, requires_grad=True)
    tables = torch.tensor([[i >> c & 1 for c in range(4)] for i in range(16)], dtype=torch.float64)
    (torch.softmax(logits / tau, dim=1) @ tables * torch.tensor(sums)).sum().backward()
    expected = logits.grad.numpy()
    assert np.abs(actual - expected).max() <= 2e-6 * np.abs(expected).max()


@pytest.mark.parametrize("tau", [0.05, 1.0, 3.0])
def test_the_gradient_of_a_choice_is_that_of_the_softmax(tau):
    rng = np.random.default_rng(1)
    perturbed, towards = (rng.normal(size=(200, m)).astype(np.float32) * 4 for m in (19, 24))
    actual = np.empty_like(perturbed)
    choice.softmax_gradient(perturbed, towards, tau, actual)
    logits = torch.tensor(perturbed, dtype=torch.float64, requires_grad=True)
    (torch.softmax(logits / tau, dim=1) * torch.tensor(towards[:, :19])).sum().backward()
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
