"""The netlist of a whole board: the classifier in it, and its registers and pads by name and by place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gatewright.errors import GatewrightError

from .cells import NOT, Flop, Model, Table, gates
from .design import CLEAR, COMING, COUNTED, FILL, HELD, PAYLOAD, READY, VALID, WORDS, WORDS_READY, WORDS_VALID
from .netlist import Netlist, parse
from .unroll import restrict

# Where Yosys may keep the name of a port of the classifier: its own, or that of a part's port that it is joined to.
_ALIASES = {
    WORDS: ("words__payload", "encoder.words"),
    HELD: ("words__held", "encoder.held"),
    FILL: ("words__fill", "encoder.fill"),
    COMING: ("words__coming", "encoder.coming"),
    CLEAR: ("words__clear", "encoder.clear"),
    WORDS_VALID: ("words__valid",),
    READY: ("result__ready",),
    PAYLOAD: ("result__payload", "result", "argmax.result"),
    VALID: ("result__valid",),
    WORDS_READY: ("words__ready", "advance", *(f"{p}.advance" for p in ("encoder", "gates", "popcount", "argmax"))),
}
_LINK = "{}.link.{}"
_OUTPUTS = (PAYLOAD, VALID, WORDS_READY)
_COUNTED = (COUNTED, "counted", "gates.counted")
_CLEARED = ("valid", "taken", "result__valid")
"""What says which samples are valid: the registers that the reset clears, with a parallel popcount, with a serial one,
and where a latency of one cycle leaves a single register."""

Module = Mapping[str, Any]


def classifier(module: Module, instance: str, name: str, model: Model) -> Netlist:
    """The classifier in a flat netlist, cut out at the wires between it and the rest.

    Its inputs become free, so what is proven of it holds wherever it stands. The clock is the wire that clocks its
    registers, and the reset is the wire that clears its valid bits, or that whose complement does.

    Args:
        module: of the board's design, flat.
        instance: the path of the classifier, such as ``"core.classifier"``.
        name: for messages.
        model: of the family's cells.

    Raises:
        GatewrightError: if a wire of the border has no name, or a cell within has no model.
    """
    wires = {name: wire["bits"] for name, wire in module["netnames"].items()}
    border = _border(wires, instance)
    filled = FILL in border
    inputs = (FILL, COMING, *((CLEAR,) if CLEAR in border else ())) if filled else (WORDS,)
    inputs = (*inputs, WORDS_VALID, READY)
    # What a ring that is filled holds is state of the classifier.
    for port in (*inputs, *_OUTPUTS, *((HELD,) if filled else ())):
        if port not in border:
            raise GatewrightError(
                f"{name} has no wire {instance}.{port}, at which the classifier could be cut out: synthesize it again."
            )
    ports = {port: border[port] for port in (*inputs, *_OUTPUTS)}
    drivers = {
        bit: (cell_name, cell)
        for cell_name, cell in module["cells"].items()
        for pin, bits in cell["connections"].items()
        if cell["port_directions"].get(pin) == "output"
        for bit in bits
    }
    cleared = [bit for name in _CLEARED for bit in wires.get(f"{instance}.{name}", ())]
    flops = {bit: flop for bit in cleared if (flop := _flop(drivers, bit, model))}
    clocks = {cell["connections"][flop.clock][0] for cell, flop in flops.values()}
    resets = [
        cell["connections"][flop.reset[0]][0]
        for cell, flop in flops.values()
        if flop.reset is not None and flop.reset[1]
    ]
    resets = [bit for bit in resets if isinstance(bit, int)]
    if len(clocks) != 1 or not resets:
        raise GatewrightError(
            f"{name} has no clock and no reset at the registers {instance}.{_CLEARED[0]}: synthesize it again."
        )
    source, inverted = _origin(drivers, resets[0], model)
    ports |= {"clk": list(clocks), "rst": [source]}
    stops = {bit for port in (*inputs, "clk", "rst") for bit in ports[port]}
    counted = next((wires[f"{instance}.{alias}"] for alias in _COUNTED if f"{instance}.{alias}" in wires), None)
    cells = _cone(drivers, [bit for port in _OUTPUTS for bit in ports[port]], stops)
    inner = {
        name.removeprefix(f"{instance}."): {"hide_name": 0, "bits": bits}
        for name, bits in wires.items()
        if name.startswith(f"{instance}.")
    }
    cut: dict[str, Any] = {
        "ports": {
            port: {"direction": "output" if port in _OUTPUTS else "input", "bits": bits} for port, bits in ports.items()
        },
        "cells": cells,
        "netnames": inner
        | ({COUNTED: {"hide_name": 0, "bits": counted}} if counted is not None else {})
        | ({HELD: {"hide_name": 0, "bits": border[HELD]}} if filled else {}),
    }
    if inverted:
        free = _unused(module)
        cut["ports"]["rst"]["bits"] = [free]
        cells["the reset, inverted"] = {"type": "$_NOT_", "connections": {"A": [free], "Y": [source]}}
    return parse(cut, f"the classifier in {name}", instance, "clk", model)


def _border(wires: Mapping[str, list[Any]], instance: str) -> dict[str, list[Any]]:
    """The bits of each port of the classifier whose name Yosys has kept."""
    found: dict[str, list[Any]] = {}
    for port, (first, *others) in _ALIASES.items():
        link = _LINK.format(instance.rpartition(".")[0], port)
        names = (f"{instance}.{first}", link, *(f"{instance}.{alias}" for alias in others))
        kept = [wires[name] for name in names if name in wires]
        if kept:
            found[port] = kept[0]
    return found


def _flop(drivers: Mapping[Any, Any], bit: Any, model: Model) -> tuple[Any, Flop] | None:
    """The cell and the flip-flop that drive a bit."""
    if bit not in drivers:
        return None
    _, cell = drivers[bit]
    known = gates(cell["type"], cell["parameters"]) or model(cell["type"], cell["parameters"])
    for part in known.parts if known else ():
        if isinstance(part, Flop) and bit in cell["connections"].get(part.output, ()):
            return cell, part
    return None


def _origin(drivers: Mapping[Any, Any], bit: Any, model: Model) -> tuple[Any, bool]:
    """The wire that a bit is a copy or the complement of, and whether it is the complement."""
    inverted = False
    while bit in drivers:
        _, cell = drivers[bit]
        known = gates(cell["type"], cell["parameters"]) or model(cell["type"], cell["parameters"])
        pins = cell["connections"]
        tables = [p for p in known.parts if isinstance(p, Table) and bit in pins.get(p.output, ())] if known else []
        if len(tables) != 1 or not all(pins.get(pin) for pin in tables[0].pins):
            break
        operands = [pins[pin][0] for pin in tables[0].pins]
        table, kept = restrict(tables[0].table, tuple({"0": 0, "1": 1}.get(operand, -1) for operand in operands))
        if len(kept) != 1:
            break
        bit, inverted = operands[kept[0]], inverted ^ (table == NOT)
    return bit, inverted


def _unused(module: Module) -> int:
    """A number that no bit of a module has, nor one that is no more than a name."""
    listed = [wire["bits"] for wire in module["netnames"].values()]
    listed += [bits for cell in module["cells"].values() for bits in cell["connections"].values()]
    return 1 + max(bit for bits in listed for bit in bits if isinstance(bit, int))


def _cone(drivers: Mapping[Any, Any], roots: list[Any], stops: set[Any]) -> dict[str, Any]:
    """The cells that drive ``roots``, directly or not, up to ``stops``."""
    cells: dict[str, Any] = {}
    stack = list(roots)
    while stack:
        bit = stack.pop()
        if bit in stops or bit not in drivers:
            continue
        name, cell = drivers[bit]
        if name in cells:
            continue
        cells[name] = cell
        stack += [
            read
            for pin, bits in cell["connections"].items()
            if cell["port_directions"].get(pin) != "output"
            for read in bits
        ]
    return cells


def bit_names(module: Module) -> Iterator[tuple[str, Any]]:
    """Every name of every bit; ``[i]`` follows the name of a bit of a vector."""
    for name, wire in module["netnames"].items():
        bits = wire["bits"]
        if len(bits) == 1:
            yield name, bits[0]
        first = int(wire.get("offset", 0))
        for index, bit in enumerate(bits):
            yield f"{name}[{first + index}]", bit


def by_name(left: Module, right: Module, registers: Mapping[int, Any], partners: Mapping[int, Any]) -> dict[int, int]:
    """Registers of two netlists whose outputs have a name in common."""
    there = {name: bit for name, bit in bit_names(right) if bit in partners}
    pairs: dict[int, int] = {}
    for name, bit in bit_names(left):
        if bit in registers and name in there:
            pairs.setdefault(bit, there[name])
    return pairs


def placed(module: Module) -> Module:
    """A placed design in which a pad is joined to the global buffer that nextpnr made of its other half.

    nextpnr writes no ports of a design that it has read packed: they are the wires at the pads, which keep their names.
    """
    cells = dict(module["cells"])
    free = _unused(module)
    for name, buffer in module["cells"].items():
        pad = name.removeprefix("$gbuf_").removesuffix("_io")
        if "FOR_PAD_IN" not in buffer.get("attributes", {}) or pad not in cells:
            continue
        for end, pin in ((name, "USER_SIGNAL_TO_GLOBAL_BUFFER"), (pad, "GLOBAL_BUFFER_OUTPUT")):
            cells[end] = cells[end] | {"connections": cells[end]["connections"] | {pin: [free]}}
        free += 1
    outside = {bit for cell in cells.values() for bit in cell["connections"].get("PACKAGE_PIN", ())}
    ends = {
        name: {"direction": "inout", "bits": wire["bits"]}
        for name, wire in module["netnames"].items()
        if len(wire["bits"]) == 1 and wire["bits"][0] in outside
    }
    return {**module, "cells": cells, "ports": module["ports"] or ends}


def places(module: Module) -> dict[str, int]:
    """The place of every placed register, such as ``X8/Y7/lc3``, and the bit that it drives."""
    found = {}
    for cell in module["cells"].values():
        if cell["type"] == "ICESTORM_LC" and cell["connections"].get("O"):
            found[str(cell["attributes"]["NEXTPNR_BEL"])] = int(cell["connections"]["O"][0])
    return found


def pads(module: Module) -> dict[str, str]:
    """The name of every pad of a placed design, and its place, such as ``X13/Y0/io1``."""
    ports = {values["bits"][0]: port for port, values in module["ports"].items() if values["bits"]}
    found = {}
    for cell in module["cells"].values():
        pin = cell["connections"].get("PACKAGE_PIN")
        if pin and pin[0] in ports:
            found[ports[pin[0]]] = str(cell["attributes"]["NEXTPNR_BEL"])
    return found


def renamed(netlist: Netlist, pads: Mapping[str, str]) -> Netlist:
    """A netlist whose ports are called after the places of the pads."""

    def place(port: str) -> str:
        name, end = re.fullmatch(r"(.*?)( out| enable)?", port, re.DOTALL).groups()  # type: ignore[union-attr]
        return pads.get(name, name) + (end or "")

    return Netlist(
        netlist.name,
        {place(port): bits for port, bits in netlist.inputs.items()},
        {place(port): bits for port, bits in netlist.outputs.items()},
        netlist.gates,
        netlist.registers,
        netlist.wires,
        place(netlist.clock) if netlist.clock else "",
    )
