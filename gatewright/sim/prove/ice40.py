"""The cells of iCE40, as Yosys leaves them and as nextpnr places them.

Sources: Lattice, "iCE40 Programming Primitives" (SB_LUT4, SB_CARRY, SB_DFF*, SB_IO, SB_GB, SB_GB_IO), and Project
IceStorm's description of the logic tile for nextpnr's ``ICESTORM_LC``: one LUT, one carry and one flip-flop. A
flip-flop holds 0 when the chip has been configured. A pin that is not connected is 0, an enable 1.
"""

from __future__ import annotations

import re

from gatewright.errors import GatewrightError

from .cells import BUFFER, MAJORITY, Cell, Flop, Pad, Parameters, Table, choice, table

_FF = re.compile(r"SB_DFF(?P<e>E?)(?P<s>S[RS])?")
_LUT = ("I3", "I2", "I1", "I0")

# Kinds of pads by PIN_TYPE: whether it reads the package's pin, and what turns its driver on.
_INPUTS = {"01": True}
_DRIVERS = {"0000": None, "0110": "1", "1010": "OUTPUT_ENABLE"}


def model(kind: str, parameters: Parameters) -> Cell | None:  # noqa: PLR0911 - one return for each cell
    """The model of an iCE40 cell."""
    if kind == "SB_LUT4":
        return Cell((Table("O", table(parameters, "LUT_INIT", 16), _LUT),))
    if kind == "SB_CARRY":
        return Cell((Table("CO", MAJORITY, ("I0", "I1", "CI")),))
    if kind == "SB_GB":
        return Cell((Table("GLOBAL_BUFFER_OUTPUT", BUFFER, ("USER_SIGNAL_TO_GLOBAL_BUFFER",)),))
    if kind in ("SB_IO", "SB_GB_IO"):
        return _pad(parameters, ("D_IN_0", "GLOBAL_BUFFER_OUTPUT"))
    if kind == "ICESTORM_LC":
        return _logic_cell(parameters)
    match = _FF.fullmatch(kind)
    if match is None:
        return None
    pin = {"SR": "R", "SS": "S", None: ""}[match["s"]]
    enable = ("E", True) if match["e"] else None
    reset = (pin, True) if pin else None
    return Cell((Flop("Q", "D", "C", enable, reset, int(pin == "S"), bool(enable)),))


def pad_kind(pin_type: str) -> tuple[bool, str | None]:
    """Whether a pad reads its pin without a register, and the pin of its driver's enable; None if it drives nothing.

    Raises:
        GatewrightError: if the pad holds a register or a latch.
    """
    if pin_type[4:] not in _INPUTS or pin_type[:4] not in _DRIVERS:
        raise GatewrightError(f"PIN_TYPE is {pin_type!r}: the model knows pads without registers")
    return _INPUTS[pin_type[4:]], _DRIVERS[pin_type[:4]]


def _pad(parameters: Parameters, inward: tuple[str, ...]) -> Cell:
    pin_type = str(parameters.get("PIN_TYPE", "000000"))
    _, enable = pad_kind(pin_type)
    outward = "" if enable is None else "D_OUT_0"
    return Cell((Pad("PACKAGE_PIN", inward, outward, enable or "1"),), {"D_OUT_0": "0", "OUTPUT_ENABLE": "1"})


def _logic_cell(parameters: Parameters) -> Cell:
    """A placed logic cell; its lowest carry comes from the tile's constant if CIN_CONST says so."""

    def flag(name: str) -> bool:
        return choice({name: str(parameters.get(name, "0")).lstrip("0")}, name, "", ("", "1")) == "1"

    if flag("NEG_CLK"):
        raise GatewrightError("NEG_CLK is '1': the model knows the rising edge")
    registered = flag("DFF_ENABLE")
    if registered and flag("ASYNC_SR"):
        raise GatewrightError("ASYNC_SR is '1': the model knows synchronous resets")
    carry = str(int(flag("CIN_SET"))) if flag("CIN_CONST") else "CIN"
    parts: list[Table | Flop | Pad] = [Table("LO", table(parameters, "LUT_INIT", 16), _LUT)]
    if registered:
        value = int(flag("SET_NORESET"))
        parts.append(Flop("O", "LO", "CLK", ("CEN", True), ("SR", True), value, True))
    else:
        parts.append(Table("O", BUFFER, ("LO",)))
    if flag("CARRY_ENABLE"):
        parts.append(Table("COUT", MAJORITY, ("I1", "I2", carry)))
    return Cell(tuple(parts), dict.fromkeys((*_LUT, "CIN", "SR"), "0") | {"CEN": "1"})
