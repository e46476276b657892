"""Which bits to add first: the order of the adders of another design, found by simulation.

The specification may add the bits of a popcount in any order (see `circuit.popcount`). SAT sweeping is quick
when it is the order of the design that it is compared with, for then every sum and every carry has a partner
there. The guide simulates random patterns and proposes adders whose sum and carry look like signals of the
other design. It is a hint: a wrong proposal costs time and never soundness.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from .aig import Aig

_PATTERNS = 256
_MASK = (1 << _PATTERNS) - 1
_FILTER_BITS = 22


class Guide:
    """Proposes adders.

    Args:
        aig: the graph that holds the other design, and in which the specification grows.
        outputs: the literals of the other design.
    """

    def __init__(self, aig: Aig, outputs: Sequence[int]) -> None:
        self._aig = aig
        self._random = random.Random(0)  # noqa: S311 - patterns, not secrets
        self._values: list[int] = []
        self._extend()
        self._known = {_canonical(self._values[node]) for node in aig.cone(outputs)} - {0}
        self._filter = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
        self._filter[[_short(value) for value in self._known]] = True

    def adders(self, column: Sequence[int]) -> list[tuple[int, ...]]:
        """Disjoint positions in ``column`` to add up now: triples, or else pairs; none if nothing looks alike."""
        self._extend()
        signs = [self._value(literal) for literal in column]
        for proposals in (self._triples(signs, True), self._triples(signs, False), self._pairs(signs)):
            used: set[int] = set()
            chosen = []
            for proposal in proposals:
                if used.isdisjoint(proposal):
                    used.update(proposal)
                    chosen.append(proposal)
            if chosen:
                return chosen
        return []

    def _triples(self, signs: Sequence[int], carry: bool) -> Iterator[tuple[int, ...]]:
        short = np.array([sign & ((2 << _FILTER_BITS) - 1) for sign in signs], dtype=np.int64)
        for i in range(len(signs) - 2):
            rest = short[i + 1 :] ^ short[i]
            second, third = np.triu_indices(len(rest), 1)
            mixed = rest[second] ^ short[i + 1 :][third]
            mixed = np.where(mixed & 1, ~mixed, mixed) >> 1 & ((1 << _FILTER_BITS) - 1)
            for at in np.flatnonzero(self._filter[mixed]).tolist():
                j, k = i + 1 + int(second[at]), i + 1 + int(third[at])
                a, b, c = signs[i], signs[j], signs[k]
                if not self._is_known(a ^ b ^ c) or not _differ(a, b, c):
                    continue
                if not carry or self._is_known(a & b | c & (a | b)):
                    yield i, j, k

    def _pairs(self, signs: Sequence[int]) -> Iterator[tuple[int, ...]]:
        for i, a in enumerate(signs):
            for j in range(i + 1, len(signs)):
                if self._is_known(a ^ signs[j]) and self._is_known(a & signs[j]):
                    yield i, j

    def _is_known(self, value: int) -> bool:
        return _canonical(value) in self._known

    def _value(self, literal: int) -> int:
        return self._values[literal >> 1] ^ (_MASK if literal & 1 else 0)

    def _extend(self) -> None:
        """Simulate the nodes that are new."""
        for node in range(len(self._values), self._aig.nodes):
            operands = self._aig.operands(node)
            if operands is not None:
                self._values.append(self._value(operands[0]) & self._value(operands[1]))
            else:
                self._values.append(self._random.getrandbits(_PATTERNS) if node else 0)


def _canonical(value: int) -> int:
    """The same for a signal and its complement."""
    return value ^ _MASK if value & 1 else value


def _short(value: int) -> int:
    return value >> 1 & ((1 << _FILTER_BITS) - 1)


def _differ(*values: int) -> bool:
    return len({_canonical(value) for value in values}) == len(values)
