"""Packed netlists for iCE40: a logic cell is one cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewright.errors import GatewrightError

from .grid import Control, LogicCell, Packing, net, nets

CELL = "ICESTORM_LC"
INPUTS = ("I0", "I1", "I2", "I3")
_CONTROLS = ("CLK", "CEN", "SR")


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
            control = Control(tuple(net(cell, pin) for pin in _CONTROLS), (settings["NEG_CLK"].lstrip("0"),))
        found.append(LogicCell({"lc{place}": name}, nets(cell, *INPUTS), nets(cell, "O"), control))
    return found


PACKING = Packing(
    lut="SB_LUT4",
    inputs=INPUTS,
    cells=logic_cells,
    buffer=("SB_GB", "GLOBAL_BUFFER_OUTPUT"),
    wires=1,
    ease=12,
    router="router1",
)
