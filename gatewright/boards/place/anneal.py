"""Simulated annealing of a placement, after VPR (Betz and Rose, "VPR: a new packing, placement and routing tool", 1997).

A move takes a cell to another place of a tile near by, or exchanges it with the cell there; some exchange two whole
tiles, which a control set that fills its tiles cannot leave in any other way. The cost of a placement is the
length of its nets, half the perimeter of each one's box times how much longer a tree over so many pins is (Cheng,
"RISA", 1994), plus the number of nets that tiles are brought, plus the square of what is over `LIMIT` in each tile.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

PLACES = 8
"""Logic cells of a tile."""
LIMIT = 20
"""Nets that a tile is brought at ease, of the 32 that its local wires carry."""
PINS = 30
"""Inputs that the cells of a tile have, at most: nextpnr allows 32 with those of the control set."""
EFFORT = 3.0
_WHOLE = 0.15
_STEADY = 0.44
"""The part of moves that VPR finds best to accept: the window grows or shrinks towards it."""


class Problem(NamedTuple):
    """What is to be placed, and where.

    Attributes:
        rows: tiles of a column; tile ``t`` stands in column ``t // rows``.
        x, y: (tiles,) where the tiles lie.
        first_pin, pin: cells of net ``b``: ``pin[first_pin[b]:first_pin[b + 1]]``.
        first_net, net: nets of a cell, each once, likewise.
        first_input, input: nets that a cell is brought, each once, likewise.
        weight: (nets,) cost of a tile of length.
        control: (cells,) number of the clock, enable and reset of its flip-flop; -1 if it has none.
        pins: (cells,) inputs.
        box: (nets, 4) least and greatest x, least and greatest y of pins that no cell has; greater than any, less than
            any where there are none.
    """

    rows: int
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    first_pin: NDArray[np.int32]
    pin: NDArray[np.int32]
    first_net: NDArray[np.int32]
    net: NDArray[np.int32]
    first_input: NDArray[np.int32]
    input: NDArray[np.int32]
    weight: NDArray[np.float64]
    control: NDArray[np.int32]
    pins: NDArray[np.int32]
    box: NDArray[np.int32]


class State(NamedTuple):
    """A placement, which moves change in place, and what follows from it.

    Attributes:
        tile: (cells,).
        place: (cells,) 0 to 7 in the tile.
        cell: (tiles, 8) what is there; -1 for nothing.
        control: (tiles,) the control set of the flip-flops in a tile, if there are any.
        flops: (tiles,) cells with one.
        pins: (tiles,) inputs of its cells.
        readers: (tiles, nets) cells of the tile that read a net.
        demand: (tiles,) nets that it is brought.
        box: (nets, 4) as `Problem.box`, of all pins.
    """

    tile: NDArray[np.int32]
    place: NDArray[np.int32]
    cell: NDArray[np.int32]
    control: NDArray[np.int32]
    flops: NDArray[np.int32]
    pins: NDArray[np.int32]
    readers: NDArray[np.int16]
    demand: NDArray[np.int32]
    box: NDArray[np.int32]


@njit(cache=True)  # type: ignore[untyped-decorator]
def start(problem: Problem, tile: NDArray[np.int32], place: NDArray[np.int32]) -> State:
    """The state of a legal placement."""
    tiles, nets, cells = len(problem.x), len(problem.weight), len(tile)
    cell = np.full((tiles, PLACES), -1, np.int32)
    control = np.full(tiles, -1, np.int32)
    flops, pins, demand = np.zeros(tiles, np.int32), np.zeros(tiles, np.int32), np.zeros(tiles, np.int32)
    readers = np.zeros((tiles, nets), np.int16)
    for i in range(cells):
        t = tile[i]
        cell[t, place[i]] = i
        pins[t] += problem.pins[i]
        if problem.control[i] >= 0:
            control[t] = problem.control[i]
            flops[t] += 1
        for q in range(problem.first_input[i], problem.first_input[i + 1]):
            b = problem.input[q]
            demand[t] += readers[t, b] == 0
            readers[t, b] += 1
    box = np.empty((nets, 4), np.int32)
    for b in range(nets):
        _measure(problem, tile, b, box[b])
    return State(tile, place, cell, control, flops, pins, readers, demand, box)


@njit(cache=True)  # type: ignore[untyped-decorator]
def cost(problem: Problem, state: State) -> tuple[float, int, int]:
    """Length of the nets, nets that tiles are brought, and those of the tile that is brought most."""
    length = 0.0
    for b in range(len(problem.weight)):
        length += problem.weight[b] * _half(state.box[b])
    return length, state.demand.sum(), state.demand.max()


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def anneal(problem: Problem, state: State, seed: int, effort: float) -> int:
    """Improve a placement from a high temperature on; the number of moves."""
    np.random.seed(seed)
    cells, nets = len(state.tile), len(problem.weight)
    columns = len(problem.x) // problem.rows
    inner = max(1, int(effort * cells ** (4 / 3)))
    reach = float(max(columns, problem.rows))
    scratch = np.empty((nets, 4), np.int32), np.empty(nets, np.int32), np.full(nets, -1, np.int64)
    moves = 0
    # At the first temperature all moves are taken, to learn what they cost.
    made, total, square = 0, 0.0, 0.0
    for _ in range(cells):
        change = _move(problem, state, np.inf, reach, columns, scratch, moves)
        moves += 1
        if change != np.inf:
            made, total, square = made + 1, total + change, square + change * change
    temperature = 20.0 * np.sqrt(max(0.0, square / max(1, made) - (total / max(1, made)) ** 2))
    while temperature > 0.005 * max(1.0, cost(problem, state)[0]) / nets:
        accepted, tried = 0, 0
        for _ in range(inner):
            change = _move(problem, state, temperature, reach, columns, scratch, moves)
            moves += 1
            tried += 1
            accepted += change != np.inf
        rate = accepted / tried
        temperature *= 0.5 if rate > 0.96 else 0.9 if rate > 0.8 else 0.95 if rate > 0.15 or reach > 3.5 else 0.8
        reach = min(float(max(columns, problem.rows)), max(3.0, reach * (1.0 - _STEADY + rate)))
    return moves


@njit(cache=True)  # type: ignore[untyped-decorator]
def _move(problem, state, temperature, reach, columns, scratch, number):  # type: ignore[no-untyped-def]
    """Try one move: what it has cost, or infinity if it was not made."""
    i = np.random.randint(len(state.tile))
    here = state.tile[i]
    span = int(reach)
    column = here // problem.rows + np.random.randint(-span, span + 1)
    row = here % problem.rows + np.random.randint(-span, span + 1)
    if column < 0 or column >= columns or row < 0 or row >= problem.rows:
        return np.inf
    there = column * problem.rows + row
    if there == here:
        return np.inf
    if np.random.random() < _WHOLE:
        return _exchange_tiles(problem, state, temperature, here, there, scratch, number)
    place = np.random.randint(PLACES)
    j = state.cell[there, place]
    if not _allowed(problem, state, i, j, here, there):
        return np.inf
    return _exchange(problem, state, temperature, i, j, here, there, place, scratch)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _allowed(problem, state, i, j, here, there):  # type: ignore[no-untyped-def]
    """Whether tiles may hold the cells the other way round."""
    mine, its = problem.control[i], problem.control[j] if j >= 0 else -1
    left = state.flops[there] - (its >= 0)
    if mine >= 0 and left and state.control[there] != mine:
        return False
    left = state.flops[here] - (mine >= 0)
    if its >= 0 and left and state.control[here] != its:
        return False
    more = problem.pins[i] - (problem.pins[j] if j >= 0 else 0)
    return (more <= 0 or state.pins[there] + more <= PINS) and (more >= 0 or state.pins[here] - more <= PINS)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _exchange(problem, state, temperature, i, j, here, there, place, scratch):  # type: ignore[no-untyped-def]
    """Move cell i to a place of another tile, and cell j, which is there, to i's; -1 for none."""
    boxes, changed, _ = scratch
    at_here, at_there = state.demand[here], state.demand[there]
    _shift(problem, state, i, here, there)
    if j >= 0:
        _shift(problem, state, j, there, here)
    change = float(_strain(state.demand[here]) + _strain(state.demand[there]) - _strain(at_here) - _strain(at_there))
    state.tile[i] = there
    if j >= 0:
        state.tile[j] = here
    count = 0
    for q in range(problem.first_net[i], problem.first_net[i + 1]):
        b = problem.net[q]
        if j >= 0 and _has(problem, j, b):
            _measure(problem, state.tile, b, boxes[count])
        else:
            _follow(problem, state, b, here, there, boxes[count])
        change += problem.weight[b] * (_half(boxes[count]) - _half(state.box[b]))
        changed[count] = b
        count += 1
    if j >= 0:
        for q in range(problem.first_net[j], problem.first_net[j + 1]):
            b = problem.net[q]
            if not _has(problem, i, b):
                _follow(problem, state, b, there, here, boxes[count])
                change += problem.weight[b] * (_half(boxes[count]) - _half(state.box[b]))
                changed[count] = b
                count += 1
    if change > 0 and np.random.random() >= np.exp(-change / temperature):
        state.tile[i] = here
        _shift(problem, state, i, there, here)
        if j >= 0:
            state.tile[j] = there
            _shift(problem, state, j, here, there)
        return np.inf
    for q in range(count):
        state.box[changed[q]] = boxes[q]
    state.cell[here, state.place[i]] = j
    state.cell[there, place] = i
    if j >= 0:
        state.place[j] = state.place[i]
    state.place[i] = place
    _settle(problem, state, i, here, there)
    if j >= 0:
        _settle(problem, state, j, there, here)
    return change


