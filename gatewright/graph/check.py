"""The one comparison: a target against the reference, score by score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError

from .graph import GateGraph


class Target(Protocol):
    """Anything that classifies: the reference, a simulation, a board."""

    def scores(self, words: ArrayLike, /) -> NDArray[np.int32]:
        """Scores (samples, classes) of encoder words (samples, features)."""
        ...


@dataclass(frozen=True)
class Check:
    """The verdict of a comparison.

    Attributes:
        vectors: number of samples compared.
        ties: how many of them have two or more classes at the highest score.
        mismatches: how many differ in any score.
        first: index of the first that differs, or None.
    """

    vectors: int
    ties: int
    mismatches: int
    first: int | None

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differed."""
        return self.vectors > 0 and self.mismatches == 0


def check(target: Target, graph: GateGraph, words: ArrayLike) -> Check:
    """Compare the scores of a target with those of the reference.

    Raises:
        GatewrightError: if the target answers with another shape.
    """
    expected = graph.scores(words)
    actual = np.asarray(target.scores(words))
    if actual.shape != expected.shape:
        raise GatewrightError(f"The target answered scores of shape {actual.shape}: {expected.shape} were expected.")
    wrong = (actual != expected).any(axis=1)
    return Check(
        vectors=len(expected),
        ties=ties(expected),
        mismatches=int(wrong.sum()),
        first=int(wrong.argmax()) if wrong.any() else None,
    )


def ties(scores: NDArray[np.int32]) -> int:
    """How many rows of scores (samples, classes) reach their maximum more than once."""
    return int(((scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1).sum()) if len(scores) else 0
