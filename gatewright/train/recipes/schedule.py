"""A number that changes over a run, as a function of how much of the run is over and nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass

SCHEDULES = ("constant", "linear", "cosine", "exponential")
"""The ways from start to end."""


@dataclass(frozen=True)
class Schedule:
    """A way from ``start`` to ``end``.

    Attributes:
        kind: one of `SCHEDULES`; a constant one stays at ``start``.
        start: value at the beginning.
        end: value at the end; of the sign of ``start``, and neither 0, if the kind is exponential.
    """

    kind: str
    start: float
    end: float

    def at(self, progress: float) -> float:
        """The value when ``progress``, 0 to 1, of the run is over."""
        if self.kind == "constant" or self.start == self.end:
            return self.start
        if self.kind == "exponential":
            return float(self.start * (self.end / self.start) ** progress)
        share = progress if self.kind == "linear" else 0.5 * (1 - math.cos(math.pi * progress))
        return self.start + share * (self.end - self.start)