@njit(cache=True)  # type: ignore[untyped-decorator]
def _exchange_tiles(problem, state, temperature, here, there, scratch, number):  # type: ignore[no-untyped-def]
    """Exchange all that two tiles hold: what each is brought goes with it."""
    boxes, changed, mark = scratch
    count = 0
    for side in range(2):
        for place in range(PLACES):
            i = state.cell[here if side == 0 else there, place]
            if i < 0:
                continue
            state.tile[i] = there if side == 0 else here
            for q in range(problem.first_net[i], problem.first_net[i + 1]):
                b = problem.net[q]
                if mark[b] != number:
                    mark[b] = number
                    changed[count] = b
                    count += 1
    change = 0.0
    for q in range(count):
        b = changed[q]
        _measure(problem, state.tile, b, boxes[q])
        change += problem.weight[b] * (_half(boxes[q]) - _half(state.box[b]))
    if change > 0 and np.random.random() >= np.exp(-change / temperature):
        for place in range(PLACES):
            if state.cell[here, place] >= 0:
                state.tile[state.cell[here, place]] = here
            if state.cell[there, place] >= 0:
                state.tile[state.cell[there, place]] = there
        return np.inf
    for q in range(count):
        b = changed[q]
        state.box[b] = boxes[q]
        state.readers[here, b], state.readers[there, b] = state.readers[there, b], state.readers[here, b]
    for place in range(PLACES):
        state.cell[here, place], state.cell[there, place] = state.cell[there, place], state.cell[here, place]
    for held in (state.control, state.flops, state.pins, state.demand):
        held[here], held[there] = held[there], held[here]
    return change


