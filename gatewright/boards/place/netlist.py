"""A packed netlist, as nextpnr writes it, as a problem of placement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from .grid import Grid
from .state import WIRES, Problem

CELL = "ICESTORM_LC"
INPUTS = ("I0", "I1", "I2", "I3")
_CONTROLS = ("CLK", "CEN", "SR")
# How much longer a tree over so many pins is than half the perimeter of their box (Cheng, "RISA", 1994).
_TREE = (1.0, 1.0, 1.0, 1.0, 1.0828, 1.1536, 1.2206, 1.2823, 1.3385, 1.3991, 1.4493)
_TREE_SLOPE = 0.027


@dataclass(frozen=True)
class LogicCell:
    """A logic cell: a LUT, a flip-flop behind it, or both.

    Attributes:
        name: in the netlist.
        inputs: nets of the LUT's inputs.
        output: its net; None if nothing reads it.
        control: clock, enable and reset, and the edge, of the flip-flop; None if there is none.
    """

    name: str
    inputs: tuple[int, ...]
    output: int | None
    control: tuple[Any, ...] | None


def logic_cells(module: Mapping[str, Any]) -> list[LogicCell]:
    """The logic cells of a packed module.

    Raises:
        GatewrightError: if there are carry chains among them, whose cells must stand in a row.
    """
    found = []
    for name, cell in module["cells"].items():
        if cell["type"] != CELL:
            continue
        pins, settings = cell["connections"], cell["parameters"]
        if int(settings["CARRY_ENABLE"], 2) or pins.get("CIN") or pins.get("COUT"):
            raise GatewrightError(f"The logic cell {name} belongs to a carry chain: map without carry chains.")
        control = None
        if int(settings["DFF_ENABLE"], 2):
            control = (*(tuple(_nets(pins.get(pin, ()))) for pin in _CONTROLS), int(settings["NEG_CLK"], 2))
        inputs = tuple(net for pin in INPUTS for net in _nets(pins.get(pin, ())))
        output = next(iter(_nets(pins.get("O", ()))), None)
        found.append(LogicCell(name, inputs, output, control))
    return found


def problem(module: Mapping[str, Any], cells: list[LogicCell], grid: Grid) -> Problem:
    """What is to be placed, and where; nets of global buffers reach every tile by wires of their own."""
    buffers = [cell for cell in module["cells"].values() if cell["type"] == "SB_GB"]
    everywhere = {net for cell in buffers for net in _nets(cell["connections"].get("GLOBAL_BUFFER_OUTPUT", ()))}
    inputs, touched = [], []
    sets: dict[tuple[Any, ...], int] = {}
    for cell in cells:
        controls = [net for nets in cell.control[:-1] for net in nets] if cell.control else []
        brought = sorted({*cell.inputs, *controls} - everywhere)
        inputs.append(len(brought))
        made = [] if cell.output is None or cell.output in brought or cell.output in everywhere else [cell.output]
        touched.append(brought + made)
    numbers = {net: i for i, net in enumerate(sorted({net for nets in touched for net in nets}))}
    first = np.concatenate([[0], np.cumsum([len(nets) for nets in touched])]).astype(np.int32)
    net = np.array([numbers[net] for nets in touched for net in nets], np.int32)
    fixed = np.array(_fixed(module, numbers), np.int32).reshape(-1, 3)
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
        room=np.array([*(WIRES - _local(control, everywhere) for control in sets), WIRES], np.int32),
        fixed=fixed[:, 0].copy(),
        fixed_x=fixed[:, 1].copy(),
        fixed_y=fixed[:, 2].copy(),
    )


def _local(control: tuple[Any, ...], everywhere: set[int]) -> int:
    """Nets of a control set that local wires bring, each to an input of its own."""
    return sum(net not in everywhere for nets in control[:-1] for net in nets)


def _nets(bits: Iterable[int | str]) -> list[int]:
    """The nets among bits, which may be constants."""
    return [bit for bit in bits if isinstance(bit, int)]


def tree(pins: NDArray[np.int64]) -> NDArray[np.float64]:
    """How long the tree of a net is for the size of its box, by its pins."""
    known = np.array(_TREE)
    return np.where(pins < len(known), known[np.minimum(pins, len(known) - 1)], known[-1] + _TREE_SLOPE * (pins - 10))


def _fixed(module: Mapping[str, Any], numbers: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Net, x and y of the pins of cells whose place is given, as those at the edge of the chip."""
    found = []
    for cell in module["cells"].values():
        place = re.match(r"X(\d+)/Y(\d+)/", cell.get("attributes", {}).get("BEL", ""))
        if place is not None and cell["type"] != CELL:
            nets = {net for bits in cell["connections"].values() for net in _nets(bits)} & numbers.keys()
            found += [(numbers[net], int(place[1]), int(place[2])) for net in sorted(nets)]
    return found
