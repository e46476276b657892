"""A flat netlist as Yosys and nextpnr write it in JSON: ports, truth tables and registers.

Every cell is read by its model (`cells`, `ice40`, `ecp5`, `gowin`): a combinational output is a truth table, a
flip-flop a register with its enable and its synchronous reset, a pad an input or an output with an enable. A cell that
is not known is refused. Bits 0 and 1 are the constants. An undefined bit (``x``) becomes a bit of its own that nothing
drives: a free variable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatewright.errors import GatewrightError

from . import ice40
from .cells import BUFFER, Cell, Flop, Model, Pad, Table, gates

OUT, ENABLE = " out", " enable"
"""What follows a pad's name in the ports of a whole chip: the value that it drives, and whether it drives."""


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
        clock: the input that clocks every register; ``""`` if there is no register and none was named.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    gates: Mapping[int, tuple[int, tuple[int, ...]]]
    registers: Mapping[int, Register]
    wires: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    clock: str = "clk"


def load(text: str | bytes, name: str, top: str) -> Mapping[str, Any]:
    """The module called ``top`` of a JSON netlist.

    Raises:
        GatewrightError: if it is no such JSON.
    """
    try:
        module = json.loads(text)["modules"][top]
        if not isinstance(module, dict):
            raise TypeError("it is no object")
        return module
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise _foreign(name, top, error) from error


def read(
    text: str | bytes, name: str, top: str = "classifier", clock: str | None = "clk", model: Model = ice40.model
) -> Netlist:
    """Read what ``write_json`` wrote for a flat design; see `parse`."""
    return parse(load(text, name, top), name, top, clock, model)


def parse(
    module: Mapping[str, Any],
    name: str,
    top: str = "classifier",
    clock: str | None = "clk",
    model: Model = ice40.model,
) -> Netlist:
    """Read a flat module.

    Args:
        module: as in the JSON of Yosys or nextpnr.
        name: for messages.
        top: its name, for messages.
        clock: the port of the clock; None if it is whatever pad clocks every register.
        model: of the family's cells; Yosys' own gates are always known.

    Raises:
        GatewrightError: if it holds a cell, a clock or a double driver that it must not.
    """
    try:
        return _Reader(module, name, clock, model).netlist()
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise _foreign(name, top, error) from error


def _foreign(name: str, top: str, error: Exception) -> GatewrightError:
    return GatewrightError(
        f"{name} is no netlist of a module {top!r} as Yosys writes it ({error!r}): synthesize it again."
    )


def _single(bits: Any) -> Any:
    """The only bit of a pin; a pin of another width raises ValueError."""
    (bit,) = bits
    return bit


