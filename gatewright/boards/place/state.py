"""What is placed, where it stands, and what that costs: arrays that compiled moves read and change.

The cost of a placement is the length of its nets, half the perimeter of each one's box times how much longer a tree
over so many pins is, plus the number of nets that tiles are brought, plus the square of what is over `LIMIT` in each
tile.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PLACES = 8
"""Logic cells of a tile."""
LIMIT = 20
"""Nets that a tile is brought at ease, of the 32 that its local wires carry."""
WIRES = 32
"""Local wires of a tile: for the inputs of its LUTs, and for those of its control set that no global buffer drives."""


class Problem(NamedTuple):
    """What is to be placed, and where.

    Attributes:
        rows: tiles of a column; tile ``t`` stands in column ``t // rows``.
        x, y: (tiles,) where the tiles lie.
        first_net: (cells + 1,) where the nets of a cell begin in ``net``.
        last_input: (cells,) where its inputs end, which come before its output.
        net: nets of one cell after another, each once.
        weight: (nets,) cost of a tile of length.
        control: (cells,) number of the clock, enable and reset of its flip-flop; -1 if it has none.
        pins: (cells,) inputs of its LUT.
        room: (control sets + 1,) inputs that the LUTs of a tile with such flip-flops can have, and of one with none.
        fixed: pins that no cell has: the net of each one,
        fixed_x, fixed_y: and where it lies.
    """

    rows: int
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    first_net: NDArray[np.int32]
    last_input: NDArray[np.int32]
    net: NDArray[np.int32]
    weight: NDArray[np.float64]
    control: NDArray[np.int32]
    pins: NDArray[np.int32]
    room: NDArray[np.int32]
    fixed: NDArray[np.int32]
    fixed_x: NDArray[np.int32]
    fixed_y: NDArray[np.int32]


class State(NamedTuple):
    """A placement, which moves change in place, and what follows from it.

    Attributes:
        tile: (cells,).
        place: (cells,) 0 to 7 in the tile.
        cell: (tiles, 8) what is there; -1 for nothing.
        control: (tiles,) the control set of the flip-flops in a tile; -1 if there are none.
        flops: (tiles,) cells with one.
        pins: (tiles,) inputs of its LUTs.
        readers: (nets, tiles) cells of the tile that read a net.
        demand: (tiles,) nets that it is brought.
        across: (nets, columns of the chip) pins of a net with this x.
        down: (nets, rows of the chip) pins of a net with this y.
        box: (nets, 4) least and greatest x, least and greatest y of its pins.
    """

    tile: NDArray[np.int32]
    place: NDArray[np.int32]
    cell: NDArray[np.int32]
    control: NDArray[np.int32]
    flops: NDArray[np.int32]
    pins: NDArray[np.int32]
    readers: NDArray[np.uint8]
    demand: NDArray[np.int32]
    across: NDArray[np.int16]
    down: NDArray[np.int16]
    box: NDArray[np.int32]


def start(problem: Problem, tile: NDArray[np.int32], place: NDArray[np.int32]) -> State:
    """The state of a legal placement, of which copies are taken.

    Args:
        problem: what is placed.
        tile: (cells,) the tile of each cell.
        place: (cells,) its place there.
    """
    tiles, nets, cells = len(problem.x), len(problem.weight), len(tile)
    cell = np.full((tiles, PLACES), -1, np.int32)
    cell[tile, place] = np.arange(cells)
    flip_flops = problem.control >= 0
    control = np.full(tiles, -1, np.int32)
    control[tile[flip_flops]] = problem.control[flip_flops]
    owner = owners(problem)
    reads = np.arange(len(problem.net)) < problem.last_input[owner]
    readers = np.zeros((nets, tiles), np.uint8)
    np.add.at(readers, (problem.net[reads], tile[owner[reads]]), 1)
    net = np.concatenate([problem.net, problem.fixed])
    across = _counts(net, np.concatenate([problem.x[tile[owner]], problem.fixed_x]), nets, problem.x)
    down = _counts(net, np.concatenate([problem.y[tile[owner]], problem.fixed_y]), nets, problem.y)
    return State(
        tile=tile.astype(np.int32),
        place=place.astype(np.int32),
        cell=cell,
        control=control,
        flops=np.bincount(tile[flip_flops], minlength=tiles).astype(np.int32),
        pins=np.bincount(tile, problem.pins, tiles).astype(np.int32),
        readers=readers,
        demand=np.count_nonzero(readers, axis=0).astype(np.int32),
        across=across,
        down=down,
        box=np.stack([*_ends(across), *_ends(down)], axis=1).astype(np.int32),
    )


def owners(problem: Problem) -> NDArray[np.int64]:
    """(pins,) the cell of each net in ``problem.net``."""
    return np.repeat(np.arange(len(problem.control)), np.diff(problem.first_net))


def length(problem: Problem, state: State) -> float:
    """Of all nets, in tiles."""
    low_x, high_x, low_y, high_y = state.box.T
    return float(problem.weight @ (high_x - low_x + high_y - low_y))


def cost(problem: Problem, state: State) -> float:
    """What annealing makes small."""
    over = np.maximum(0, state.demand - LIMIT)
    return length(problem, state) + float(state.demand.sum() + (over * over).sum())


def _counts(net: NDArray[np.int32], at: NDArray[np.int32], nets: int, tiles: NDArray[np.int32]) -> NDArray[np.int16]:
    """(nets, columns or rows): pins of a net at each one."""
    counts = np.zeros((nets, 1 + max(tiles.max(initial=0), at.max(initial=0))), np.int16)
    np.add.at(counts, (net, at), 1)
    return counts


def _ends(counts: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last column, or row, where there is a pin."""
    there = counts > 0
    return there.argmax(axis=1), there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
