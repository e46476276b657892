"""Which name each bit of a netlist has in Verilog, and which operations stand inside another one without a name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .expression import Bit, Bits

BITWISE = {"$and": "&", "$or": "|", "$xor": "^"}
COMPARE = {"$eq": "==", "$ne": "!=", "$lt": "<", "$le": "<=", "$gt": ">", "$ge": ">="}
REDUCE = {"$reduce_and": "&", "$reduce_or": "|", "$reduce_bool": "|"}
INLINE = {*BITWISE, "$not", "$mux"}
WHOLE = {*COMPARE, *REDUCE, "$logic_not"}
REGISTERS = {"$dff", "$dffe", "$sdff", "$sdffe", "$sdffce"}
_FIRST = ("clk", "rst", "advance", "load", "first", "words__payload", "words__valid", "words__ready")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Cell:
    """A cell: what it is, its parameters, and the bits of its ports."""

    kind: str
    parameters: Mapping[str, int]
    ports: Mapping[str, Bits]


def _place_of_port(name: str) -> int:
    """Control first, as it was otherwise."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _read_ports(module: Mapping[str, Any]) -> set[str]:
    """The ports of a module that are outputs, or inputs of which a bit is read."""
    read = {bit for cell in module["cells"].values() for bits in cell["connections"].values() for bit in bits}
    read |= {bit for port in module["ports"].values() if port["direction"] == "output" for bit in port["bits"]}
    return {name for name, port in module["ports"].items() if port["direction"] == "output" or read & set(port["bits"])}


class Named:
    """A module of a netlist, with a name for every bit that is driven.

    Attributes:
        name: of the module.
        ports: direction and bits of each.
        cells: that compute and store.
        instances: of other modules: which one, and the bits of its ports.
        outputs_of: ports of each module that are outputs.
        initial: what registers begin with, by bit.
        readers: how often a bit is read.
        place: name and index of a bit.
        width: bits of a name.
        wire_of: what the output of a cell is called, if it has a name,
        inside: and the cells without one that stand in the only cell that reads them.
    """

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
        self.cells: dict[str, Cell] = {}
        self.instances: dict[str, tuple[str, dict[str, Bits]]] = {}
        for instance, cell in module["cells"].items():
            kind, ports = cell["type"], {port: tuple(bits) for port, bits in cell["connections"].items()}
            if kind in netlist:
                read = _read_ports(netlist[kind])
                self.instances[instance] = kind, {port: bits for port, bits in ports.items() if port in read}
            else:
                self.cells[instance] = Cell(kind, {k: int(v, 2) for k, v in cell["parameters"].items()}, ports)
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
            output = cell.ports["Q" if cell.kind in REGISTERS else "Y"]
            wanted = max((i + 1 for i, bit in enumerate(output) if readers[bit]), default=0)
            before, taken[name] = taken[name], wanted
            for port, bits in cell.ports.items():
                if port in ("Y", "Q") or before == wanted:
                    continue
                # What is narrow by nature, or decides about every bit, is read whole, and once.
                narrow = port in ("A", "B", "D") and cell.kind not in WHOLE
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
            output = self.output(value)
            if not output:
                continue
            known = self._known(output)
            if value.kind in INLINE and not known and len(sole[output]) == 1 and self._inlines(output, sole[output][0]):
                self.inside[sole[output][0]].append(cell)
                continue
            self.wire_of[cell] = self._free(known or "t0", output)
            self._drive(self.wire_of[cell], output)

    def _inlines(self, output: Bits, reader: str) -> bool:
        """Whether an operation may stand inside the only one that reads it: all its bits, once, at this width."""
        cell = self.cells[reader]
        if output not in (cell.ports.get(port) for port in ("A", "B", "D")):
            return False
        width = len(self.output(cell))
        fits = cell.kind in REGISTERS or (cell.kind in INLINE and width == len(output))
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

    def output(self, cell: Cell) -> Bits:
        """The bits that a cell drives, without those at the top that nobody reads."""
        bits = cell.ports["Q" if cell.kind in REGISTERS else "Y"]
        if cell.kind in WHOLE:
            bits = bits[:1]
        while bits and not self.readers[bits[-1]]:
            bits = bits[:-1]
        return bits