class _Reader:
    def __init__(self, module: Mapping[str, Any], name: str, clock: str | None, model: Model) -> None:
        self.module, self.name, self.clock, self.model = module, name, clock, model
        cells = module["cells"].values()
        listed = [p["bits"] for p in module["ports"].values()] + [b for c in cells for b in c["connections"].values()]
        self.unused = 1 + max((b for bits in listed for b in bits if isinstance(b, int)), default=1)
        self.gates: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.registers: dict[int, Register] = {}
        self.clocks: dict[int | str, None] = {}
        self.known: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Cell, frozenset[str]]] = {}
        self.inputs: dict[str, tuple[int, ...]] = {}
        self.outputs: dict[str, tuple[int, ...]] = {}
        self.pads: dict[Any, str] = {}
        for port, values in module["ports"].items():
            if values["direction"] == "inout":
                self.pads[_single(values["bits"])] = port
            else:
                side = self.inputs if values["direction"] == "input" else self.outputs
                side[port] = self.bits(values["bits"])

    def netlist(self) -> Netlist:
        for name, cell in self.module["cells"].items():
            self.cell(name, cell)
        if self.pads:
            raise GatewrightError(f"{self.name} has a bidirectional port: the classifier has inputs and outputs only.")
        entering = [bit for bits in self.inputs.values() for bit in bits]
        if any(bit in self.gates or bit in self.registers for bit in entering):
            raise GatewrightError(f"{self.name} drives one of its own inputs.")
        if len(set(entering) - {0, 1}) != len(entering):
            raise GatewrightError(f"{self.name} joins two of its inputs, or an input and a constant.")
        named = self.module.get("netnames", {}).items()
        wires = {name: self.bits(wire["bits"]) for name, wire in named if not wire["hide_name"]}
        clock = self.only_clock()
        return Netlist(self.name, self.inputs, self.outputs, self.gates, self.registers, wires, clock)

    def only_clock(self) -> str:
        """The input behind the clock of every register."""
        ports: dict[int | str, str] = {bits[0]: port for port, bits in self.inputs.items() if len(bits) == 1}
        wanted: int | str | None = None if self.clock is None else self.inputs[self.clock][0]
        for clock in self.clocks:
            root: int | str | None = clock
            while isinstance(root, int) and root in self.gates and self.gates[root][0] == BUFFER:
                root = self.gates[root][1][0]
            wanted = root if wanted is None else wanted
            if root != wanted or root not in ports:
                raise GatewrightError(
                    f"{self.name} clocks a register from [{clock}]: the port of the clock is {wanted}."
                )
        return "" if wanted is None else ports[wanted]

    def bits(self, listed: list[int | str]) -> tuple[int, ...]:
        return tuple(self.bit(bit) for bit in listed)

    def bit(self, bit: int | str) -> int:
        if isinstance(bit, int):
            if bit < 2:
                raise GatewrightError(f"{self.name} numbers a bit {bit}: Yosys starts at 2.")
            return bit
        if bit in ("0", "1"):
            return int(bit)
        return self.fresh()

    def fresh(self) -> int:
        self.unused += 1
        return self.unused - 1

    def modelled(self, name: str, cell: Mapping[str, Any]) -> tuple[Cell, frozenset[str]]:
        """The model of a cell, and the names that its parts read."""
        kind, parameters = cell["type"], cell.get("parameters", {})
        key = (kind, tuple(parameters.items()))
        if key not in self.known:
            try:
                model = gates(kind, parameters) or self.model(kind, parameters)
            except GatewrightError as error:
                raise GatewrightError(f"{self.name}: the cell {name} of type {kind} has no model: {error}.") from error
            if model is None:
                raise GatewrightError(f"{self.name} holds a cell {name} of type {kind}: the proof has no model of it.")
            tables = [pin for part in model.parts if isinstance(part, Table) for pin in part.pins]
            flops = [part.data for part in model.parts if isinstance(part, Flop)]
            self.known[key] = model, frozenset([*tables, *flops])
        return self.known[key]

    def cell(self, name: str, cell: Mapping[str, Any]) -> None:
        model, read = self.modelled(name, cell)
        pins, idle = cell["connections"], model.idle or {}
        inner: dict[str, int] = {}

        def at(pin: str, *, needed: bool = False) -> int:
            if pin in inner:
                return inner[pin]
            if pins.get(pin):
                return self.bit(_single(pins[pin]))
            if pin in ("0", "1"):
                return int(pin)
            if needed and pin not in idle:
                raise KeyError(pin)
            return self.bit(idle.get(pin, "x"))

        for part in model.parts:
            if isinstance(part, Pad):
                self.pad(part, pins, at(part.outward) if part.outward else None, at(part.enable))
                continue
            if pins.get(part.output):
                driven = _single(pins[part.output])
            elif part.output in read:
                driven = self.fresh()
            else:
                continue
            if part.output in read:
                inner[part.output] = driven
            if isinstance(part, Table):
                self.drive(driven, self.gates, (part.table, tuple(at(pin) for pin in part.pins)))
                continue
            clock = _single(pins[part.clock])
            self.clocks[clock] = None
            register = Register(
                at(part.data, needed=True),
                (at(part.enable[0], needed=True), part.enable[1]) if part.enable else None,
                (at(part.reset[0], needed=True), part.reset[1]) if part.reset else None,
                part.value,
                part.gated,
            )
            self.drive(driven, self.registers, register)

    def pad(self, part: Pad, pins: Mapping[str, Any], outward: int | None, enable: int) -> None:
        """A pin of the chip: its name is that of the port that it belongs to."""
        port = self.pads.pop(_single(pins[part.pad]))
        inward = [_single(pins[pin]) for pin in part.inward if pins.get(pin)]
        if inward:
            self.inputs[port] = (self.bit(inward[0]),)
        for other in inward[1:]:
            self.drive(other, self.gates, (BUFFER, (self.bit(inward[0]),)))
        if outward is not None:
            self.outputs[port + OUT], self.outputs[port + ENABLE] = (outward,), (enable,)

    def drive(self, bit: Any, table: dict[int, Any], value: Any) -> None:
        if not isinstance(bit, int):
            raise GatewrightError(f"{self.name} drives the constant {bit!r}.")
        if bit in self.gates or bit in self.registers:
            raise GatewrightError(f"{self.name} drives bit {bit} twice.")
        table[bit] = value
