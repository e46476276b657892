"""What the chips of one family have in common: their primitives, and how Yosys, nextpnr and the packer are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Kind:
    """What a primitive of a family is.

    Attributes:
        resource: ``"lut"``, ``"mux"`` (a wide multiplexer), ``"carry"``, ``"ff"`` or ``"bram"``.
        cells: logic cells that it takes, if it takes them alone.
    """

    resource: str
    cells: int = 0


@dataclass(frozen=True)
class Family:
    """A family of chips.

    In arguments, ``{name}`` is the name of the design, and ``{out}`` that of one place and route of it.

    Attributes:
        name: of the family.
        title: for people.
        unit: what `Area.cells` counts.
        synth: the Yosys command that maps a design whose top is called ``top``.
        finish: Yosys commands behind it, when the hierarchy is flat.
        kinds: primitives that are counted, by name; ``*`` stands for any characters, and the first that fits counts.
        shares: the resources whose place a flip-flop shares if it alone reads them; ``()`` where it has its own place.
        taps: whether others may read them too.
        constraints: suffix of the file of pins, ``""`` if there is none.
        nextpnr: the place and route tool, ``""`` if there is none.
        route: its arguments.
        placed: names of logic cells in a placed design.
        packer: the tool that packs the bitstream.
        pack: its arguments; ``{options}`` stands for the board's own.
        bitstream: suffix of its file.
        bare_clock: whether the platforms' clock has no reset that the netlist shows.
        missing: what the open tools lack for this family, for people.
    """

    name: str
    title: str
    unit: str
    synth: str
    kinds: Mapping[str, Kind]
    finish: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    taps: bool = False
    constraints: str = ""
    nextpnr: str = ""
    route: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    packer: str = ""
    pack: tuple[str, ...] = ()
    bitstream: str = ""
    bare_clock: bool = False
    missing: str = ""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that a build runs, in order."""
        return tuple(name for name in ("yosys", self.nextpnr, self.packer) if name)

    def kind(self, primitive: str) -> Kind | None:
        """What a primitive is, or None if it is not counted."""
        return next((kind for name, kind in self.kinds.items() if fnmatchcase(primitive, name)), None)
