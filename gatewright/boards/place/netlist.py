"""A packed netlist, as nextpnr writes it, as a problem of placement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from .anneal import Problem
from .grid import Grid

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
    brought, touched = [], []
    sets: dict[tuple[Any, ...], int] = {}
    for cell in cells:
        controls = [net for nets in cell.control[:-1] for net in nets] if cell.control else []
        inputs = sorted({*cell.inputs, *controls} - everywhere)
        brought.append(inputs)
        touched.append(sorted({*inputs, *([] if cell.output is None else [cell.output])} - everywhere))
    numbers = {net: i for i, net in enumerate(sorted({net for nets in touched for net in nets}))}
    first_net, net = _joined(touched, numbers)
    first_input, inputs_of = _joined(brought, numbers)
    owner = np.repeat(np.arange(len(cells), dtype=np.int32), np.diff(first_net))
    order = np.argsort(net, kind="stable")
    first_pin = np.concatenate([[0], np.cumsum(np.bincount(net, minlength=len(numbers)))]).astype(np.int32)
    return Problem(
        rows=len(grid.rows),
        x=np.repeat(np.array(grid.columns, np.int32), len(grid.rows)),
        y=np.tile(np.array(grid.rows, np.int32), len(grid.columns)),
        first_pin=first_pin,
        pin=owner[order].astype(np.int32),
        first_net=first_net,
        net=net,
        first_input=first_input,
        input=inputs_of,
        weight=_tree(np.diff(first_pin)),
        control=np.array(
            [-1 if cell.control is None else sets.setdefault(cell.control, len(sets)) for cell in cells], np.int32
        ),
        pins=np.array([len(cell.inputs) for cell in cells], np.int32),
        box=_fixed(module, numbers),
    )


def _nets(bits: Iterable[int | str]) -> list[int]:
    """The nets among bits, which may be constants."""
    return [bit for bit in bits if isinstance(bit, int)]


def _joined(lists: list[list[int]], numbers: Mapping[int, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where each list begins, and all of them one after another."""
    first = np.concatenate([[0], np.cumsum([len(nets) for nets in lists])]).astype(np.int32)
    return first, np.array([numbers[net] for nets in lists for net in nets], np.int32)


def _tree(pins: NDArray[np.int32]) -> NDArray[np.float64]:
    """How long the tree of a net is for the size of its box, by its pins."""
    known = np.array(_TREE)
    return np.where(pins < len(known), known[np.minimum(pins, len(known) - 1)], known[-1] + _TREE_SLOPE * (pins - 10))


def _fixed(module: Mapping[str, Any], numbers: Mapping[int, int]) -> NDArray[np.int32]:
    """(nets, 4): the box of the pins of cells whose place is given, as those at the edge of the chip."""
    box = np.tile(np.array([1 << 20, -1, 1 << 20, -1], np.int32), (len(numbers), 1))
    for cell in module["cells"].values():
        place = re.match(r"X(\d+)/Y(\d+)/", cell.get("attributes", {}).get("BEL", ""))
        if place is None:
            continue
        x, y = int(place[1]), int(place[2])
        for bits in cell["connections"].values():
            for net in _nets(bits):
                if net in numbers:
                    low_x, high_x, low_y, high_y = box[numbers[net]]
                    box[numbers[net]] = min(low_x, x), max(high_x, x), min(low_y, y), max(high_y, y)
    return box
