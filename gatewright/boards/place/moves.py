"""The moves of annealing, compiled: a cell goes to a place near by, or two whole tiles are exchanged.

A cell that comes to a place where there is another one exchanges places with it. The exchange of tiles is for control
sets that fill their tiles, which cell by cell they cannot leave. What a move costs is found without making it: of a
net that both cells have, nothing changes; and a box shrinks only where the last pin of a column or row leaves it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .state import LIMIT, PLACES, Problem, State

_WHOLE = 0.03
"""The part of moves that exchange tiles."""
_UNIT = 2.0**-53
_11, _12, _25, _27, _32 = np.uint64(11), np.uint64(12), np.uint64(25), np.uint64(27), np.uint64(32)
_STAR = np.uint64(2685821657736338717)

Scratch = tuple[NDArray[np.int32], NDArray[np.int32]]
"""(nets,) pins of a net that leave one of two tiles for the other, zero between moves; and room to list those nets."""


def scratch(problem: Problem) -> Scratch:
    """What `sweep` works with."""
    return np.zeros(len(problem.weight), np.int32), np.empty(len(problem.net), np.int32)


@njit(cache=True, nogil=True)
def sweep(
    problem: Problem,
    state: State,
    temperature: float,
    reach: int,
    moves: int,
    random: NDArray[np.uint64],
    work: Scratch,
) -> tuple[int, int, float, float]:
    """Try moves at one temperature.

    Args:
        problem: what is placed.
        state: the placement, which is changed.
        temperature: a rise of the cost by as much is accepted with a chance of 1/e.
        reach: columns and rows that a cell may move.
        moves: how many are drawn.
        random: (1,) the state of the generator, which is changed; never 0.
        work: see `scratch`.

    Returns:
        Moves that were possible, those that were accepted, and the sum of the changes of cost and of their squares.
    """
    possible, accepted, total, square = 0, 0, 0.0, 0.0
    for _ in range(moves):
        i = _below(random, len(state.tile))
        here = int(state.tile[i])
        there = _near(problem, here, reach, random)
        if there == here:
            continue
        whole = _unit(random) < _WHOLE
        place = _below(random, PLACES)
        j = int(state.cell[there, place])
        if whole:
            change = _price_of_tiles(problem, state, here, there, work)
        elif _allowed(problem, state, i, j, here, there):
            change = _price(problem, state, i, j, here, there)
        else:
            continue
        possible += 1
        if change <= 0 or _unit(random) < np.exp(-change / temperature):
            accepted += 1
            total += change
            square += change * change
            if whole:
                _exchange_tiles(problem, state, here, there)
            else:
                _exchange(problem, state, i, j, here, there, place)
    return possible, accepted, total, square


@njit(cache=True)
def _draw(random: NDArray[np.uint64]) -> Any:
    """64 bits by Vigna's xorshift64*, uint64."""
    bits = random[0]
    bits ^= bits >> _12
    bits ^= bits << _25
    bits ^= bits >> _27
    random[0] = bits
    return bits * _STAR


@njit(cache=True)
def _below(random: NDArray[np.uint64], bound: int) -> int:
    """A number from 0 to below a bound."""
    drawn: int = ((_draw(random) >> _32) * np.uint64(bound)) >> _32
    return drawn


@njit(cache=True)
def _unit(random: NDArray[np.uint64]) -> float:
    """A number from 0 to below 1."""
    return float(_draw(random) >> _11) * _UNIT


