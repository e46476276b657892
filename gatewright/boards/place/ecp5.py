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
    luts: dict[int | None, str] = {}
    for name, cell in cells.items():
        if cell["type"] == LUT:
            used = {pin for pin, bits in cell["connections"].items() if nets(bits)}
            if used - {*INPUTS, "F"} or cell["parameters"].get("MODE", "LOGIC") != "LOGIC":
                raise GatewrightError(
                    f"The LUT {name} belongs to a carry chain, a wide multiplexer or a memory: map without them."
                )
            luts[net(cell, "F")] = name
    behind, alone = {}, []
    for name, cell in cells.items():
        if cell["type"] == FLIP_FLOP:
            driven = net(cell, "DI")
            if driven is None:
                alone.append(name)
            else:
                behind[luts[driven]] = name
    return [_cell(cells, lut, behind.get(lut)) for lut in luts.values()] + [_cell(cells, None, one) for one in alone]


def _cell(cells: Mapping[str, Any], lut: str | None, flip_flop: str | None) -> LogicCell:
    """A LUT, a flip-flop, or both."""
    parts, control = {}, None
    inputs, outputs = [], []
    if lut is not None:
        parts[_LUT_BEL] = lut
        inputs += [net(cells[lut], pin) for pin in INPUTS]
        outputs.append(net(cells[lut], "F"))
    if flip_flop is not None:
        one = cells[flip_flop]
        parts[_FLIP_FLOP_BEL] = flip_flop
        inputs.append(net(one, "M"))
        outputs.append(net(one, "Q"))
        settings = tuple(one["parameters"].get(key) for key in _SETTINGS)
        control = Control(tuple(net(one, pin) for pin in _CONTROLS), settings)
    return LogicCell(parts, _there(inputs), _there(outputs), control)


def _there(found: list[int | None]) -> tuple[int, ...]:
    return tuple(one for one in found if one is not None)


PACKING = Packing(
    lut="LUT4",
    inputs=INPUTS,
    cells=logic_cells,
    buffer=("DCCA", "CLKO"),
    wires=0,
    ease=10,
)
