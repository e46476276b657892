"""Simulated annealing of a placement, with a schedule like that of VPR.

Betz and Rose, "VPR: a new packing, placement and routing tool for FPGA research" (1997): the temperature falls fast
where nearly all or nearly no moves are accepted, and the window of the moves shrinks so that about 44 % are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .moves import scratch, sweep
from .state import Problem, State, length

EFFORT = 4.0
"""Moves at a temperature, over the number of cells to the power of 4/3."""
_ACCEPTED = 0.44
"""The part of moves that VPR finds best to accept: the window grows or shrinks towards it."""
_LEAST_REACH = 3.0
_HOTTEST = 0.3
"""The first temperature, over the standard deviation of what moves cost: VPR's 20 here leads to long hot times."""
_WARM = 3.0
"""The first temperature where near cells lie near each other: a fifth of the moves are accepted."""
_FROZEN = 0.03
"""The part of moves that are accepted below which it cools fast: with the 0.15 of VPR wires are longer."""


def anneal(
    problem: Problem,
    state: State,
    *,
    near: bool = False,
    seed: int,
    effort: float = EFFORT,
    tell: Callable[[float], None] | None = None,
) -> int:
    """Improve a placement, from a high temperature on or from one that keeps most cells where they are.

    Args:
        problem: what is placed.
        state: a legal placement, which is changed.
        near: whether near cells lie near each other in it already.
        seed: of the moves; the same one leads to the same placement.
        effort: moves at a temperature, over the number of cells to the power of 4/3.
        tell: called after every temperature with the part of the way that is done; what it raises ends the annealing.

    Returns:
        The number of moves that were drawn.
    """
    tell = tell or (lambda _: None)
    cells, nets = len(state.tile), len(problem.weight)
    if cells == 0 or nets == 0:
        return 0
    random = np.array([np.random.SeedSequence(abs(seed)).generate_state(1, np.uint64)[0] | np.uint64(1)])
    work = scratch(problem)
    widest = float(max(len(problem.x) // problem.rows, problem.rows))
    inner, moves, reach = max(1, int(effort * cells ** (4 / 3))), 0, widest
    if near:
        temperature, reach = _WARM, min(widest, _LEAST_REACH + 1.0)
    else:
        # At first all moves are accepted, to learn what they cost.
        _, made, total, square = sweep(problem, state, math.inf, int(reach), cells, random, work)
        moves, made = cells, max(1, made)
        temperature = _HOTTEST * math.sqrt(max(0.0, square / made - (total / made) ** 2))
    hottest = temperature
    part = 0.0
    while temperature > (coldest := 0.005 * max(1.0, length(problem, state)) / nets):
        possible, accepted, _, _ = sweep(problem, state, temperature, int(reach), inner, random, work)
        moves += inner
        rate = accepted / max(1, possible)
        temperature *= _cooling(rate, reach)
        reach = min(widest, max(_LEAST_REACH, reach * (1.0 - _ACCEPTED + rate)))
        # The end comes nearer as the wires get shorter, so the part that is done may fall; what is told never does.
        part = min(1.0, max(part, math.log(hottest / temperature) / math.log(hottest / coldest)))
        tell(part)
    return moves


def _cooling(rate: float, reach: float) -> float:
    """What the temperature is multiplied by when a part of the moves was accepted."""
    if rate > 0.96:
        return 0.5
    if rate > 0.8:
        return 0.9
    return 0.95 if rate > _FROZEN or reach > _LEAST_REACH + 0.5 else 0.8
