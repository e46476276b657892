"""One comparison of the chain of proofs, and the chain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One comparison of the chain.

    Attributes:
        left: what is compared.
        right: with what.
        engine: the program that decided, or the first one that failed to.
        seconds: wall time.
        equivalent: whether equality was proven for every input.
        left_digest: SHA-256 in hex of the left side: a graph's digest, or of the file.
        right_digest: of the right side.
        sentence: the verdict for people.
        counterexample: the words of a sample on which the sides differ, if there is one.
    """

    left: str
    right: str
    engine: str
    seconds: float
    equivalent: bool
    left_digest: str
    right_digest: str
    sentence: str
    counterexample: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Proof:
    """The chain.

    Attributes:
        steps: the comparisons, in order.
    """

    steps: tuple[Step, ...]

    @property
    def proven(self) -> bool:
        """Whether there was a step and every one of them is proven."""
        return bool(self.steps) and all(step.equivalent for step in self.steps)
