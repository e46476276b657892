"""What a cell of a netlist computes: truth tables, flip-flops and pads between its pins; and Yosys' own simple gates.

The cells of a chip are modelled from its documentation, one family a file (`ice40`, `ecp5`, `gowin`), and nothing is
taken from a simulation library. The tests compare each model with Yosys' library, pattern by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gatewright.errors import GatewrightError

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A combinational output.

    Attributes:
        output: the pin that is driven, or a name of the cell's own that no pin has.
        table: bit ``i`` is the output for pattern ``i``.
        pins: of the pattern, the first one most significant; ``"0"`` and ``"1"`` are constants.
    """

    output: str
    table: int
    pins: tuple[str, ...]


@dataclass(frozen=True)
class Flop:
    """A flip-flop on the rising edge.

    Attributes:
        output, data, clock: pins.
        enable: the pin that lets it load, and whether it does so when that pin is 1; None if it always loads.
        reset: the pin that resets it at the clock edge, and whether it does so when that pin is 1.
        value: what the reset makes of it.
        gated: whether a reset needs the enable too.
    """

    output: str
    data: str
    clock: str
    enable: tuple[str, bool] | None = None
    reset: tuple[str, bool] | None = None
    value: int = 0
    gated: bool = False


@dataclass(frozen=True)
class Pad:
    """A pin of the chip: what comes in, and what goes out while the driver is on.

    Attributes:
        pad: the pin at the package.
        inward: the pins that follow the package's.
        outward: the pin that is driven out, or ``""``.
        enable: the pin that turns the driver on, ``"1"`` if it always is.
    """

    pad: str
    inward: tuple[str, ...] = ()
    outward: str = ""
    enable: str = "1"


@dataclass(frozen=True)
class Cell:
    """A model.

    Attributes:
        parts: what the cell consists of.
        idle: the constant on a pin that is not connected; a pin that is not listed is undefined then.
    """

    parts: tuple[Table | Flop | Pad, ...] = ()
    idle: Mapping[str, str] | None = None


Model = Callable[[str, Parameters], Cell | None]
"""The model of a cell of some type and parameters, or None if it is not known."""

# Pins in order, the first one most significant in the pattern, and the table.
_GATES: dict[str, tuple[tuple[str, ...], int]] = {
    "$_BUF_": (("A",), 0b10),
    "$_NOT_": (("A",), 0b01),
    "$_AND_": (("A", "B"), 0b1000),
    "$_NAND_": (("A", "B"), 0b0111),
    "$_OR_": (("A", "B"), 0b1110),
    "$_NOR_": (("A", "B"), 0b0001),
    "$_XOR_": (("A", "B"), 0b0110),
    "$_XNOR_": (("A", "B"), 0b1001),
    "$_ANDNOT_": (("A", "B"), 0b0100),
    "$_ORNOT_": (("A", "B"), 0b1101),
    "$_MUX_": (("S", "A", "B"), 0b10101100),
}
_FF = re.compile(r"\$_(?:DFF_P_|DFFE_P(?P<e>[PN])_|SDFF(?P<kind>C?E)?_P(?P<r>[PN])(?P<v>[01])(?(kind)(?P<se>[PN]))_)")

BUFFER = 0b10
NOT = 0b01
MUX = 0b10101100
"""Pins: select, the side of 0, the side of 1."""
XOR = 0b0110
MAJORITY = 0b11101000


def gates(kind: str, parameters: Parameters) -> Cell | None:  # noqa: ARG001
    """Yosys' simple gates and flip-flops, by its manual ("Gate-level cells"); a note about scopes is no cell."""
    if kind == "$scopeinfo":
        return Cell()
    if kind in _GATES:
        pins, table = _GATES[kind]
        return Cell((Table("Y", table, pins),))
    match = _FF.fullmatch(kind)
    if match is None:
        return None
    enable, reset = match["e"] or match["se"], match["r"]
    flop = Flop(
        "Q",
        "D",
        "C",
        ("E", enable == "P") if enable else None,
        ("R", reset == "P") if reset else None,
        int(match["v"] or 0),
        match["kind"] == "CE",
    )
    return Cell((flop,))


def table(parameters: Parameters, name: str, bits: int) -> int:
    """A truth table among the parameters.

    Raises:
        KeyError: if it is missing.
        GatewrightError: if it has not ``bits`` defined bits.
    """
    init = parameters[name]
    if len(init) != bits or set(init) - {"0", "1"}:
        raise GatewrightError(f"{name} is {init!r}: {bits} defined bits are expected")
    return int(init, 2)


def choice(parameters: Parameters, name: str, default: str, known: tuple[str, ...]) -> str:
    """A parameter that is a word. Yosys adds a space to a word that looks like a number.

    Raises:
        GatewrightError: if it is none of those that are ``known``.
    """
    value = str(parameters.get(name, default)).rstrip()
    if value not in known:
        raise GatewrightError(f"{name} is {value!r}: the model knows {', '.join(known)}")
    return value
