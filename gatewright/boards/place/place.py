"""Places for all logic cells of a packed netlist, and whether it takes more than nextpnr's own placer to find them.

A tile of an iCE40 has 32 local wires for the inputs of its eight LUTs. nextpnr fills tiles as far as they hold cells,
and a tile of eight gates of four inputs each is then brought all the nets that it can be, which no router can do for
many tiles at a time. Annealing brings every tile a bounded number of nets, which spreads gates over the whole chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from . import anneal
from .grid import Grid
from .netlist import problem
from .state import PLACES, WIRES, Problem, length, start


class NoPlaceError(GatewrightError):
    """There is no place for every cell, or no wire for every net."""


@dataclass(frozen=True)
class Placement:
    """What a placement is like.

    Attributes:
        cells: that were placed.
        length: of the nets, in tiles.
        brought: nets that tiles are brought, in all.
        most: nets that the tile is brought that is brought most.
        moves: that led to it.
    """

    cells: int
    length: float
    brought: int
    most: int
    moves: int


def crowded(netlist: Mapping[str, Any], top: str, grid: Grid) -> bool:
    """Whether the LUTs of a mapped netlist have more inputs for each tile of the chip than nextpnr places with ease.

    Args:
        netlist: as Yosys writes it.
        top: the module.
        grid: the tiles of the chip.
    """
    inputs = sum(
        isinstance(bit, int)
        for cell in netlist["modules"][top]["cells"].values()
        if cell["type"] == grid.packing.lut
        for pin in grid.packing.inputs
        for bit in cell["connections"].get(pin, ())
    )
    return inputs > grid.packing.ease * grid.tiles


def place(
    netlist: Mapping[str, Any],
    top: str,
    grid: Grid,
    *,
    seed: int = 1,
    effort: float = anneal.EFFORT,
    tell: Callable[[float], None] | None = None,
) -> Placement:
    """Give every logic cell of a packed netlist a place, as the attribute ``BEL``, which nextpnr keeps to.

    Args:
        netlist: as nextpnr writes it with ``--pack-only``; it is changed.
        top: the module.
        grid: the tiles of the chip.
        seed: of the moves; the same one leads to the same places.
        effort: of the annealing: moves grow with it in proportion.
        tell: called with the part of the work that is done; what it raises ends the work.

    Raises:
        NoPlaceError: if there are too few tiles.
        GatewrightError: if the netlist has carry chains.
    """
    module = netlist["modules"][top]
    cells = grid.packing.cells(module)
    given = problem(module, cells, grid)
    tile, position = anywhere(given)
    state = start(given, tile, position)
    moves = anneal.anneal(given, state, seed=seed, effort=effort, tell=tell)
    for number, cell in enumerate(cells):
        t = int(state.tile[number])
        for name, bel in cell.bels(int(given.x[t]), int(given.y[t]), int(state.place[number])).items():
            module["cells"][name]["attributes"]["BEL"] = bel
    brought = state.demand
    return Placement(len(cells), length(given, state), int(brought.sum()), int(brought.max()), moves)


def anywhere(given: Problem) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A legal placement: control set by control set, in as few tiles as they fill; what has none fills them up.

    Raises:
        NoPlaceError: if there are too few tiles.
    """
    cells, tiles = len(given.control), len(given.x)
    tile, position = np.zeros(cells, np.int32), np.zeros(cells, np.int32)
    held, pins = np.zeros(tiles, np.int64), np.zeros(tiles, np.int64)
    sets = np.full(tiles, -1, np.int64)
    opened, control = 0, -1
    # Control sets first, the widest cells of each first.
    for i in np.lexsort((-given.pins, given.control, given.control < 0)).tolist():
        if given.control[i] >= 0:
            fits = given.control[i] == control and held[opened - 1] < PLACES
            if not fits or pins[opened - 1] + given.pins[i] > given.room[control]:
                opened, control = opened + 1, int(given.control[i])
            t = opened - 1
        else:
            room = np.flatnonzero((held < PLACES) & (pins + given.pins[i] <= given.room[sets]))
            t = int(room[0]) if len(room) else tiles
        if t >= tiles:
            raise NoPlaceError(
                f"{cells:,} logic cells do not fit into {tiles:,} tiles of {PLACES}, each with one clock, enable and "
                f"reset and {WIRES} inputs: use fewer gates, or a larger chip."
            )
        tile[i], position[i] = t, held[t]
        held[t] += 1
        sets[t] = max(sets[t], given.control[i])
        pins[t] += given.pins[i]
    return tile, position
