"""Verilog for people, from a netlist of word-level cells as Yosys writes it in JSON.

Verilog-2005 without primitives, attributes or waivers. Every wire and register carries the name that the design gave
it; an operation without a name stands where it is read. All widths are written out, so that nothing is extended or
cut in silence. A cell that is not known is refused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from gatewright.errors import GatewrightError

from .expression import Bit, Bits, concatenation, constant, parts_of, range_of, wrap

_BITWISE = {"$and": "&", "$or": "|", "$xor": "^"}
_COMPARE = {"$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">="}
_ARITHMETIC = {"$add": "+", "$sub": "-"}
_REDUCE = {"$reduce_and": "&", "$reduce_or": "|", "$reduce_bool": "|"}
_INLINE = {*_BITWISE, "$not", "$mux"}
_WHOLE = {*_COMPARE, *_REDUCE, "$logic_not"}
_REGISTERS = {"$dff", "$dffe", "$sdff", "$sdffe", "$sdffce"}
_FIRST = ("clk", "rst", "advance", "load", "first", "words__payload", "words__valid", "words__ready")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class _Cell:
    """A cell: what it is, its parameters, and the bits of its ports."""

    kind: str
    parameters: Mapping[str, int]
    ports: Mapping[str, Bits]


def write_module(name: str, netlist: Mapping[str, Any], comment: str = "") -> str:
    """One module of a netlist as Verilog.

    Args:
        name: of the module.
        netlist: the value of ``"modules"`` in the JSON; instances of other modules in it are kept.
        comment: says what the module is.

    Raises:
        GatewrightError: if it holds a cell that is not known.
    """
    return _Module(name, netlist).text(comment)


def _place_of_port(name: str) -> int:
    """Control first, as it was otherwise."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _read_ports(module: Mapping[str, Any]) -> set[str]:
    """The ports of a module that are outputs, or inputs of which a bit is read."""
    read = {bit for cell in module["cells"].values() for bits in cell["connections"].values() for bit in bits}
    read |= {bit for port in module["ports"].values() if port["direction"] == "output" for bit in port["bits"]}
    return {name for name, port in module["ports"].items() if port["direction"] == "output" or read & set(port["bits"])}