@njit(cache=True)
def _near(problem: Problem, here: int, reach: int, random: NDArray[np.uint64]) -> int:
    """A tile of the window around another one."""
    rows = problem.rows
    column, row = here // rows, here % rows
    left, right = max(0, column - reach), min(len(problem.x) // rows - 1, column + reach)
    low, high = max(0, row - reach), min(rows - 1, row + reach)
    return int((left + _below(random, right - left + 1)) * rows + low + _below(random, high - low + 1))


@njit(cache=True)
def _allowed(problem: Problem, state: State, i: int, j: int, here: int, there: int) -> bool:
    """Whether tiles may hold the cells the other way round; j is -1 for none."""
    mine, its = problem.control[i], problem.control[j] if j >= 0 else -1
    if mine >= 0 and state.flops[there] > (its >= 0) and state.control[there] != mine:
        return False
    if its >= 0 and state.flops[here] > (mine >= 0) and state.control[here] != its:
        return False
    more = problem.pins[i] - (problem.pins[j] if j >= 0 else 0)
    new = mine if mine >= 0 else state.control[there] if state.flops[there] > (its >= 0) else -1
    old = its if its >= 0 else state.control[here] if state.flops[here] > (mine >= 0) else -1
    return bool(state.pins[there] + more <= problem.room[new] and state.pins[here] - more <= problem.room[old])


@njit(cache=True)
def _price(problem: Problem, state: State, i: int, j: int, here: int, there: int) -> float:
    """What it costs to move cell i to another tile, and cell j from there to i's; -1 for none."""
    less, more = _brought(problem, state, i, j, here, there)
    change = _lengthened(problem, state, i, j, here, there)
    if j >= 0:
        fewer, added = _brought(problem, state, j, i, there, here)
        change += _lengthened(problem, state, j, i, there, here)
        less, more = less - added, more - fewer
    mine, its = state.demand[here], state.demand[there]
    return float(change + _strain(mine - less) - _strain(mine) + _strain(its + more) - _strain(its))


@njit(cache=True)
def _brought(problem: Problem, state: State, i: int, j: int, here: int, there: int) -> tuple[int, int]:
    """Nets that are not brought here any more if cell i goes, and that are brought there as it comes, cell j gone."""
    less, more = 0, 0
    for q in range(problem.first_net[i], problem.last_input[i]):
        b = problem.net[q]
        if j < 0 or not _has(problem.net, problem.first_net[j], problem.last_input[j], b):
            less += state.readers[b, here] == 1
            more += state.readers[b, there] == 0
    return less, more


@njit(cache=True)
def _lengthened(problem: Problem, state: State, i: int, j: int, here: int, there: int) -> float:
    """By how much the nets of cell i get longer that cell j has not."""
    change = 0.0
    for q in range(problem.first_net[i], problem.first_net[i + 1]):
        b = problem.net[q]
        if j < 0 or not _has(problem.net, problem.first_net[j], problem.first_net[j + 1], b):
            change += problem.weight[b] * _grown(problem, state, b, 1, here, there)
    return change


@njit(cache=True)
def _price_of_tiles(problem: Problem, state: State, here: int, there: int, work: Scratch) -> float:
    """What it costs to exchange all that two tiles hold: what each is brought goes with it."""
    leave, nets = work
    count = 0
    for place in range(PLACES):
        for pins in (1, -1):
            i = state.cell[here if pins > 0 else there, place]
            if i >= 0:
                for q in range(problem.first_net[i], problem.first_net[i + 1]):
                    b = problem.net[q]
                    if leave[b] == 0:
                        nets[count] = b
                        count += 1
                    leave[b] += pins
    change = 0.0
    for q in range(count):
        b = nets[q]
        # A net may be listed twice; after the first time nothing is left of it.
        if leave[b] > 0:
            change += problem.weight[b] * _grown(problem, state, b, leave[b], here, there)
        elif leave[b] < 0:
            change += problem.weight[b] * _grown(problem, state, b, -leave[b], there, here)
        leave[b] = 0
    return change


@njit(cache=True)
def _exchange(problem: Problem, state: State, i: int, j: int, here: int, there: int, place: int) -> None:
    """Move cell i to a place of another tile, and cell j from there to i's; -1 for none."""
    left = int(state.place[i])
    _move(problem, state, i, here, there, place)
    state.cell[here, left] = j
    if j >= 0:
        _move(problem, state, j, there, here, left)
    _name(problem, state, i, here, there)
    if j >= 0:
        _name(problem, state, j, there, here)


@njit(cache=True)
def _move(problem: Problem, state: State, i: int, here: int, there: int, place: int) -> None:
    """Move a cell, and all that is counted of it but the control set."""
    state.tile[i], state.place[i], state.cell[there, place] = there, place, i
    state.pins[here] -= problem.pins[i]
    state.pins[there] += problem.pins[i]
    if problem.control[i] >= 0:
        state.flops[here] -= 1
        state.flops[there] += 1
    for q in range(problem.first_net[i], problem.first_net[i + 1]):
        b = problem.net[q]
        _carry(problem, state, b, here, there)
        if q < problem.last_input[i]:
            state.readers[b, here] -= 1
            state.demand[here] -= state.readers[b, here] == 0
            state.demand[there] += state.readers[b, there] == 0
            state.readers[b, there] += 1


@njit(cache=True)
def _name(problem: Problem, state: State, i: int, here: int, there: int) -> None:
    """Keep the control sets of two tiles after a cell has moved."""
    if problem.control[i] >= 0:
        state.control[there] = problem.control[i]
    if state.flops[here] == 0:
        state.control[here] = -1


@njit(cache=True)
def _exchange_tiles(problem: Problem, state: State, here: int, there: int) -> None:
    """Exchange all that two tiles hold."""
    for place in range(PLACES):
        i, j = int(state.cell[here, place]), int(state.cell[there, place])
        state.cell[here, place], state.cell[there, place] = -1, -1
        if i >= 0:
            _move(problem, state, i, here, there, place)
        if j >= 0:
            _move(problem, state, j, there, here, place)
    state.control[here], state.control[there] = state.control[there], state.control[here]


@njit(cache=True)
def _carry(problem: Problem, state: State, b: int, here: int, there: int) -> None:
    """Move a pin of a net."""
    box = state.box[b]
    x, new_x, y, new_y = problem.x[here], problem.x[there], problem.y[here], problem.y[there]
    box[0], box[1] = _ends(state.across[b], box[0], box[1], 1, x, new_x)
    box[2], box[3] = _ends(state.down[b], box[2], box[3], 1, y, new_y)
    state.across[b, x] -= 1
    state.across[b, new_x] += 1
    state.down[b, y] -= 1
    state.down[b, new_y] += 1


@njit(cache=True)
def _grown(problem: Problem, state: State, b: int, pins: int, here: int, there: int) -> int:
    """By how much half the perimeter of a net's box grows if so many pins leave a tile for another one."""
    left, right, low, high = state.box[b]
    first, last = _ends(state.across[b], left, right, pins, problem.x[here], problem.x[there])
    bottom, top = _ends(state.down[b], low, high, pins, problem.y[here], problem.y[there])
    return int((last - first) - (right - left) + (top - bottom) - (high - low))


@njit(cache=True)
def _ends(counts: NDArray[np.int16], low: int, high: int, pins: int, old: int, new: int) -> tuple[int, int]:
    """The least and greatest coordinate of a net after so many pins have gone from an old one to a new one."""
    if old != new and counts[old] == pins:
        if low == high:
            return new, new
        if old == low:
            low += 1
            while low != new and counts[low] == 0:
                low += 1
        elif old == high:
            high -= 1
            while high != new and counts[high] == 0:
                high -= 1
    return min(low, new), max(high, new)


@njit(cache=True)
def _has(net: NDArray[np.int32], first: int, last: int, b: int) -> bool:
    """Whether a net is among those of a cell."""
    for q in range(first, last):  # noqa: SIM110 Numba compiles no generator expression.
        if net[q] == b:
            return True
    return False


@njit(cache=True)
def _strain(demand: int) -> int:
    """Cost of what a tile is brought."""
    over = max(0, demand - LIMIT)
    return demand + over * over
