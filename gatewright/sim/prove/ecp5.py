"""The cells of ECP5 that Yosys makes of a classifier.

Source: Lattice, "FPGA Libraries Reference Guide" (LUT4, PFUMX, L6MUX21, CCU2C) and "ECP5 sysCLOCK and slice" for the
flip-flop of a slice, which Yosys calls TRELLIS_FF. The global set/reset is taken to be at rest.
"""

from __future__ import annotations

from .cells import BUFFER, MUX, NOT, XOR, Cell, Flop, Parameters, Table, choice, table

_LUT = ("D", "C", "B", "A")


def model(kind: str, parameters: Parameters) -> Cell | None:  # noqa: PLR0911 - one return for each cell
    """The model of an ECP5 cell."""
    if kind == "LUT4":
        return Cell((Table("Z", table(parameters, "INIT", 16), _LUT),))
    if kind == "PFUMX":
        return Cell((Table("Z", MUX, ("C0", "BLUT", "ALUT")),))
    if kind == "L6MUX21":
        return Cell((Table("Z", MUX, ("SD", "D0", "D1")),))
    if kind == "INV":
        return Cell((Table("Z", NOT, ("A",)),))
    if kind in ("VLO", "VHI"):
        return Cell((Table("Z", int(kind == "VHI"), ()),))
    if kind == "CCU2C":
        return Cell((*_half(parameters, 0, "CIN", "middle"), *_half(parameters, 1, "middle", "COUT")))
    if kind == "TRELLIS_FF":
        return _flop(parameters)
    return None


def _half(parameters: Parameters, index: int, carry: str, following: str) -> tuple[Table, Table, Table, Table]:
    """Half of a carry cell: sum = LUT4 xor carry; the carry goes on where the LUT4 is 1, else the LUT2 generates it.

    The LUT2 is the part of the table for C = D = 0. A half that injects takes 0 for its carry and generates none.
    """
    init = table(parameters, f"INIT{index}", 16)
    inject = choice(parameters, f"INJECT1_{index}", "YES", ("YES", "NO")) == "YES"
    four, two = f"four{index}", f"two{index}"
    pins = tuple(f"{pin}{index}" for pin in _LUT)
    return (
        Table(four, init, pins),
        Table(two, 0 if inject else init & 0b1111, pins[2:]),
        Table(f"S{index}", BUFFER if inject else XOR, (four,) if inject else (four, carry)),
        Table(following, MUX, (four, two, carry)),
    )


def _flop(parameters: Parameters) -> Cell:
    """The flip-flop of a slice with a synchronous set or reset, which comes before the enable."""
    choice(parameters, "CLKMUX", "CLK", ("CLK",))
    choice(parameters, "LSRMODE", "LSR", ("LSR",))
    choice(parameters, "SRMODE", "LSR_OVER_CE", ("LSR_OVER_CE",))
    enable = choice(parameters, "CEMUX", "1", ("1", "CE", "INV"))
    reset = choice(parameters, "LSRMUX", "LSR", ("LSR", "INV"))
    value = choice(parameters, "REGSET", "RESET", ("RESET", "SET")) == "SET"
    flop = Flop(
        "Q", "DI", "CLK", None if enable == "1" else ("CE", enable == "CE"), ("LSR", reset == "LSR"), int(value)
    )
    return Cell((flop,), {"LSR": "0"})
