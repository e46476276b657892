"""The cells of Gowin's LittleBee and Arora families that Yosys makes of a classifier.

Source: Gowin, "Configurable Function Unit User Guide" (UG288): LUT1 to LUT4, MUX2_LUT5 to MUX2_LUT8, ALU, and the
flip-flops with a synchronous set or reset, which comes before the enable.
"""

from __future__ import annotations

import re

from gatewright.errors import GatewrightError

from .cells import BUFFER, MUX, NOT, XOR, Cell, Flop, Parameters, Table, table

_FF = re.compile(r"DFF(?P<s>[SR]?)(?P<e>E?)")
_LUT = ("I3", "I2", "I1", "I0")

# What an ALU adds to its carry, by mode, over (I0, I1, I3), and the carry where that is 0: (table, pins) each.
_I0, _I1 = (BUFFER, ("I0",)), (BUFFER, ("I1",))
_XNOR = (0b1001, ("I0", "I1"))
_ALU: dict[int, tuple[tuple[int, tuple[str, ...]], tuple[int, tuple[str, ...]]]] = {
    0: ((XOR, ("I0", "I1")), _I0),  # ADD
    1: (_XNOR, _I0),  # SUB
    2: ((0b01101001, ("I3", "I0", "I1")), _I0),  # ADDSUB
    3: (_XNOR, (1, ())),  # NE
    4: (_XNOR, _I0),  # GE
    5: (_XNOR, _I1),  # LE
    6: (_I0, (0, ())),  # CUP
    7: ((NOT, ("I0",)), (1, ())),  # CDN
    8: ((0b1001, ("I3", "I0")), _I0),  # CUPCDN
    9: ((0b01111000, ("I3", "I0", "I1")), (0b1000, ("I0", "I1"))),  # MULT
}


def model(kind: str, parameters: Parameters) -> Cell | None:  # noqa: PLR0911 - one return for each cell
    """The model of a Gowin cell."""
    if kind in ("LUT1", "LUT2", "LUT3", "LUT4"):
        inputs = int(kind[3])
        return Cell((Table("F", table(parameters, "INIT", 2**inputs), _LUT[4 - inputs :]),))
    if kind in ("MUX2_LUT5", "MUX2_LUT6", "MUX2_LUT7", "MUX2_LUT8"):
        return Cell((Table("O", MUX, ("S0", "I0", "I1")),))
    if kind == "INV":
        return Cell((Table("O", NOT, ("I",)),))
    if kind in ("GND", "VCC"):
        return Cell((Table("V" if kind == "VCC" else "G", int(kind == "VCC"), ()),))
    if kind in ("IBUF", "OBUF"):
        return Cell((Table("O", BUFFER, ("I",)),))
    if kind == "ALU":
        return _alu(parameters)
    match = _FF.fullmatch(kind)
    if match is None:
        return None
    pin = {"S": "SET", "R": "RESET", "": ""}[match["s"]]
    return Cell(
        (Flop("Q", "D", "CLK", ("CE", True) if match["e"] else None, (pin, True) if pin else None, int(pin == "SET")),)
    )


def _alu(parameters: Parameters) -> Cell:
    """One bit of an adder: the sum is what is added xor the carry, and the carry goes on where that is 1."""
    mode = int(str(parameters.get("ALU_MODE", "0")), 2)
    if mode not in _ALU:
        raise GatewrightError(f"ALU_MODE is {mode}: the model knows {', '.join(map(str, _ALU))}")
    (added, added_pins), (carry, carry_pins) = _ALU[mode]
    return Cell(
        (
            Table("added", added, added_pins),
            Table("generated", carry, carry_pins),
            Table("SUM", XOR, ("added", "CIN")),
            Table("COUT", MUX, ("added", "generated", "CIN")),
        )
    )
