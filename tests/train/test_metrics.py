import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gatewright.train import metrics
from gatewright.train.encode import fit
from gatewright.train.export import export
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Mode
from gatewright.train.metrics import accuracy, convergence, dead_gates, gap


def lines(accuracies):
    return [{"step": 10 * (i + 1), "accuracy": a, "seconds": i + 0.5} for i, a in enumerate(accuracies)]


def test_convergence_is_where_the_moving_average_comes_to_stay():
    # The means of five are 0, .18, .36, .54, .72, .9 and then stay there.
    assert convergence(lines([0.0] * 5 + [0.9] * 10)) == (100, 9.5)
    assert convergence(lines([0.9] * 4)) == (10, 0.5)
    assert convergence(lines([0.9] * 10 + [0.0] * 5 + [0.9] * 5)) == (200, 19.5)
    assert convergence([]) == (0, 0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_after_convergence_every_average_is_near_the_last(accuracies):
    step, _ = convergence(lines(accuracies))
    means = [np.mean(accuracies[max(0, i - 4) : i + 1]) for i in range(len(accuracies))]
    first = step // 10 - 1
    assert all(abs(mean - means[-1]) <= 0.005 + 1e-9 for mean in means[first:])
    assert first == 0 or abs(means[first - 1] - means[-1]) > 0.005 - 1e-9


@pytest.mark.parametrize(("table", "dead"), [(0b1100, 4), (0b0000, 8), (0b0110, 0)])
def test_gates_are_dead_if_they_are_constant_or_nothing_depends_on_them(table, dead):
    # Four gates pair up four inputs, and four more read these in turn.
    network = torch.nn.Sequential(GumbelGates(4, 4), GumbelGates(4, 4), GroupSum(2))
    with torch.no_grad():
        for layer in network[:2]:
            layer.candidates.copy_(torch.tensor([[0, 1], [1, 2], [2, 3], [3, 0]])[:, :, None])
            layer.logits.zero_()
        network[0].logits[:, 0b0110] = 9.0
        network[1].logits[:, table] = 9.0
        if table == 0b1100:
            # The second layer passes its first operand on, always gate 0, and is not dead itself.
            network[1].candidates.zero_()
    encoder = fit(np.arange(40).reshape(10, 4), tuple("abcd"), bits=1)
    graph = export(network, encoder, ("no", "yes"))
    assert graph.gates == 8
    assert dead_gates(graph) == (3 if table == 0b1100 else dead)


def drawn(samples):
    """A network of random logits with much noise, and a split."""
    generator = torch.Generator().manual_seed(0)
    layer = GumbelGates(6, 12, tau=4.0, init_scale=1.0, generator=generator)
    bits = torch.randint(0, 2, (samples, 6), generator=generator, dtype=torch.uint8)
    return torch.nn.Sequential(layer, GroupSum(2)), bits, torch.randint(0, 2, (samples,), generator=generator)


@pytest.mark.parametrize("mode", [Mode.SAMPLE, Mode.MIXTURE])
def test_a_gap_compares_on_the_same_samples_and_leaves_the_noise_alone(mode):
    network, bits, labels = drawn(300)
    state = network[0].generator.get_state()
    found = gap(network, bits, labels, mode)
    assert torch.equal(network[0].generator.get_state(), state)
    expected = accuracy(network, bits, labels, mode) - accuracy(network, bits, labels, Mode.DISCRETE)
    assert found == expected


def test_a_gap_of_many_samples_is_that_of_some_all_over_the_split(monkeypatch):
    network, bits, labels = drawn(300)
    monkeypatch.setattr(metrics, "GAP_SAMPLES", 100)
    some = gap(network, bits[::3], labels[::3], Mode.MIXTURE)
    assert gap(network, bits, labels, Mode.MIXTURE) == some
    assert gap(network, bits[:299], labels[:299], Mode.MIXTURE) == some
