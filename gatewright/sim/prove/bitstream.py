"""The circuit in an iCE40 bitstream, read back from its configuration bits.

Each logic cell is a LUT, a carry and a flip-flop, as ``logic_tile.html`` of Project IceStorm describes their twenty
bits. Wires follow the database (`chipdb`): buffers in their direction, switches both ways, global networks from a pad
or from a tile's ``fabout``, and into a column only where its column buffer is on. A wire that nothing drives is 0, an
enable that nothing drives is 1. Whatever else drives a wire that is used (memory, multipliers, a PLL, a pad with a
register, a switch whose setting the database does not know, two drivers at once) is refused by name.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from gatewright.errors import GatewrightError

from .cells import BUFFER, MAJORITY
from .chipdb import Chip, Configuration, Tile
from .ice40 import pad_kind
from .netlist import ENABLE, OUT, Netlist, Register

# Where the table and the four options lie among the twenty bits of a logic cell.
_TABLE = (4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0)
_CARRY, _REGISTERED, _SET, _ASYNCHRONOUS = 8, 9, 18, 19
_GLOBAL = "glb_netwk_"


@dataclass(frozen=True)
class Recovered:
    """What was found.

    Attributes:
        netlist: the ports are pads by their place, such as ``X13/Y0/io1``.
        places: a register's place, such as ``X8/Y7/lc3``, to its bit.
    """

    netlist: Netlist
    places: dict[str, int]


def recover(config: Configuration, chip: Chip, name: str) -> Recovered:
    """Read the circuit.

    Args:
        config: the configuration.
        chip: the database for it.
        name: for messages.

    Raises:
        GatewrightError: if a wire that is used is driven by something without a model, or by two things.
    """
    return _Reader(config, chip, name).recovered()


class _Reader:
    def __init__(self, config: Configuration, chip: Chip, name: str) -> None:
        self.config, self.chip, self.name = config, chip, name
        self.parent: dict[int, int] = {}
        for left, right in chip.joins:
            self.parent[self.root(left)] = self.root(right)
        self.members: dict[int, set[int]] = defaultdict(set)
        for net in {*self.parent, *chip.buffers, *chip.unknown, *chip.names}:
            self.members[self.root(net)].add(net)
        self.unused = 2 + max(self.members, default=0)
        self.unused = 2 + max([self.unused, *(net for nets in self.members.values() for net in nets)])
        self.gates: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.registers: dict[int, Register] = {}
        self.inputs: dict[str, tuple[int, ...]] = {}
        self.outputs: dict[str, tuple[int, ...]] = {}
        self.places: dict[str, int] = {}
        self.open: list[int] = []
        self.seen: set[int] = set()
        self.clock_bits: set[int] = set()
        self.columns = {(x, y): (sx, sy) for sx, sy, x, y in chip.tables["colbuf"]}
        self.input_enables = {(x, y, z): (ix, iy, iz) for x, y, z, ix, iy, iz in chip.tables["ieren"]}

    def recovered(self) -> Recovered:
        for (x, y), kind in self.config.kinds.items():
            if kind == "logic_tile":
                for index in range(8):
                    self.registered(x, y, index)
            elif kind == "io_tile":
                for index in range(2):
                    self.driven_pad(x, y, index)
        while self.open:
            self.build(self.open.pop())
        clocks = {self.clock_pad(bit) for bit in self.clock_bits}
        if len(clocks) > 1:
            raise self.refuse("clocks its registers from more than one pad")
        netlist = Netlist(
            self.name, self.inputs, self.outputs, self.gates, self.registers, clock=next(iter(clocks), "")
        )
        return Recovered(netlist, self.places)

    def refuse(self, what: str) -> GatewrightError:
        return GatewrightError(f"{self.name} {what}: the proof has no model of that.")

    # Wires.

    def root(self, net: int) -> int:
        """The representative of the nets that switches join with this one."""
        while net in self.parent and self.parent[net] != net:
            self.parent[net] = self.parent.get(self.parent[net], self.parent[net])
            net = self.parent[net]
        return net

    def pin(self, x: int, y: int, name: str) -> int | None:
        """The net at a pin."""
        return self.chip.pins.get((x, y, name))

    def driven(self, net: int | None) -> bool:
        """Whether anything may drive a net."""
        return net is not None and bool(self.sources(self.root(net)))

    def read(self, net: int | None, idle: int = 0) -> int:
        """The bit of a net that a cell reads; ``idle`` if nothing drives it."""
        if net is None or not self.driven(net):
            return idle
        root = self.root(net)
        if root not in self.seen:
            self.seen.add(root)
            self.open.append(root)
        return root + 2

    def fresh(self) -> int:
        self.unused += 1
        return self.unused

    def sources(self, root: int) -> list[tuple[str, tuple[int, int, str] | int]]:
        """What drives a group of joined nets: buffers, cells, and what has no model."""
        found: list[tuple[str, tuple[int, int, str] | int]] = []
        members = self.members.get(root) or {root}
        for net in members:
            found += [
                ("buffer", source) for tile, source in self.chip.buffers.get(net, ()) if self.enters(tile, source)
            ]
            if net in self.chip.unknown:
                x, y = self.chip.unknown[net]
                found.append(("unknown", (x, y, "a switch in an unknown position")))
            cells: dict[str, tuple[int, int, str]] = {}
            for x, y, name in self.chip.names.get(net, ()):
                kind = self.kind(x, y, name)
                if kind:
                    cells[kind] = (x, y, name)
            found += list(cells.items())
        return found

    def kind(self, x: int, y: int, name: str) -> str:  # noqa: PLR0911 - one return for each kind
        """What a pin of that name drives; ``""`` if it only reads."""
        cell, _, pin = name.partition("/")
        if cell.startswith("lutff_") and pin in ("out", "lout", "cout"):
            if self.config.kinds.get((x, y)) != "logic_tile":
                return "hard block"
            bits = self.logic_bits(x, y, int(cell[6:]))
            if pin == "cout":
                return "carry" if bits[_CARRY] == "1" else ""
            return pin if any(bits[i] == "1" for i in (*_TABLE, _REGISTERED)) else ""
        if cell.startswith("io_") and pin.startswith("D_IN_"):
            return "pad"
        if name == "carry_in_mux":
            mux = self.pin(x, y, name)
            return "" if mux is None or self.chip.buffers.get(mux) else "carry constant"
        if name.startswith(_GLOBAL):
            return "global"
        if pin.startswith("RDATA") or (cell == "mult" and pin.startswith("O_")) or name.startswith("slf_op_"):
            return "hard block"
        return ""

    def enters(self, tile: Tile, source: int) -> bool:
        """Whether a global network reaches a tile's column; any other net does."""
        names = self.chip.names.get(source)
        if not names or not names[0][2].startswith(_GLOBAL):
            return True
        column = self.columns.get(tile)
        if column is None:
            return True
        functions = self.chip.functions[self.config.kinds[column]]
        (bit,) = functions[f"ColBufCtrl.{names[0][2]}"]
        return self.config.on(column, bit)

    def build(self, root: int) -> None:
        """Make the gate of a group of joined nets that something drives."""
        sources = self.sources(root)
        if len({*map(str, sources)}) > 1:
            places = ", ".join(str(source) for _, source in sources)
            raise self.refuse(f"drives a wire twice ({places})")
        ((kind, source),) = {str(item): item for item in sources}.values()
        if isinstance(source, int):
            self.gates[root + 2] = (BUFFER, (self.read(source),))
            return
        x, y, name = source
        index = int(name[6]) if name.startswith("lutff_") else 0
        if kind == "lout" or (kind == "out" and root + 2 not in self.registers):
            self.gates[root + 2] = self.table(x, y, index)
        elif kind == "carry":
            below = self.pin(x, y, f"lutff_{index - 1}/cout" if index else "carry_in_mux")
            operands = (self.pin(x, y, f"lutff_{index}/in_1"), self.pin(x, y, f"lutff_{index}/in_2"), below)
            self.gates[root + 2] = (MAJORITY, tuple(self.read(operand) for operand in operands))
        elif kind == "carry constant":
            (bit,) = self.chip.functions["logic_tile"]["CarryInSet"]
            self.gates[root + 2] = (int(self.config.on((x, y), bit)), ())
        elif kind == "pad":
            self.gates[root + 2] = (BUFFER, (self.input(x, y, name),))
        elif kind == "global":
            self.gates[root + 2] = (BUFFER, (self.global_source(name),))
        elif kind != "out":
            raise self.refuse(f"uses {name} in tile {x} {y}, which is a {kind}")

    # Cells.

    def logic_bits(self, x: int, y: int, index: int) -> str:
        bits = self.chip.functions["logic_tile"][f"LC_{index}"]
        rows = self.config.tiles[x, y]
        return "".join(rows[row][column] for row, column in bits)

    def table(self, x: int, y: int, index: int) -> tuple[int, tuple[int, ...]]:
        bits = self.logic_bits(x, y, index)
        init = sum((bits[at] == "1") << i for i, at in enumerate(_TABLE))
        pins = (self.pin(x, y, f"lutff_{index}/in_{i}") for i in (3, 2, 1, 0))
        return init, tuple(self.read(net) for net in pins)

    def registered(self, x: int, y: int, index: int) -> None:
        """The flip-flop of a logic cell, if it is on."""
        bits = self.logic_bits(x, y, index)
        if bits[_REGISTERED] == "0":
            return
        place = f"X{x}/Y{y}/lc{index}"
        (negative,) = self.chip.functions["logic_tile"]["NegClk"]
        if self.config.on((x, y), negative):
            raise self.refuse(f"clocks {place} on the falling edge")
        clock, enable, reset = (self.pin(x, y, f"lutff_global/{pin}") for pin in ("clk", "cen", "s_r"))
        if bits[_ASYNCHRONOUS] == "1" and self.driven(reset):
            raise self.refuse(f"resets {place} without a clock")
        if not self.driven(clock):
            raise self.refuse(f"gives {place} no clock")
        out = self.pin(x, y, f"lutff_{index}/out")
        if out is None:
            raise self.refuse(f"has a register at {place}")
        data = self.fresh()
        self.gates[data] = self.table(x, y, index)
        bit = self.root(out) + 2
        self.registers[bit] = Register(
            data, (self.read(enable, 1), True), (self.read(reset), True), int(bits[_SET]), gated=True
        )
        self.places[place] = bit
        self.clock_bits.add(self.read(clock))
        self.read(out)

    # Pads and global networks.

    def pin_type(self, x: int, y: int, index: int) -> str:
        functions = self.chip.functions["io_tile"]
        bits = (functions[f"IOB_{index}.PINTYPE_{i}"][0] for i in range(5, -1, -1))
        return "".join(str(int(self.config.on((x, y), bit))) for bit in bits)

    def driven_pad(self, x: int, y: int, index: int) -> None:
        """The driver of a pad, if it is on."""
        place, pin_type = f"X{x}/Y{y}/io{index}", self.pin_type(x, y, index)
        if pin_type[:4] == "0000":
            return
        try:
            _, enable = pad_kind(pin_type[:4] + "01")
        except GatewrightError as error:
            raise self.refuse(f"has a pad {place} whose {error}") from error
        self.outputs[place + OUT] = (self.read(self.pin(x, y, f"io_{index}/D_OUT_0")),)
        driver = self.pin(x, y, f"io_{index}/OUT_ENB")
        self.outputs[place + ENABLE] = (1 if enable == "1" else self.read(driver, 1),)

    def input(self, x: int, y: int, name: str) -> int:
        """The pad behind ``io_Z/D_IN_0``."""
        index = int(name[3])
        place, pin_type = f"X{x}/Y{y}/io{index}", self.pin_type(x, y, index)
        if not name.endswith("D_IN_0") or pin_type[4:] != "01":
            raise self.refuse(f"reads the pad {place} through a register or a latch (PIN_TYPE {pin_type})")
        ix, iy, iz = self.input_enables.get((x, y, index), (x, y, index))
        (bit,) = self.chip.functions["io_tile"][f"IoCtrl.IE_{iz}"]
        if not self.config.on((ix, iy), bit):
            raise self.refuse(f"reads the pad {place}, whose input is off")
        if any(
            self.config.on((x, y), bit) for name, (bit, *_) in self.chip.functions["io_tile"].items() if "PLL." in name
        ):
            raise self.refuse(f"has a PLL at {place}")
        if place not in self.inputs:
            self.inputs[place] = (self.fresh(),)
        return self.inputs[place][0]

    def global_source(self, network: str) -> int:
        """The bit behind a global network: a pad if the bit outside the tiles says so, else the fabric."""
        number = int(network.removeprefix(_GLOBAL))
        if self.chip.extra[f"padin_glb_netwk.{number}"] in self.config.extra:
            x, y, index = next((x, y, z) for x, y, z, n in self.chip.tables["gbufpin"] if n == number)
            return self.input(x, y, f"io_{index}/D_IN_0")
        x, y = next((x, y) for x, y, n in self.chip.tables["gbufin"] if n == number)
        return self.read(self.pin(x, y, "fabout"))

    def clock_pad(self, bit: int) -> str:
        """The pad that a clock comes from, through buffers alone."""
        places = {bits[0]: place for place, bits in self.inputs.items()}
        while bit not in places:
            table, operands = self.gates.get(bit, (0, ()))
            if table != BUFFER or len(operands) != 1:
                raise self.refuse("clocks a register from something else than a pad")
            bit = operands[0]
        return places[bit]
