"""A packed netlist, as nextpnr writes it, as a problem of placement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grid import Control, Grid, LogicCell, nets
from .state import WIRES, Problem

# How much longer a tree over so many pins is than half the perimeter of their box (Cheng, "RISA", 1994).
_TREE = (1.0, 1.0, 1.0, 1.0, 1.0828, 1.1536, 1.2206, 1.2823, 1.3385, 1.3991, 1.4493)
_TREE_SLOPE = 0.027


def problem(module: Mapping[str, Any], cells: list[LogicCell], grid: Grid) -> Problem:
    """What is to be placed, and where; nets of global buffers reach every tile by wires of their own."""
    buffer, pin = grid.packing.buffer
    buffers = [cell for cell in module["cells"].values() if cell["type"] == buffer]
    everywhere = {net for cell in buffers for net in nets(cell, pin)}
    inputs, touched = [], []
    sets: dict[Control, int] = {}
    for cell in cells:
        controls = cell.control.nets if cell.control else ()
        brought = sorted({*cell.inputs, *controls} - everywhere)
        inputs.append(len(brought))
        touched.append(brought + sorted({*cell.outputs} - {*brought} - everywhere))
    numbers = {net: i for i, net in enumerate(sorted({net for pins in touched for net in pins}))}
    first = np.concatenate([[0], np.cumsum([len(pins) for pins in touched])]).astype(np.int32)
    net = np.array([numbers[net] for pins in touched for net in pins], np.int32)
    placed = {name for cell in cells for name in cell.parts.values()}
    fixed = np.array(_fixed(module, placed, numbers), np.int32).reshape(-1, 3)
    controls_of = [-1 if cell.control is None else sets.setdefault(cell.control, len(sets)) for cell in cells]
    return Problem(
        rows=len(grid.rows),
        x=np.repeat(np.array(grid.columns, np.int32), len(grid.rows)),
        y=np.tile(np.array(grid.rows, np.int32), len(grid.columns)),
        first_net=first,
        last_input=first[:-1] + np.array(inputs, np.int32),
        net=net,
        weight=tree(np.bincount(net, minlength=len(numbers)) + np.bincount(fixed[:, 0], minlength=len(numbers))),
        control=np.array(controls_of, np.int32),
        pins=np.array([len(cell.inputs) for cell in cells], np.int32),
        # What no tile has stands last.
        room=np.array([*(WIRES - grid.packing.wires * len({*one.nets} - everywhere) for one in sets), WIRES], np.int32),
        fixed=fixed[:, 0].copy(),
        fixed_x=fixed[:, 1].copy(),
        fixed_y=fixed[:, 2].copy(),
    )


def tree(pins: NDArray[np.int64]) -> NDArray[np.float64]:
    """How long the tree of a net is for the size of its box, by its pins."""
    known = np.array(_TREE)
    return np.where(pins < len(known), known[np.minimum(pins, len(known) - 1)], known[-1] + _TREE_SLOPE * (pins - 10))


def _fixed(module: Mapping[str, Any], placed: Set[str], numbers: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Net, x and y of the pins of cells whose place is given, as those at the edge of the chip."""
    found = []
    for name, cell in module["cells"].items():
        place = re.match(r"X(\d+)/Y(\d+)/", cell.get("attributes", {}).get("BEL", ""))
        if place is not None and name not in placed:
            pins = {*nets(cell, *cell["connections"])} & numbers.keys()
            found += [(numbers[net], int(place[1]), int(place[2])) for net in sorted(pins)]
    return found
