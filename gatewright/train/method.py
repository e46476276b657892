"""How a layer of gates computes, and which of these ways a training method uses."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor


class Mode(Enum):
    """How a layer of gates computes."""

    SAMPLE = "sample"
    """A noisy hard sample."""
    SOFT_SAMPLE = "soft sample"
    """A noisy softmax mixture."""
    MIXTURE = "mixture"
    """The softmax mixture, without noise."""
    DISCRETE = "discrete"
    """The choices with the largest logits: what is exported."""

    @property
    def noisy(self) -> bool:
        """Whether it draws noise."""
        return self in (Mode.SAMPLE, Mode.SOFT_SAMPLE)

    @property
    def soft(self) -> bool:
        """Whether activations are real numbers; bits otherwise."""
        return self in (Mode.SOFT_SAMPLE, Mode.MIXTURE)


class Method(Enum):
    """A way to train. In evaluation all of them are discrete."""

    GUMBEL = "gumbel"
    """Noisy hard samples with a straight-through gradient: "Mind the Gap" (2025)."""
    GUMBEL_SOFT = "gumbel-soft"
    """The same samples without straight-through: soft at the temperature."""
    SOFTMAX = "softmax"
    """The softmax mixture: Petersen et al., "Deep Differentiable Logic Gate Networks" (2022)."""
    HARD = "hard"
    """The discrete network itself, with the gradient of a softmax at a temperature that `adapted` gives."""

    @property
    def mode(self) -> Mode:
        """How layers compute while they are trained."""
        return _MODES[self]


_MODES = {
    Method.GUMBEL: Mode.SAMPLE,
    Method.GUMBEL_SOFT: Mode.SOFT_SAMPLE,
    Method.SOFTMAX: Mode.MIXTURE,
    Method.HARD: Mode.DISCRETE,
}

_CHANCE, _CERTAIN = 3.0, 0.5
"""Factors on the temperature where the choices of a layer are random, and where they are made."""


@torch.no_grad()
def adapted(tau: float, fan_in: int, logits: Tensor, wiring_logits: Tensor | None = None) -> float:
    """The backward temperature of hard choices without noise: warm while a layer is undecided, cold once it is sure.

    With the confidence ``u``, the mean over a layer's choices of ``(max softmax(z) - 1/K) / (1 - 1/K)``, K the number
    of alternatives, the temperature is ``tau (3 - 2.5 u)``.

    In the spirit of CAGE (Y. Kim, "Align Forward, Adapt Backward", arXiv 2603.14157, 2026), of which 3 and 0.5 are the
    usual ends. There one temperature follows a moving average over all gates; here each layer has its own, wires count
    as choices too, and there is no average over time, so that it depends on nothing but the logits.

    Args:
        tau: a factor.
        fan_in: operands of a gate.
        logits: (gates, 16) for functions of two operands, else (gates, 2**fan_in), a two-way choice each.
        wiring_logits: (gates, fan_in, k), if k is more than 1.
    """
    found = [_confidence(logits) if fan_in == 2 else torch.tanh(logits.abs() / 2).ravel()]
    if wiring_logits is not None:
        found.append(_confidence(wiring_logits).ravel())
    return tau * (_CHANCE + (_CERTAIN - _CHANCE) * float(torch.cat(found).mean()))


def _confidence(logits: Tensor) -> Tensor:
    """The probability of the likeliest alternative of each choice, scaled so that chance is 0."""
    chance = 1 / logits.shape[-1]
    likeliest = (logits.amax(dim=-1) - logits.logsumexp(dim=-1)).exp()
    return (likeliest - chance) / (1 - chance)
