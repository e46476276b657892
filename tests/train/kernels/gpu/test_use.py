"""Layers, networks and the optimiser find these kernels; in the interpreter, as if main memory were a GPU's."""

import pytest
import torch

from gatewright.train.kernels import gpu
from gatewright.train.kernels.gpu import stack
from gatewright.train.kernels.gpu.replay import Replay
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Mode
from gatewright.train.network import scores
from gatewright.train.optimiser import Adam
from tests.train.kernels.gpu import DEVICE


@pytest.fixture(autouse=True)
def served(monkeypatch):
    if DEVICE.type == "cpu":
        monkeypatch.setattr(gpu, "serves", lambda device: True)
        monkeypatch.setattr(stack, "_SUMS", 4096)
        monkeypatch.setattr(stack, "_CANDIDATES", 4096)


def small_network():
    generator = torch.Generator().manual_seed(0)
    layers = GumbelGates(2, 24, candidates=2, generator=generator), GumbelGates(24, 16, generator=generator)
    network = torch.nn.Sequential(*layers, GroupSum(2, tau=2.0)).to(DEVICE)
    for layer in layers:
        layer.generator = None
    return network


PATTERNS = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("mode", [Mode.DISCRETE, Mode.MIXTURE])
def test_scores_are_those_of_the_cpu(mode, monkeypatch):
    network = small_network()
    found = scores(network, PATTERNS.to(DEVICE), mode).detach().cpu()
    monkeypatch.undo()
    torch.testing.assert_close(found, scores(network.cpu(), PATTERNS, mode).detach())


def test_a_network_is_one_call_of_the_kernels(monkeypatch):
    calls = []
    monkeypatch.setattr(stack, "_pack", lambda x, pack=stack._pack: calls.append(len(x)) or pack(x))
    scores(small_network(), PATTERNS.to(DEVICE), Mode.SAMPLE)
    assert calls == [4]


def test_a_network_learns_step_by_step_and_replayed():
    torch.manual_seed(0)
    network = small_network()
    optimiser = Adam(network.parameters(), lr=0.3)
    x = PATTERNS.repeat(8, 1).to(DEVICE)
    y = x[:, 0] ^ x[:, 1]

    def step(x, y):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(scores(network, x, Mode.SAMPLE), y)
        loss.backward()
        optimiser.step()
        return loss.detach()

    replay = Replay(step)
    losses = [float(replay(x, y)) for _ in range(30)]
    assert all(float(state["step"]) == 30 for state in optimiser.state.values())
    assert len(set(losses)) > 10
    assert (scores(network, x, Mode.DISCRETE).argmax(dim=1) == y).all()


def test_parameters_that_change_before_the_backward_pass_are_noticed():
    network = small_network()
    out = scores(network, PATTERNS.to(DEVICE), Mode.SAMPLE).sum()
    with torch.no_grad():
        network[0].logits.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.backward()
