import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gatewright.train.kernels import reference
from gatewright.train.layers import GumbelGates
from gatewright.train.method import Method, Mode, adapted


def test_what_each_method_computes_in_training():
    noisy_and_soft = {method.value: (method.mode.noisy, method.mode.soft) for method in Method}
    assert noisy_and_soft == {
        "gumbel": (True, False),
        "gumbel-soft": (True, True),
        "softmax": (False, True),
        "hard": (False, False),
    }


@pytest.mark.parametrize(("fan_in", "entries"), [(2, 16), (3, 8), (4, 16)])
def test_the_backward_temperature_falls_with_confidence(fan_in, entries):
    even, sure = torch.zeros(5, entries), torch.full((5, entries), -50.0)
    sure[:, 3] = 50.0
    assert adapted(2.0, fan_in, even) == pytest.approx(6.0)
    assert adapted(2.0, fan_in, sure) == pytest.approx(1.0)
    # Two gates in five have decided.
    assert adapted(1.0, fan_in, torch.cat([even[:3], sure[:2]])) == pytest.approx(3 - 0.4 * 2.5)


def test_the_confidence_is_that_of_the_likeliest_function_and_wires_count_alike():
    logits = torch.zeros(1, 16)
    logits[0, 9] = math.log(5)
    # 5 of 20, against 1 of 16 by chance.
    share = (5 / 20 - 1 / 16) / (15 / 16)
    assert adapted(1.0, 2, logits) == pytest.approx(3 - 2.5 * share)
    assert adapted(1.0, 2, logits, torch.zeros(1, 2, 8)) == pytest.approx(3 - 2.5 * share / 3)


@given(st.sampled_from(list(Method)), st.sampled_from(list(Mode)), st.integers(2, 6), st.sampled_from([1, 3]))
def test_in_training_a_layer_follows_its_method_unless_a_mode_is_set(method, mode, fan_in, k):
    layer = GumbelGates(7, 9, fan_in=fan_in, candidates=k, method=method.value, noise_scale=0.5)
    x = torch.randint(2, (5, 7)).float()

    def out(chosen, training):
        layer.mode, layer.generator = chosen, torch.Generator().manual_seed(1)
        return layer.train(training)(x)

    assert torch.equal(out(None, True), out(method.mode, False))
    assert torch.equal(out(None, False), out(Mode.DISCRETE, True))
    bits = out(mode, True).detach()
    assert bool(((bits == 0) | (bits == 1)).all()) or mode.soft


@given(st.integers(0, 2**31), st.sampled_from(list(Method)), st.integers(2, 6), st.sampled_from([1, 4]))
def test_a_layer_without_noise_has_the_gradients_of_the_reference(seed, method, fan_in, k):
    generator = torch.Generator().manual_seed(seed)
    layer = GumbelGates(
        9, 21, fan_in=fan_in, candidates=k, method=method, tau=0.7, noise_scale=0.0, init_scale=1.0, generator=generator
    )
    x = torch.randint(2, (17, 9), generator=generator).float().requires_grad_()
    g = torch.randn(17, 21, generator=generator)
    mine = torch.autograd.grad(layer(x), [x, *layer.choices], g)
    tau = adapted(0.7, fan_in, *layer.choices) if method is Method.HARD else 0.7
    zeros = [torch.zeros_like(choice) for choice in layer.choices]
    wiring = (layer.wiring_logits, zeros[-1]) if k > 1 else (None, None)
    out = reference.gates(x, layer.candidates, layer.logits, zeros[0], tau, *wiring, hard=not method.mode.soft)
    theirs = torch.autograd.grad(out, [x, *layer.choices], g)
    sums = max(g.abs().sum(dim=0).max(), *(tensor.abs().max() for tensor in theirs))
    for a, b in zip(mine, theirs, strict=True):
        assert (a - b).abs().max() <= 2e-6 * sums


def test_the_temperature_of_hard_choices_is_adapted_for_gradients_alone():
    assert GumbelGates(4, 5, method=Method.SOFTMAX).temperature(Mode.DISCRETE) == 1.0
    layer = GumbelGates(4, 5, method=Method.HARD, init_scale=0.0)
    assert layer.temperature(Mode.DISCRETE) == pytest.approx(3.0)
    assert layer.temperature(Mode.MIXTURE) == 1.0
    with torch.no_grad():
        assert layer.temperature(Mode.DISCRETE) == 1.0
