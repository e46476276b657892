"""What is known of a board: data, and the few values that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Board:
    """A board.

    Attributes:
        name: on the command line.
        title: for people.
        family: decides how a bitstream is built: ``"ice40"``.
        device: the chip.
        package: its package.
        cells: logic cells; each holds one LUT, one flip-flop and one carry.
        available: number of each resource: ``lut``, ``ff``, ``carry``, ``bram``.
        clock_hz: of the clock that the design gets.
        baud: of the serial line.
        platform: ``module:Class`` of the board's Amaranth platform.
        nextpnr: arguments that tell nextpnr the chip and its package.
        programmers: the tools that can load a bitstream, the preferred first, each with what precedes the file.
        usb: vendor and product of its USB bridge, in hex.
    """

    name: str
    title: str
    family: str
    device: str
    package: str
    cells: int
    available: Mapping[str, int]
    clock_hz: int
    baud: int
    platform: str
    nextpnr: tuple[str, ...]
    programmers: Mapping[str, tuple[str, ...]]
    usb: tuple[str, str]