@njit(cache=True)  # type: ignore[untyped-decorator]
def _shift(problem, state, i, here, there):  # type: ignore[no-untyped-def]
    """What cell i is brought, it is brought in another tile."""
    for q in range(problem.first_input[i], problem.first_input[i + 1]):
        b = problem.input[q]
        state.readers[here, b] -= 1
        state.demand[here] -= state.readers[here, b] == 0
        state.demand[there] += state.readers[there, b] == 0
        state.readers[there, b] += 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _settle(problem, state, i, here, there):  # type: ignore[no-untyped-def]
    """Count pins and flip-flop of a cell in the tile where it is now."""
    state.pins[here] -= problem.pins[i]
    state.pins[there] += problem.pins[i]
    if problem.control[i] >= 0:
        state.flops[here] -= 1
        state.flops[there] += 1
        state.control[there] = problem.control[i]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _strain(demand):  # type: ignore[no-untyped-def]
    """Cost of what a tile is brought."""
    over = max(0, demand - LIMIT)
    return demand + over * over


@njit(cache=True)  # type: ignore[untyped-decorator]
def _has(problem, i, b):  # type: ignore[no-untyped-def]
    """Whether a cell has a pin on a net."""
    for q in range(problem.first_net[i], problem.first_net[i + 1]):
        if problem.net[q] == b:
            return True
    return False


@njit(cache=True)  # type: ignore[untyped-decorator]
def _half(box):  # type: ignore[no-untyped-def]
    """Half the perimeter of a box."""
    return box[1] - box[0] + box[3] - box[2]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _follow(problem, state, b, here, there, box):  # type: ignore[no-untyped-def]
    """The box of a net of which one cell has moved: it must be measured anew only if that stood at its edge."""
    old = state.box[b]
    x, y = problem.x[here], problem.y[here]
    if x > old[0] and x < old[1] and y > old[2] and y < old[3]:
        x, y = problem.x[there], problem.y[there]
        box[0], box[1] = min(old[0], x), max(old[1], x)
        box[2], box[3] = min(old[2], y), max(old[3], y)
    else:
        _measure(problem, state.tile, b, box)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _measure(problem, tile, b, box):  # type: ignore[no-untyped-def]
    """The box of a net."""
    box[:] = problem.box[b]
    for q in range(problem.first_pin[b], problem.first_pin[b + 1]):
        t = tile[problem.pin[q]]
        x, y = problem.x[t], problem.y[t]
        box[0], box[1] = min(box[0], x), max(box[1], x)
        box[2], box[3] = min(box[2], y), max(box[3], y)
