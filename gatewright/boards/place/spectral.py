"""Where cells would lie if nets were springs, spread over the chip: the start of a placement.

Gates that look at a picture make a sheet, of which annealing from random places leaves a half turn: one end of the chip
shows the picture the other way round than the other end, and all wires between them meet in the middle. The slowest
modes of a random walk from cell to cell along nets know what is left and right in all of the sheet (Hall, "An
r-dimensional quadratic placement algorithm", 1970; Koren, "Drawing graphs by eigenvectors", 2005).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .state import Problem, owners

_FEW, _MANY = 6, 200
"""Pins of the nets that make the sheet: chains of cells hang on it by fewer, and what has more reaches everywhere."""
_WALK = 800
"""Steps of the walk: of a mode that dies out faster by one part in a hundred, 1/3000 is left beside another one."""
_LEAST = 0.3
"""The part of the cells that the sheet has at least."""
_ROUNDS = 20
"""Times that the cells are drawn together by their nets and spread again."""
_BINS = 12
_NOTHING = 1e-9
"""Modes that die out in five steps are shorter."""

Places = NDArray[np.float64]
"""(cells, 2): x and y, in units of the chip."""


class _Pins(NamedTuple):
    """Pins of the nets that are taken into account: the cell and the net of each, and (nets,) how heavy a net is."""

    cell: NDArray[np.int64]
    net: NDArray[np.int32]
    weight: NDArray[np.float64]


def positions(problem: Problem) -> Places | None:
    """Of all cells, spread evenly; the sheet's longer side is x. None if the netlist is hardly a sheet at all.

    Args:
        problem: of which cells that nothing connects with the sheet lie anywhere.
    """
    cells = len(problem.control)
    count = np.bincount(problem.net, minlength=len(problem.weight))
    owner = owners(problem)
    sheet = _sheet(problem, owner, count)
    all_cells = np.ones(cells, bool)
    every = _pins(problem, owner, count, (count > 1) & (count < _MANY))
    known = np.zeros(cells, bool)
    known[sheet.cell] = True
    if known.sum() < max(1.0, _LEAST * cells):
        return None
    at = np.random.default_rng(0).random((cells, 2))
    at[known] = _ranks(_modes(sheet, at)[known])
    at = _spread(_joined(every, at, known))
    for turn in range(_ROUNDS):
        drawn = _step(every, _step(every, at, all_cells), all_cells)
        at = _spread(drawn) if turn % 2 else _spread(drawn[:, ::-1])[:, ::-1]
    return at


def _pins(problem: Problem, owner: NDArray[np.int64], count: NDArray[np.int64], nets: NDArray[np.bool_]) -> _Pins:
    """Those of some nets; of all that a cell is drawn by, one with fewer pins draws it more."""
    kept = nets[problem.net]
    weight = np.where(nets, 1.0 / np.maximum(1, count - 1), 0.0)
    return _Pins(owner[kept], problem.net[kept], weight)


def _sheet(problem: Problem, owner: NDArray[np.int64], count: NDArray[np.int64]) -> _Pins:
    """The largest part of the netlist that hangs together by nets of a middling number of pins."""
    cells = len(problem.control)
    some = _pins(problem, owner, count, (count >= _FEW) & (count < _MANY))
    part = np.arange(cells)
    while True:
        least = np.full(len(count), cells)
        np.minimum.at(least, some.net, part[some.cell])
        new = part.copy()
        np.minimum.at(new, some.cell, least[some.net])
        if np.array_equal(new := new[new], part):
            break
        part = new
    kept = part[some.cell] == np.bincount(part[some.cell], minlength=1).argmax()
    return _Pins(some.cell[kept], some.net[kept], some.weight)


def _modes(sheet: _Pins, start: Places) -> Places:
    """The two slowest modes of the walk on the sheet, the slowest first."""
    mass = np.bincount(sheet.cell, sheet.weight[sheet.net], len(start)).astype(np.float64)
    mass /= mass.sum()
    modes, everyone = start, np.ones(len(start), bool)
    for step in range(_WALK):
        modes = _step(sheet, modes, everyone)
        if step % 5 == 4:
            modes = _apart(modes, mass)
    modes = _apart(modes, mass)
    walked = _step(sheet, modes, everyone)
    _, turned = np.linalg.eigh([[(mass * modes[:, i] * walked[:, j]).sum() for j in (0, 1)] for i in (0, 1)])
    return np.stack([(modes * turned[:, j]).sum(axis=1) for j in (1, 0)], axis=1)


def _apart(modes: Places, mass: NDArray[np.float64]) -> Places:
    """Modes without what is the same everywhere, at right angles to each other and of length 1, where cells weigh."""
    modes = np.where(mass[:, None] > 0.0, modes - (mass[:, None] * modes).sum(axis=0), 0.0)
    first = modes[:, 0] / _length(modes[:, 0], mass)
    second = modes[:, 1] - first * (mass * first * modes[:, 1]).sum()
    return np.stack([first, second / _length(second, mass)], axis=1)


def _length(mode: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    """Of a mode, where cells weigh; 1 if nothing is left of it."""
    length = math.sqrt((mass * mode**2).sum())
    return length if length > _NOTHING else 1.0


def _joined(every: _Pins, at: Places, known: NDArray[np.bool_]) -> Places:
    """Cells that are not known where those lie that they are connected with, however far along nets."""
    while True:
        reached = np.zeros(len(every.weight), bool)
        reached[every.net[known[every.cell]]] = True
        found = known.copy()
        found[every.cell[reached[every.net]]] = True
        if np.array_equal(found, known):
            return at
        at = np.where((found & ~known)[:, None], _step(every, at, known), at)
        known = found


def _spread(at: Places) -> Places:
    """The same order from left to right, and in each of some columns from low to high, at equal distances."""
    x = _ranks(at[:, :1])[:, 0]
    y = np.empty_like(x)
    column = np.minimum(_BINS - 1, (x * _BINS).astype(np.int64))
    for number in range(_BINS):
        inside = np.flatnonzero(column == number)
        y[inside] = _ranks(at[inside, 1:])[:, 0]
    return np.stack([x, y], axis=1)


def _ranks(values: Places) -> Places:
    """Each column by the order of its values, from above 0 to below 1."""
    ranks = np.empty_like(values)
    for one in range(values.shape[1]):
        ranks[np.argsort(values[:, one], kind="stable"), one] = np.arange(len(values))
    return (ranks + 0.5) / max(1, len(values))


@njit(cache=True)
def _step(pins: _Pins, at: Places, counted: NDArray[np.bool_]) -> Places:
    """Every cell at the mean of the middles of its nets, by weight; what has no nets stays.

    Args:
        pins: that are taken into account.
        at: where the cells lie.
        counted: (cells,) whether a cell counts towards the middle of a net.
    """
    nets, cells = len(pins.weight), len(at)
    middle, count = np.zeros((nets, 2)), np.zeros(nets)
    for i in range(len(pins.cell)):
        c, b = pins.cell[i], pins.net[i]
        if counted[c]:
            count[b] += 1.0
            middle[b, 0] += at[c, 0]
            middle[b, 1] += at[c, 1]
    total, moved = np.zeros(cells), np.zeros((cells, 2))
    for i in range(len(pins.cell)):
        c, b = pins.cell[i], pins.net[i]
        if count[b] > 0.0:
            total[c] += pins.weight[b]
            moved[c, 0] += pins.weight[b] / count[b] * middle[b, 0]
            moved[c, 1] += pins.weight[b] / count[b] * middle[b, 1]
    for c in range(cells):
        for axis in range(2):
            moved[c, axis] = moved[c, axis] / total[c] if total[c] > 0.0 else at[c, axis]
    return moved
