"""What is measured: accuracy in each mode, convergence, and the gates that have not decided or decide nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.fold import fold
from gatewright.graph.passes.sweep import sweep

from .layers import GumbelGates
from .method import Mode
from .network import gate_layers, scores

_CHUNK = 1024
_WINDOW, _NEAR = 5, 0.005
GAP_SAMPLES = 1024
"""Samples on which `gap` compares two modes, at most."""


@torch.no_grad()
def accuracy(network: nn.Sequential, bits: Tensor, labels: Tensor, mode: Mode) -> float:
    """The share of samples whose highest score is that of their class; the lowest index wins a tie.

    Args:
        network: layers of gates and a GroupSum.
        bits: (samples, inputs).
        labels: (samples,) int64.
        mode: how the gates compute. A noisy hard sample draws noise anew for each 1024 samples.
    """
    right = 0
    for start in range(0, len(bits), _CHUNK):
        found = first_argmax(scores(network, bits[start : start + _CHUNK], mode))
        right += int((found == labels[start : start + _CHUNK]).sum())
    return right / len(bits)


def gap(network: nn.Sequential, bits: Tensor, labels: Tensor, mode: Mode) -> float:
    """Accuracy in a mode minus that of the discrete network, on the same `GAP_SAMPLES` or fewer, evenly spaced.

    Real numbers take several times as long as bits, so that all samples would cost more than they tell. The state of
    the generator of the noise is as it was when this returns.

    Args:
        network: layers of gates and a GroupSum.
        bits: (samples, inputs).
        labels: (samples,) int64.
        mode: how the gates compute.
    """
    stride = -(-len(bits) // GAP_SAMPLES)
    some = bits[::stride].contiguous(), labels[::stride]
    generator = gate_layers(network)[0].generator or torch.default_generator
    before = generator.get_state()
    try:
        return accuracy(network, *some, mode) - accuracy(network, *some, Mode.DISCRETE)
    finally:
        generator.set_state(before)


def first_argmax(scores: Tensor) -> Tensor:
    """Argmax of each row; the lowest index wins a tie, which `torch.argmax` does not promise."""
    highest = scores == scores.amax(dim=1, keepdim=True)
    index = torch.arange(scores.shape[1]).expand_as(scores)
    return torch.where(highest, index, scores.shape[1]).amin(dim=1)


def entropies(network: nn.Sequential) -> Tensor:
    """Entropy in nats of the function distribution of every gate.

    That is softmax(logits) for fan-in 2; for larger tables the entries are independent and their entropies add up.
    """
    return torch.cat([_entropy(layer) for layer in gate_layers(network)])


def _entropy(layer: GumbelGates) -> Tensor:
    logits = layer.logits.detach()
    if layer.fan_in == 2:
        logarithms = torch.log_softmax(logits, dim=1)
        return -(logarithms.exp() * logarithms).sum(dim=1)
    one = torch.sigmoid(logits)
    return -(one * torch.nn.functional.logsigmoid(logits) + (1 - one) * torch.nn.functional.logsigmoid(-logits)).sum(1)


def entropy_threshold(network: nn.Sequential) -> float:
    """The 5th percentile of the entropies at initialisation: a gate that ends above it is unused."""
    return float(torch.quantile(entropies(network).double(), 0.05))


def unused_gates(network: nn.Sequential, threshold: float) -> int:
    """Gates whose function distribution still has an entropy above ``threshold``."""
    return int((entropies(network) > threshold).sum())


def dead_gates(graph: GateGraph) -> int:
    """Gates of a learned graph that are functionally dead: constant, or without a way to any class."""
    return graph.gates - sweep(fold(graph)).gates


def convergence(lines: Sequence[Mapping[str, float]]) -> tuple[int, float]:
    """Steps and seconds until held-out accuracy has converged.

    That is the evaluation from which on the moving average over five of them stays within 0.5 points of its final
    value; (0, 0.0) without evaluations.

    Args:
        lines: of ``metrics.jsonl``, in order, each with ``step``, ``accuracy`` (0 to 1) and ``seconds``.
    """
    if not lines:
        return 0, 0.0
    accuracies = [line["accuracy"] for line in lines]
    mean = np.array([np.mean(accuracies[max(0, i + 1 - _WINDOW) : i + 1]) for i in range(len(lines))])
    far = np.flatnonzero(np.abs(mean - mean[-1]) > _NEAR)
    first = lines[far[-1] + 1 if len(far) else 0]
    return int(first["step"]), float(first["seconds"])
