"""What is measured: accuracy in each mode, and the gates that have not decided."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .layers import Mode
from .network import gate_layers, set_mode

_CHUNK = 1024


@torch.no_grad()
def accuracy(network: nn.Sequential, bits: Tensor, labels: Tensor, mode: Mode) -> float:
    """The share of samples whose highest score is that of their class; the lowest index wins a tie.

    Args:
        network: layers of gates and a GroupSum.
        bits: (samples, inputs).
        labels: (samples,) int64.
        mode: how the gates compute. A noisy hard sample draws noise anew for each 1024 samples.
    """
    set_mode(network, mode)
    right = 0
    for start in range(0, len(bits), _CHUNK):
        scores = network(bits[start : start + _CHUNK].float())
        right += int((first_argmax(scores) == labels[start : start + _CHUNK]).sum())
    set_mode(network, None)
    return right / len(bits)


def first_argmax(scores: Tensor) -> Tensor:
    """Argmax of each row; the lowest index wins a tie, which `torch.argmax` does not promise."""
    highest = scores == scores.amax(dim=1, keepdim=True)
    index = torch.arange(scores.shape[1]).expand_as(scores)
    return torch.where(highest, index, scores.shape[1]).amin(dim=1)


def entropies(network: nn.Sequential) -> Tensor:
    """Entropy in nats of the function distribution, softmax(logits), of every gate."""
    logits = torch.cat([layer.logits.detach() for layer in gate_layers(network)])
    logarithms = torch.log_softmax(logits, dim=1)
    return -(logarithms.exp() * logarithms).sum(dim=1)


def entropy_threshold(network: nn.Sequential) -> float:
    """The 5th percentile of the entropies at initialisation: a gate that ends above it is unused."""
    return float(torch.quantile(entropies(network).double(), 0.05))


def unused_gates(network: nn.Sequential, threshold: float) -> int:
    """Gates whose function distribution still has an entropy above ``threshold``."""
    return int((entropies(network) > threshold).sum())
