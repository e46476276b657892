"""What is known of a board: data, and the few values that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gatewright.hdl.fabric import Fabric

from .family import Family
from .place.grid import Grid

HEADROOM = 1.15
"""How much faster than its board's clock a design is planned: place and route falls short of the plan at times."""


@dataclass(frozen=True)
class Uart:
    """The pins of the serial line.

    Attributes:
        rx: the pin on which the board receives.
        tx: the pin on which it sends.
        note: where the pins lead, and which adapter or jumper they need, for people.
        attributes: of both pins, where the board's Amaranth platform does not name a serial line.
    """

    rx: str
    tx: str
    note: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Programmer:
    """How one program loads a bitstream.

    Attributes:
        tool: the program.
        ram: its arguments in front of the file for a load that is lost without power, None if it cannot.
        flash: its arguments in front of the file for a load that stays, None if it cannot.
    """

    tool: str
    ram: tuple[str, ...] | None
    flash: tuple[str, ...] | None


@dataclass(frozen=True)
class Board:
    """A board, or a chip without one.

    Attributes:
        name: on the command line.
        title: for people.
        family: how its designs are built.
        fabric: of its chip.
        device: the chip.
        package: its package.
        cells: logic cells, in the family's unit.
        available: number of each resource: ``lut``, ``ff``, ``carry``, ``bram``.
        clock_hz: of the board's own clock, in Hz.
        baud: of the serial line.
        platform: ``module:Class`` of the board's Amaranth platform; a chip without a board takes the pins of one that
            carries it, and ``""`` is for chips that no open tool places.
        uart: the pins of the serial line.
        nextpnr: arguments that tell nextpnr the chip and its package.
        grid: the logic tiles of the chip, for our own placer; None where there is none.
        pack: arguments of the packer.
        pll: what makes other clocks, a key of `pll.KINDS`; ``""`` if nothing does.
        programmers: how a bitstream is loaded, the preferred first; none for a chip without a board.
        usb: vendor and product of its USB bridge, in hex.
        note: what else one must know to use it, for people.
        selftest: whether its designs can count and test themselves; without, they are some two hundred cells smaller.
    """

    name: str
    title: str
    family: Family
    fabric: Fabric
    device: str
    package: str
    cells: int
    available: Mapping[str, int]
    clock_hz: int
    baud: int
    platform: str
    uart: Uart
    nextpnr: tuple[str, ...]
    grid: Grid | None = None
    pack: tuple[str, ...] = ()
    pll: str = ""
    programmers: tuple[Programmer, ...] = ()
    usb: tuple[str, str] = ("", "")
    note: str = ""
    selftest: bool = True

    @property
    def planned_mhz(self) -> float:
        """The clock for which registers are placed if no other is asked for, in MHz."""
        return HEADROOM * self.clock_hz / 1e6

    @property
    def is_chip(self) -> bool:
        """Whether this is a chip without a board: it has figures, but no bitstream."""
        return not self.programmers
