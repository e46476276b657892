"""What the network answers on the test split that training has left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph, argmax


@dataclass(frozen=True)
class Answers:
    """The reference's answers; every target that passes its check gives the same.

    Attributes:
        words: (samples, features) encoder words.
        labels: (samples,) true classes.
        scores: (samples, classes).
    """

    words: NDArray[np.integer]
    labels: NDArray[np.integer]
    scores: NDArray[np.int32]

    @property
    def found(self) -> NDArray[np.intp]:
        """(samples,) the classes that the network says."""
        return argmax(self.scores)

    @property
    def margins(self) -> NDArray[np.int32]:
        """(samples,) by how much the highest score is above the next one; 0 for a tie."""
        ordered = np.sort(self.scores, axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2])

    def confusion(self) -> NDArray[np.intp]:
        """(classes, classes): how often each true class (row) was called what (column)."""
        classes = self.scores.shape[1]
        return np.bincount(self.labels * classes + self.found, minlength=classes * classes).reshape(classes, classes)


def answer(graph: GateGraph, words: NDArray[np.integer], labels: NDArray[np.integer]) -> Answers:
    """Evaluate a test split: words (samples, features) and classes (samples,)."""
    return Answers(words, labels, graph.scores(words))
