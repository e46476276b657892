"""Finding signals of a design that equal given ones: simulate, propose, prove, and learn from what was refuted."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from .aig import TRUE, Aig
from .cec import Verdict

Ask = Callable[[Sequence[int], Sequence[int]], Verdict]

_PATTERNS = 2048
_ROUNDS = 20


def partners(aig: Aig, outputs: Sequence[int], wanted: Sequence[int], ask: Ask) -> dict[int, int]:
    """Proven partners: for literals of ``wanted``, an equal literal in the cone of ``outputs``.

    A literal that nothing equals, or that nobody managed to compare, has no entry.

    Args:
        aig: the graph of both.
        outputs: the literals of the design.
        wanted: the literals that are looked for.
        ask: decides whether two lists of literals are equal.
    """
    cone = aig.cone(outputs)
    literals = list(dict.fromkeys(x & ~1 for x in wanted if x > TRUE))
    both = aig.cone([*outputs, *literals])
    generator = random.Random(0)  # noqa: S311 - patterns, not secrets
    free = aig.support([*outputs, *literals])
    count, values = _PATTERNS, {x: generator.getrandbits(_PATTERNS) for x in free}
    inside = set(cone)
    for _ in range(_ROUNDS):
        mask = (1 << count) - 1
        value = aig.values(both, values, mask)
        first: dict[int, int] = {}
        for node in cone:
            first.setdefault(_canonical(value[node], mask), node)
        found = {}
        for literal in literals:
            own = value[literal >> 1]
            partner = literal >> 1 if literal >> 1 in inside else first.get(_canonical(own, mask))
            if partner is not None:
                found[literal] = 2 * partner ^ (own ^ value[partner]) & 1
        if not found:
            return {}
        verdict = ask(list(found), list(found.values()))
        if verdict.equivalent:
            return found
        if verdict.counterexample is None:
            return {}
        # The counterexample tells at least one pair apart, so no round proposes the same pairs again.
        values = {x: bits | verdict.counterexample.get(x, 0) << count for x, bits in values.items()}
        count += 1
    return {}


def _canonical(value: int, mask: int) -> int:
    """The same for a signal and its complement."""
    return value ^ mask if value & 1 else value
