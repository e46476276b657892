"""Where the logic tiles of a chip lie, and what nextpnr's packer makes of a netlist for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Control:
    """What the flip-flops of a tile have in common.

    Attributes:
        pins: nets of the clock, the enable and the reset; None where there is none.
        settings: how these are used.
    """

    pins: tuple[int | None, ...]
    settings: tuple[str | None, ...]

    @property
    def nets(self) -> tuple[int, ...]:
        """Those that there are, each once for each pin."""
        return tuple(net for net in self.pins if net is not None)


@dataclass(frozen=True)
class LogicCell:
    """What has a place in a tile: a LUT, a flip-flop behind it, or both.

    Attributes:
        parts: cells of the netlist that it consists of, each by what its place in the tile is called, with ``{place}``
            for 0 to 7, or ``{slice}`` and ``{half}`` for two places each of A to D.
        inputs: nets of the LUT's inputs.
        outputs: nets that others may read.
        control: of the flip-flop; None if there is none.
    """

    parts: Mapping[str, str]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    control: Control | None

    def bels(self, x: int, y: int, place: int) -> dict[str, str]:
        """What the places of its parts are called, in the tile at ``x`` and ``y``."""
        numbers = {"place": place, "slice": "ABCD"[place // 2], "half": place % 2}
        return {name: f"X{x}/Y{y}/{bel.format(**numbers)}" for bel, name in self.parts.items()}


@dataclass(frozen=True)
class Packing:
    """The netlists of a family of chips.

    Attributes:
        lut: the LUT of a mapped netlist, before it is packed,
        inputs: and its inputs.
        cells: the logic cells of a packed module; raises GatewrightError if cells must stand in a row.
        buffer: what drives a net that reaches every tile by wires of its own, and its pin.
        wires: of a tile that each net of a control set takes from the inputs of its LUTs.
        ease: inputs of the LUTs of a tile, on average over the chip, with which nextpnr's own placer comes to an end.
        router: of nextpnr's, the one that comes to an end on a full chip.
    """

    lut: str
    inputs: tuple[str, ...]
    cells: Callable[[Mapping[str, Any]], list[LogicCell]]
    buffer: tuple[str, str]
    wires: int
    ease: int
    router: str


@dataclass(frozen=True)
class Grid:
    """The tiles with logic cells: every row of every column that there is.

    Attributes:
        columns: x of each column; between them lie memories and multipliers.
        rows: y of each row.
        packing: of the chip's family.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    packing: Packing

    @property
    def tiles(self) -> int:
        """How many there are."""
        return len(self.columns) * len(self.rows)


def nets(cell: Mapping[str, Any], *pins: str) -> tuple[int, ...]:
    """The nets at pins of a cell, without constants."""
    return tuple(bit for pin in pins for bit in cell["connections"].get(pin, ()) if isinstance(bit, int))


def net(cell: Mapping[str, Any], pin: str) -> int | None:
    """The net at a pin of one bit of a cell; None if there is none, or a constant."""
    return next(iter(nets(cell, pin)), None)
