"""What a board answered, and what happened on the wire meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass
class Counters:
    """What happened on the wire.

    Attributes:
        samples: answers that were taken.
        retries: questions that were asked again since others behind them were answered, and times that the host had to
            come back in step.
        errors: ERROR frames that came.
        dropped: received bytes that belonged to no frame.
        sent: bytes that the host sent.
        received: bytes that came.
    """

    samples: int = 0
    retries: int = 0
    errors: int = 0
    dropped: int = 0
    sent: int = 0
    received: int = 0

    def since(self, earlier: Counters) -> Counters:
        """What happened after an earlier moment."""
        return Counters(*(getattr(self, f.name) - getattr(earlier, f.name) for f in fields(self)))


@dataclass(frozen=True)
class Answers:
    """What a board says about some samples.

    Attributes:
        labels: (samples,) class indices.
        scores: (samples, classes) int32.
    """

    labels: NDArray[np.intp]
    scores: NDArray[np.int32]


@dataclass(frozen=True)
class SelfTest:
    """What came of a self-test.

    Attributes:
        samples: that the board classified.
        signature: of their labels and scores, as the board says it.
        expected: the same by the reference.
        cycles: from the first sample at the classifier to the last result, as the board says them.
        expected_cycles: the same by the classifier's latency and interval.
        clock_hz: of the board.
    """

    samples: int
    signature: int
    expected: int
    cycles: int
    expected_cycles: int
    clock_hz: int

    @property
    def passed(self) -> bool:
        """Whether every label and score, and the time they took, are those of the reference."""
        return (self.signature, self.cycles) == (self.expected, self.expected_cycles)

    @property
    def samples_per_second(self) -> float:
        """At the board's clock."""
        return self.samples * self.clock_hz / self.cycles