class _Module:
    def __init__(self, name: str, netlist: Mapping[str, Any]) -> None:
        module = netlist[name]
        self.name = name
        self.is_top = not any(cell["type"] == name for m in netlist.values() for cell in m["cells"].values())
        self.ports = {
            port: (module["ports"][port]["direction"], tuple(module["ports"][port]["bits"]))
            for port in sorted(module["ports"], key=_place_of_port)
            if self.is_top or port in _read_ports(module)
        }
        self.names = self._public_names(module)
        self.initial = {
            bit: value
            for net in module["netnames"].values()
            for bit, value in zip(net["bits"], reversed(net["attributes"].get("init", "")), strict=False)
        }
        self.cells: dict[str, _Cell] = {}
        self.instances: dict[str, tuple[str, dict[str, Bits]]] = {}
        for instance, cell in module["cells"].items():
            kind, ports = cell["type"], {port: tuple(bits) for port, bits in cell["connections"].items()}
            if kind in netlist:
                read = _read_ports(netlist[kind])
                self.instances[instance] = kind, {port: bits for port, bits in ports.items() if port in read}
            else:
                self.cells[instance] = _Cell(kind, {k: int(v, 2) for k, v in cell["parameters"].items()}, ports)
        self.outputs_of = {
            k: [p for p, v in m["ports"].items() if v["direction"] == "output"] for k, m in netlist.items()
        }
        self.readers = self._count_readers()
        self.place: dict[Bit, tuple[str, int]] = {}
        self.width: dict[str, int] = {}
        self.taken: set[str] = set(self.ports) | set(self.instances)
        self._name_drivers()

    def _public_names(self, module: Mapping[str, Any]) -> dict[Bits, str]:
        """The names that the design gave to vectors: of several for one, that of a port, or the plainest."""
        names: dict[Bits, str] = {}
        public = [name for name, net in module["netnames"].items() if not net["hide_name"]]
        for name in sorted(public, key=lambda n: (n in self.ports, bool(_IDENTIFIER.fullmatch(n)), -len(n), n)):
            names[tuple(module["netnames"][name]["bits"])] = name
        return names

    def _count_readers(self) -> Counter[Bit]:
        """How often each bit is read, by operations that are themselves read, and as far as these are."""
        readers: Counter[Bit] = Counter()
        for kind, ports in self.instances.values():
            readers.update(bit for port, bits in ports.items() if port not in self.outputs_of[kind] for bit in bits)
        readers.update(bit for direction, bits in self.ports.values() if direction == "output" for bit in bits)
        driver = {
            bit: name for name, cell in self.cells.items() for bit in cell.ports.get("Y", cell.ports.get("Q", ()))
        }
        taken: dict[str, int] = dict.fromkeys(self.cells, 0)
        todo = list(dict.fromkeys(driver[bit] for bit in readers if bit in driver))
        while todo:
            name = todo.pop()
            cell = self.cells[name]
            output = cell.ports["Q" if cell.kind in _REGISTERS else "Y"]
            wanted = max((i + 1 for i, bit in enumerate(output) if readers[bit]), default=0)
            before, taken[name] = taken[name], wanted
            for port, bits in cell.ports.items():
                if port in ("Y", "Q") or before == wanted:
                    continue
                # What is narrow by nature, or decides about every bit, is read whole, and once.
                narrow = port in ("A", "B", "D") and cell.kind not in _WHOLE
                new = bits[before:wanted] if narrow else bits if not before else ()
                readers.update(new)
                todo.extend(dict.fromkeys(driver[bit] for bit in new if bit in driver))
        return readers

    def _name_drivers(self) -> None:
        """Give each bit a name and an index: those of the port, cell or instance that drives it."""
        for port, (direction, bits) in self.ports.items():
            if direction == "input":
                self._drive(port, bits)
        for cell, (kind, ports) in self.instances.items():
            for port in self.outputs_of[kind]:
                self._drive(self._free(self._known(ports[port]) or f"{cell}_{port}", ports[port]), ports[port])
        self.wire_of: dict[str, str] = {}
        self.inside: dict[str, list[str]] = defaultdict(list)
        sole: dict[Bits, list[str]] = defaultdict(list)
        for cell, value in self.cells.items():
            for port, bits in value.ports.items():
                if port not in ("Y", "Q"):
                    sole[bits].append(cell)
        for cell, value in self.cells.items():
            output = self._output(value)
            if not output:
                continue
            known = self._known(output)
            if (
                value.kind in _INLINE
                and not known
                and len(sole[output]) == 1
                and self._inlines(output, sole[output][0])
            ):
                self.inside[sole[output][0]].append(cell)
                continue
            self.wire_of[cell] = self._free(known or "t0", output)
            self._drive(self.wire_of[cell], output)

    def _inlines(self, output: Bits, reader: str) -> bool:
        """Whether an operation may stand inside the only one that reads it: all its bits, once, at this width."""
        cell = self.cells[reader]
        if output not in (cell.ports.get(port) for port in ("A", "B", "D")):
            return False
        width = len(self._output(cell))
        fits = cell.kind in _REGISTERS or (cell.kind in _INLINE and width == len(output))
        return fits and all(self.readers[bit] == 1 for bit in output)

    def _known(self, bits: Bits) -> str:
        """The name that the design gave to these bits, or to a vector that holds them side by side."""
        if bits in self.names:
            return re.sub(r"\W", "_", self.names[bits])
        for vector, name in self.names.items():
            if bits[0] in vector:
                low = vector.index(bits[0])
                if vector[low : low + len(bits)] == bits:
                    return re.sub(r"\W", "_", f"{name}_{low + len(bits) - 1}_{low}")
        return ""

    def _free(self, name: str, bits: Bits) -> str:
        """A name that no other wire has; a port keeps its own."""
        if name in self.ports and self.ports[name] == ("output", bits):
            return name
        name = name if _IDENTIFIER.fullmatch(name) else f"_{name}"
        candidate, number = name, 1
        while candidate in self.taken:
            candidate = f"{re.sub(r'[0-9]+$', '', name)}{number}" if name == "t0" else f"{name}_{number}"
            number += 1
        self.taken.add(candidate)
        return candidate

    def _drive(self, name: str, bits: Bits) -> None:
        self.width[name] = len(bits)
        for index, bit in enumerate(bits):
            self.place[bit] = name, index

    def _output(self, cell: _Cell) -> Bits:
        """The bits that a cell drives, without those at the top that nobody reads."""
        bits = cell.ports["Q" if cell.kind in _REGISTERS else "Y"]
        if cell.kind in _WHOLE:
            bits = bits[:1]
        while bits and not self.readers[bits[-1]]:
            bits = bits[:-1]
        return bits

    def text(self, comment: str) -> str:
        """The whole module."""
        body = [*self._declarations(), *self._operations(), *self._instances(), *self._registers(), *self._outputs()]
        body += self._unused()
        stored = {name for cell, name in self.wire_of.items() if self.cells[cell].kind in _REGISTERS}
        kinds = {name: "reg" if name in stored else "wire" for name in self.ports}
        ports = [f"    {way} {kinds[name]} {range_of(len(bits))}{name}" for name, (way, bits) in self.ports.items()]
        head = [f"// {line}" for line in comment.splitlines()]
        lines = [*head, f"module {self.name} (", *(f"{port}," for port in ports[:-1]), ports[-1], ");", *body]
        return "\n".join([*(wrapped for line in lines for wrapped in wrap(line)), "endmodule"]) + "\n"

    def _declarations(self) -> Iterator[str]:
        for kind, ports in self.instances.values():
            for port in self.outputs_of[kind]:
                name = self.place[ports[port][0]][0]
                if name not in self.ports:
                    yield f"    wire {range_of(self.width[name])}{name};"
        registers = [name for cell, name in self.wire_of.items() if self.cells[cell].kind in _REGISTERS]
        yield from (f"    reg {range_of(self.width[name])}{name};" for name in registers if name not in self.ports)
        for cell, name in self.wire_of.items():
            if self.cells[cell].kind in _REGISTERS:
                values = [self.initial.get(bit, "x") for bit in self._output(self.cells[cell])]
                if "x" not in values:
                    yield f"    initial {name} = {constant(tuple(values))};"

    def _operations(self) -> Iterator[str]:
        """The operations that have a name, each behind those that it reads."""
        reads: dict[str, set[str]] = {}
        for cell in self.cells:
            if cell in self.wire_of and self.cells[cell].kind not in _REGISTERS:
                reads.setdefault(self.wire_of[cell], set())
        cell_of = {name: cell for cell, name in self.wire_of.items()}
        for name in reads:
            todo = [cell_of[name]]
            while todo:
                cell = todo.pop()
                todo += self.inside[cell]
                sources = {self.place[b][0] for p, bits in self.cells[cell].ports.items() if p != "Y" for b in bits
                           if b in self.place}  # fmt: skip
                reads[name] |= sources & reads.keys()
        for name in TopologicalSorter(reads).static_order():
            expression = self._expression(cell_of[name], self.width[name])
            if name in self.ports:
                yield f"    assign {name} = {expression};"
            else:
                yield f"    wire {range_of(self.width[name])}{name} = {expression};"

    def _expression(self, cell_name: str, width: int) -> str:
        cell = self.cells[cell_name]
        kind, ports = cell.kind, cell.ports
        if kind == "$not":
            return f"~{self._operand(cell_name, 'A', width)}"
        if kind in _BITWISE or kind in _ARITHMETIC:
            operator = (_BITWISE | _ARITHMETIC)[kind]
            return f"{self._operand(cell_name, 'A', width)} {operator} {self._operand(cell_name, 'B', width)}"
        if kind == "$mux":
            choices = [self._operand(cell_name, port, width) for port in ("B", "A")]
            return f"{self._read(ports['S'])} ? {choices[0]} : {choices[1]}"
        if kind in _COMPARE:
            width = max(len(ports["A"]), len(ports["B"]))
            left, right = (self._operand(cell_name, port, width) for port in ("A", "B"))
            return f"{left} {_COMPARE[kind]} {right}"
        if kind in _REDUCE:
            return f"{_REDUCE[kind]}{self._read(ports['A'])}"
        if kind == "$logic_not":
            return f"{self._read(ports['A'])} == {constant(('0',) * len(ports['A']))}"
        raise GatewrightError(f"{self.name} holds a cell of type {kind}: the Verilog writer does not know it.")

    def _operand(self, cell: str, port: str, width: int) -> str:
        """What a port of a cell reads, at a width; an operation without a name stands in brackets."""
        value = self.cells[cell]
        signed = value.parameters.get(f"{port}_SIGNED", 0)
        if signed:
            raise GatewrightError(f"{self.name} computes with signs: the Verilog writer does not know them.")
        bits = value.ports[port]
        for source in self.inside[cell]:
            if self._output(self.cells[source]) == bits:
                expression = self._expression(source, len(bits))
                return expression if port == "D" else f"({expression})"
        return self._read((*bits[:width], *("0",) * (width - len(bits))))

    def _read(self, bits: Bits) -> str:
        return concatenation(bits, self.place, self.width)

    def _instances(self) -> Iterator[str]:
        for cell, (kind, ports) in self.instances.items():
            yield f"    {kind} {cell} ("
            listed = [f"        .{port}({self._read(bits)})" for port, bits in ports.items()]
            yield from (f"{port}," for port in listed[:-1])
            yield listed[-1]
            yield "    );"

    def _registers(self) -> Iterator[str]:
        """A block for each register."""
        for cell_name, name in self.wire_of.items():
            cell = self.cells[cell_name]
            if cell.kind not in _REGISTERS:
                continue
            if not cell.parameters["CLK_POLARITY"]:
                raise GatewrightError(f"{self.name} uses a falling edge: the Verilog writer does not know it.")
            width = self.width[name]
            follow = f"{name} <= {self._operand(cell_name, 'D', width)};"
            enable = f"if ({self._condition(cell, 'EN')}) " if "EN" in cell.ports else ""
            yield f"    always @(posedge {self._read(cell.ports['CLK'])})"
            if "SRST" not in cell.ports:
                yield f"        {enable}{follow}"
                continue
            value = format(cell.parameters["SRST_VALUE"], f"0{len(cell.ports['Q'])}b")[::-1][:width]
            clear = f"if ({self._condition(cell, 'SRST')}) {name} <= {constant(tuple(value))};"
            if cell.kind == "$sdffce":
                yield from (
                    f"        {enable}begin",
                    f"            {clear}",
                    f"            else {follow}",
                    "        end",
                )
            else:
                yield from (f"        {clear}", f"        else {enable}{follow}")

    def _condition(self, cell: _Cell, port: str) -> str:
        read = self._read(cell.ports[port])
        return read if cell.parameters[f"{port}_POLARITY"] else f"!{read}"

    def _outputs(self) -> Iterator[str]:
        for name, (direction, bits) in self.ports.items():
            if direction == "output" and name not in self.width:
                yield f"    assign {name} = {self._read(bits)};"

    def _unused(self) -> Iterator[str]:
        """A wire that reads what nobody else does, so that linters see that it is known."""
        bits = tuple(bit for bit, (name, _) in self.place.items() if not self.readers[bit] and name in self.width)
        if bits:
            yield "    // Read by nobody."
            yield f"    wire unused = &{{1'b0, {', '.join(parts_of(bits, self.place, self.width))}}};"
