"""Packed netlists for ECP5: a LUT is a cell, and so is a flip-flop, which stands beside the LUT that drives it.

The two flip-flops of a slice share enable and reset, and those of a tile have at most two clocks and two resets. Here
all of a tile share all three. Flip-flops that no LUT drives have a place to themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewright.errors import GatewrightError

from .grid import Control, LogicCell, Packing, net, nets

LUT = "TRELLIS_COMB"
FLIP_FLOP = "TRELLIS_FF"
INPUTS = ("A", "B", "C", "D")
_LUT_BEL = "SLICE{slice}.K{half}"
_FLIP_FLOP_BEL = "SLICE{slice}.FF{half}"
_CONTROLS = ("CLK", "CE", "LSR")
_SETTINGS = ("CLKMUX", "CEMUX", "LSRMUX", "SRMODE", "GSR")


def logic_cells(module: Mapping[str, Any]) -> list[LogicCell]:
    """The logic cells of a packed module.

    Raises:
        GatewrightError: if there are carry chains, wide multiplexers or memories among them, whose cells must stand
            in a row.
    """
    cells = module["cells"]
    luts = [name for name, cell in cells.items() if cell["type"] == LUT]
    for name in luts:
        used = {pin for pin in cells[name]["connections"] if nets(cells[name], pin)}
        if used - {*INPUTS, "F"} or cells[name]["parameters"].get("MODE", "LOGIC") != "LOGIC":
            raise GatewrightError(
                f"The LUT {name} belongs to a carry chain, a wide multiplexer or a memory: map without them."
            )
    # A flip-flop reads DI of the LUT beside it, or else M.
    flip_flops = [name for name, cell in cells.items() if cell["type"] == FLIP_FLOP]
    behind = {driven: name for name in flip_flops for driven in nets(cells[name], "DI")}
    paired = [(name, *(behind[made] for made in nets(cells[name], "F") if made in behind)) for name in luts]
    alone = [(name,) for name in flip_flops if not nets(cells[name], "DI")]
    return [_cell(cells, names) for names in paired + alone]


def _cell(cells: Mapping[str, Any], names: tuple[str, ...]) -> LogicCell:
    """A LUT, a flip-flop, or both."""
    parts: dict[str, str] = {}
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    control = None
    for name in names:
        one = cells[name]
        inputs += nets(one, *INPUTS, "M")
        outputs += nets(one, "F", "Q")
        if one["type"] == LUT:
            parts[_LUT_BEL] = name
        else:
            parts[_FLIP_FLOP_BEL] = name
            settings = tuple(one["parameters"].get(key) for key in _SETTINGS)
            control = Control(tuple(net(one, pin) for pin in _CONTROLS), settings)
    return LogicCell(parts, inputs, outputs, control)


PACKING = Packing(
    lut="LUT4",
    inputs=INPUTS,
    cells=logic_cells,
    buffer=("DCCA", "CLKO"),
    wires=0,
    ease=10,
    router="router2",
)
