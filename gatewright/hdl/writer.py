"""Verilog for people, from a netlist of word-level cells as Yosys writes it in JSON.

Verilog-2005 without primitives, attributes or waivers. Every wire and register carries the name that the design gave
it; an operation without a name stands where it is read. All widths are written out, so that nothing is extended or
cut in silence. A cell that is not known is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from gatewright.errors import GatewrightError

from .expression import Bits, concatenation, constant, parts_of, range_of, wrap
from .naming import BITWISE, COMPARE, REDUCE, REGISTERS, Cell, Named

_ARITHMETIC = {"$add": "+", "$sub": "-"}


def write_module(name: str, netlist: Mapping[str, Any], comment: str = "") -> str:
    """One module of a netlist as Verilog.

    Args:
        name: of the module.
        netlist: the value of ``"modules"`` in the JSON; instances of other modules in it are kept.
        comment: says what the module is.

    Raises:
        GatewrightError: if it holds a cell that is not known.
    """
    return _Writer(Named(name, netlist)).text(comment)


class _Writer:
    def __init__(self, of: Named) -> None:
        self._of = of

    def text(self, comment: str) -> str:
        """The whole module."""
        body = [*self._declarations(), *self._operations(), *self._instances(), *self._registers(), *self._outputs()]
        body += self._unused()
        stored = {name for cell, name in self._of.wire_of.items() if self._of.cells[cell].kind in REGISTERS}
        kinds = {name: "reg" if name in stored else "wire" for name in self._of.ports}
        ports = [f"    {way} {kinds[name]} {range_of(len(bits))}{name}" for name, (way, bits) in self._of.ports.items()]
        head = [f"// {line}" for line in comment.splitlines()]
        lines = [*head, f"module {self._of.name} (", *(f"{port}," for port in ports[:-1]), ports[-1], ");", *body]
        return "\n".join([*(wrapped for line in lines for wrapped in wrap(line)), "endmodule"]) + "\n"

    def _declarations(self) -> Iterator[str]:
        for kind, ports in self._of.instances.values():
            for port in self._of.outputs_of[kind]:
                name = self._of.place[ports[port][0]][0]
                if name not in self._of.ports:
                    yield f"    wire {range_of(self._of.width[name])}{name};"
        registers = [name for cell, name in self._of.wire_of.items() if self._of.cells[cell].kind in REGISTERS]
        yield from (
            f"    reg {range_of(self._of.width[name])}{name};" for name in registers if name not in self._of.ports
        )
        for cell, name in self._of.wire_of.items():
            if self._of.cells[cell].kind in REGISTERS:
                values = [self._of.initial.get(bit, "x") for bit in self._of.output(self._of.cells[cell])]
                if "x" not in values:
                    yield f"    initial {name} = {constant(tuple(values))};"

    def _operations(self) -> Iterator[str]:
        """The operations that have a name, each behind those that it reads."""
        reads: dict[str, set[str]] = {}
        for cell in self._of.cells:
            if cell in self._of.wire_of and self._of.cells[cell].kind not in REGISTERS:
                reads.setdefault(self._of.wire_of[cell], set())
        cell_of = {name: cell for cell, name in self._of.wire_of.items()}
        for name in reads:
            todo = [cell_of[name]]
            while todo:
                cell = todo.pop()
                todo += self._of.inside[cell]
                ports = self._of.cells[cell].ports
                read = {bit for port, bits in ports.items() if port != "Y" for bit in bits}
                sources = {self._of.place[bit][0] for bit in read & self._of.place.keys()}
                reads[name] |= sources & reads.keys()
        for name in TopologicalSorter(reads).static_order():
            expression = self._expression(cell_of[name], self._of.width[name])
            if name in self._of.ports:
                yield f"    assign {name} = {expression};"
            else:
                yield f"    wire {range_of(self._of.width[name])}{name} = {expression};"

    def _expression(self, cell_name: str, width: int) -> str:
        cell = self._of.cells[cell_name]
        kind, ports = cell.kind, cell.ports
        if kind == "$not":
            return f"~{self._operand(cell_name, 'A', width)}"
        if kind in BITWISE or kind in _ARITHMETIC:
            operator = (BITWISE | _ARITHMETIC)[kind]
            return f"{self._operand(cell_name, 'A', width)} {operator} {self._operand(cell_name, 'B', width)}"
        if kind == "$mux":
            choices = [self._operand(cell_name, port, width) for port in ("B", "A")]
            return f"{self._read(ports['S'])} ? {choices[0]} : {choices[1]}"
        if kind in COMPARE:
            width = max(len(ports["A"]), len(ports["B"]))
            left, right = (self._operand(cell_name, port, width) for port in ("A", "B"))
            return f"{left} {COMPARE[kind]} {right}"
        if kind in REDUCE:
            return f"{REDUCE[kind]}{self._read(ports['A'])}"
        if kind == "$logic_not":
            return f"{self._read(ports['A'])} == {constant(('0',) * len(ports['A']))}"
        raise GatewrightError(f"{self._of.name} holds a cell of type {kind}: the Verilog writer does not know it.")

    def _operand(self, cell: str, port: str, width: int) -> str:
        """What a port of a cell reads, at a width; an operation without a name stands in brackets."""
        value = self._of.cells[cell]
        signed = value.parameters.get(f"{port}_SIGNED", 0)
        if signed:
            raise GatewrightError(f"{self._of.name} computes with signs: the Verilog writer does not know them.")
        bits = value.ports[port]
        for source in self._of.inside[cell]:
            if self._of.output(self._of.cells[source]) == bits:
                expression = self._expression(source, len(bits))
                return expression if port == "D" else f"({expression})"
        return self._read((*bits[:width], *("0",) * (width - len(bits))))

    def _read(self, bits: Bits) -> str:
        return concatenation(bits, self._of.place, self._of.width)

    def _instances(self) -> Iterator[str]:
        for cell, (kind, ports) in self._of.instances.items():
            yield f"    {kind} {cell} ("
            listed = [f"        .{port}({self._read(bits)})" for port, bits in ports.items()]
            yield from (f"{port}," for port in listed[:-1])
            yield listed[-1]
            yield "    );"

    def _registers(self) -> Iterator[str]:
        """A block for each register."""
        for cell_name, name in self._of.wire_of.items():
            cell = self._of.cells[cell_name]
            if cell.kind not in REGISTERS:
                continue
            if not cell.parameters["CLK_POLARITY"]:
                raise GatewrightError(f"{self._of.name} uses a falling edge: the Verilog writer does not know it.")
            width = self._of.width[name]
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

    def _condition(self, cell: Cell, port: str) -> str:
        read = self._read(cell.ports[port])
        return read if cell.parameters[f"{port}_POLARITY"] else f"!{read}"

    def _outputs(self) -> Iterator[str]:
        for name, (direction, bits) in self._of.ports.items():
            if direction == "output" and name not in self._of.width:
                yield f"    assign {name} = {self._read(bits)};"

    def _unused(self) -> Iterator[str]:
        """A wire that reads what nobody else does, so that linters see that it is known."""
        bits = tuple(
            bit for bit, (name, _) in self._of.place.items() if not self._of.readers[bit] and name in self._of.width
        )
        if bits:
            yield "    // Read by nobody."
            yield f"    wire unused = &{{1'b0, {', '.join(parts_of(bits, self._of.place, self._of.width))}}};"
