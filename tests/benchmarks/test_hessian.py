import torch
from claims import hessian
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Mode
from gatewright.train.network import gate_layers, scores


def case(seed, tau):
    generator = torch.Generator().manual_seed(seed)
    first = GumbelGates(5, 6, tau=tau, init_scale=1.0, generator=generator)
    network = nn.Sequential(first, GumbelGates(6, 4, tau=tau, init_scale=1.0, generator=generator), GroupSum(2, 0.5))
    bits = torch.randint(0, 2, (12, 5), generator=generator, dtype=torch.uint8)
    return network, bits, torch.randint(0, 2, (12,), generator=generator)


@settings(max_examples=5)
@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_estimate_is_the_trace_within_its_error(seed, tau):
    network, bits, labels = case(seed, tau)
    logits = [(layer.logits.detach() / tau).double() for layer in gate_layers(network)]

    def loss(*each):
        return hessian.soft_loss(network, list(each), bits, labels)

    blocks = torch.autograd.functional.hessian(loss, tuple(logits))
    exact = sum(blocks[i][i].reshape(z.numel(), z.numel()).trace() for i, z in enumerate(logits))
    estimate, error = hessian.trace(network, bits, labels, 400, seed)
    assert error > 0
    assert abs(estimate - float(exact)) < 6 * error


@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 2.0]))
def test_the_loss_is_that_of_the_mixture(seed, tau):
    network, bits, labels = case(seed, tau)
    logits = [layer.logits.detach() / tau for layer in gate_layers(network)]
    with torch.no_grad():
        expected = nn.functional.cross_entropy(scores(network, bits, Mode.MIXTURE), labels)
    torch.testing.assert_close(hessian.soft_loss(network, logits, bits, labels), expected, rtol=1e-4, atol=1e-5)
