"""A flat netlist as Yosys writes it in JSON: ports, truth tables and registers.

Every combinational cell is read as a truth table, and every flip-flop as one register with its enable and its
synchronous reset. The cells are modelled here, from Yosys' and Lattice's documentation ("iCE40 LP/HX Family:
SB library"), and nothing is taken from a simulation library. A cell that is not known is refused. Bits 0 and 1
are the constants. An undefined bit (``x``) becomes a bit of its own that nothing drives: a free variable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatewright.errors import GatewrightError

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
_CARRY = 0b11101000
_YOSYS_FF = re.compile(
    r"\$_(?:DFF_P_|DFFE_P(?P<e>[PN])_|SDFF(?P<kind>C?E)?_P(?P<r>[PN])(?P<v>[01])(?(kind)(?P<se>[PN]))_)"
)
_ICE40_FF = re.compile(r"SB_DFF(?P<e>E?)(?P<s>S[RS])?")


@dataclass(frozen=True)
class Register:
    """One flip-flop on the rising edge of the only clock.

    Attributes:
        data: the bit that it loads.
        enable: the bit that lets it load, and whether it does so when that bit is 1; None if it always loads.
        reset: the bit that resets it, and whether it does so when that bit is 1; None if nothing does.
        value: what the reset makes of it.
        gated: whether a reset needs the enable too.
    """

    data: int
    enable: tuple[int, bool] | None = None
    reset: tuple[int, bool] | None = None
    value: int = 0
    gated: bool = False


@dataclass(frozen=True)
class Netlist:
    """One flat module.

    Attributes:
        name: for messages.
        inputs: port name to bits, the least significant first.
        outputs: the same.
        gates: driven bit to (table, operands), the first operand most significant.
        registers: driven bit to register.
        wires: names that the design's author gave to bits, with the path of the part that they stand in before them.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    gates: Mapping[int, tuple[int, tuple[int, ...]]]
    registers: Mapping[int, Register]
    wires: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def read(text: str | bytes, name: str, top: str = "classifier", clock: str = "clk") -> Netlist:
    """Read what ``write_json`` wrote for a flat design.

    Raises:
        GatewrightError: if it is no such JSON, or holds a cell, a clock or a double driver that it must not.
    """
    try:
        module = json.loads(text)["modules"][top]
        return _Reader(module, name, clock).netlist()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise GatewrightError(
            f"{name} is no netlist of a module {top!r} as Yosys writes it ({error!r}): synthesize it again."
        ) from error


def _single(bits: Any) -> Any:
    """The only bit of a pin; a pin of another width raises ValueError."""
    (bit,) = bits
    return bit


class _Reader:
    def __init__(self, module: Mapping[str, Any], name: str, clock: str) -> None:
        self.module, self.name = module, name
        cells = module["cells"].values()
        listed = [p["bits"] for p in module["ports"].values()] + [b for c in cells for b in c["connections"].values()]
        self.unused = 1 + max((b for bits in listed for b in bits if isinstance(b, int)), default=1)
        self.clock = module["ports"][clock]["bits"][0]
        self.gates: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.registers: dict[int, Register] = {}

    def netlist(self) -> Netlist:
        for name, cell in self.module["cells"].items():
            self.cell(name, cell)
        ports = {name: (port["direction"], self.bits(port["bits"])) for name, port in self.module["ports"].items()}
        inputs = {name: bits for name, (direction, bits) in ports.items() if direction == "input"}
        outputs = {name: bits for name, (direction, bits) in ports.items() if direction == "output"}
        if len(inputs) + len(outputs) != len(ports):
            raise GatewrightError(f"{self.name} has a bidirectional port: the classifier has inputs and outputs only.")
        entering = [bit for bits in inputs.values() for bit in bits]
        if any(bit in self.gates or bit in self.registers for bit in entering):
            raise GatewrightError(f"{self.name} drives one of its own inputs.")
        if len(set(entering) - {0, 1}) != len(entering):
            raise GatewrightError(f"{self.name} joins two of its inputs, or an input and a constant.")
        named = self.module.get("netnames", {}).items()
        wires = {name: self.bits(wire["bits"]) for name, wire in named if not wire["hide_name"]}
        return Netlist(self.name, inputs, outputs, self.gates, self.registers, wires)

    def bits(self, listed: list[int | str]) -> tuple[int, ...]:
        return tuple(self.bit(bit) for bit in listed)

    def bit(self, bit: int | str) -> int:
        if isinstance(bit, int):
            if bit < 2:
                raise GatewrightError(f"{self.name} numbers a bit {bit}: Yosys starts at 2.")
            return bit
        if bit in ("0", "1"):
            return int(bit)
        self.unused += 1
        return self.unused - 1

    def cell(self, name: str, cell: Mapping[str, Any]) -> None:
        kind, pins = cell["type"], cell["connections"]
        if kind in _GATES:
            operands, table = _GATES[kind]
            self.gate(pins, "Y", table, operands)
        elif kind == "SB_LUT4":
            init = cell["parameters"]["LUT_INIT"]
            if len(init) != 16 or set(init) - {"0", "1"}:
                raise GatewrightError(f"{self.name}: {name} has LUT_INIT {init}: 16 defined bits are expected.")
            self.gate(pins, "O", int(init, 2), ("I3", "I2", "I1", "I0"))
        elif kind == "SB_CARRY":
            self.gate(pins, "CO", _CARRY, ("I0", "I1", "CI"))
        elif match := _YOSYS_FF.fullmatch(kind):
            enable, reset = match["e"] or match["se"], match["r"]
            self.register(
                pins,
                "E" if enable else "",
                enable == "P",
                "R" if reset else "",
                reset == "P",
                match["v"],
                match["kind"] == "CE",
            )
        elif match := _ICE40_FF.fullmatch(kind):
            reset = {"SR": "R", "SS": "S", None: ""}[match["s"]]
            self.register(
                pins, "E" if match["e"] else "", True, reset, True, "1" if reset == "S" else "0", bool(match["e"])
            )
        elif kind != "$scopeinfo":
            raise GatewrightError(f"{self.name} holds a cell {name} of type {kind}: the proof has no model of it.")

    def gate(self, pins: Mapping[str, Any], output: str, table: int, operands: tuple[str, ...]) -> None:
        """One table. A pin that is not connected is undefined."""
        if pins.get(output):
            self.drive(
                _single(pins[output]),
                self.gates,
                (table, tuple(self.bit(_single(pins[pin]) if pins.get(pin) else "x") for pin in operands)),
            )

    def register(
        self,
        pins: Mapping[str, Any],
        enable: str,
        enable_high: bool,
        reset: str,
        reset_high: bool,
        value: str | None,
        gated: bool,
    ) -> None:
        if pins["C"] != [self.clock]:
            raise GatewrightError(
                f"{self.name} clocks a register from {pins['C']}: the port of the clock is {self.clock}."
            )
        register = Register(
            self.bit(_single(pins["D"])),
            (self.bit(_single(pins[enable])), enable_high) if enable else None,
            (self.bit(_single(pins[reset])), reset_high) if reset else None,
            int(value or 0),
            gated,
        )
        self.drive(_single(pins["Q"]), self.registers, register)

    def drive(self, bit: Any, table: dict[int, Any], value: Any) -> None:
        if not isinstance(bit, int):
            raise GatewrightError(f"{self.name} drives the constant {bit!r}.")
        if bit in self.gates or bit in self.registers:
            raise GatewrightError(f"{self.name} drives bit {bit} twice.")
        table[bit] = value
