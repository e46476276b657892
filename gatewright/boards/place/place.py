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

from . import anneal, spectral
from .grid import Grid
from .netlist import problem
from .state import PLACES, WIRES, Problem, State, length, start

_STRIPS = 18
"""Of the chip, along which near cells of a control set fill tiles together."""


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
    state, near = begin(given)
    moves = anneal.anneal(given, state, near=near, seed=seed, effort=effort, tell=tell)
    for number, cell in enumerate(cells):
        t = int(state.tile[number])
        for name, bel in cell.bels(int(given.x[t]), int(given.y[t]), int(state.place[number])).items():
            module["cells"][name]["attributes"]["BEL"] = bel
    brought = state.demand
    return Placement(len(cells), length(given, state), int(brought.sum()), int(brought.max()), moves)


def begin(given: Problem) -> tuple[State, bool]:
    """A legal placement, and whether near cells lie near each other in it.

    Raises:
        NoPlaceError: if there are too few tiles.
    """
    # What has no control set comes last: it fills up tiles when there are no more of its own.
    sets = (given.control, given.control < 0)
    if (at := spectral.positions(given)) is not None:
        strip = (at[:, 0] * _STRIPS).astype(np.int64)
        along = np.where(strip % 2 == 0, at[:, 1], -at[:, 1])
        if (filled := _filled(given, np.lexsort((along, strip, *sets)))) is not None:
            tile, position = filled
            return start(given, _over_the_chip(given, tile, at)[tile], position), True
    # The widest cells of each control set first: they leave the least room that none fills.
    if (filled := _filled(given, np.lexsort((-given.pins, *sets)))) is None:
        raise NoPlaceError(
            f"{len(given.control):,} logic cells do not fit into {len(given.x):,} tiles of {PLACES}, each with one "
            f"clock, enable and reset and {WIRES} inputs: use fewer gates, or a larger chip."
        )
    return start(given, *filled), False


def _filled(given: Problem, order: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    """Tiles filled with cells in an order, numbered as they are opened, and the place of each cell there.

    None if there are too few tiles.
    """
    cells, tiles = len(given.control), len(given.x)
    tile, position = np.zeros(cells, np.int32), np.zeros(cells, np.int32)
    held, pins = np.zeros(tiles, np.int64), np.zeros(tiles, np.int64)
    sets = np.full(tiles, -1, np.int64)
    t, opened = -1, 0
    for i in order.tolist():
        control, wide = int(given.control[i]), int(given.pins[i])
        if t < 0 or sets[t] != control or held[t] == PLACES or pins[t] + wide > given.room[control]:
            t, opened = opened, opened + 1
            if opened > tiles:
                room = np.flatnonzero((held < PLACES) & (pins + wide <= given.room[sets]))
                if control >= 0 or len(room) == 0:
                    return None
                t, opened = int(room[0]), tiles
            else:
                sets[t] = control
        tile[i], position[i] = t, held[t]
        held[t] += 1
        pins[t] += wide
    return tile, position


def _over_the_chip(given: Problem, tile: NDArray[np.int32], at: spectral.Places) -> NDArray[np.int32]:
    """The tile of the chip for each of those that are filled: spread evenly, each near the middle of its cells."""
    held = np.bincount(tile)
    x, y = (np.bincount(tile, at[:, one]) / np.maximum(1, held) for one in (0, 1))
    columns = len(given.x) // given.rows
    found = np.zeros(len(held), np.int32)
    for column, inside in enumerate(np.array_split(np.argsort(x, kind="stable"), columns)):
        upward = inside[np.argsort(y[inside], kind="stable")]
        row = ((np.arange(len(upward)) + 0.5) * given.rows / max(1, len(upward))).astype(np.int64)
        found[upward] = column * given.rows + row
    return found
