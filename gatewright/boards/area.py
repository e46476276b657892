"""Area by part: what each part of a synthesized design takes, counted in its netlist.

Each number is counted primitive by primitive, so the parts add up to the total. `Area.cells` counts the places of the
chip that the primitives need at least, in the unit of its family; place and route can only add to it. Where LUTs and
flip-flops share places, it is one flip-flop to a LUT, which on iCE40 nothing else may read; an iCE40's carry shares the
place of the LUT that is the sum beside it. That is how nextpnr packs them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from gatewright.errors import GatewrightError

from .family import Family, Kind

REST = "io"
"""The part that is everything else: handshakes, reset, pins."""


@dataclass(frozen=True)
class Area:
    """Resources that are used.

    Attributes:
        lut: LUTs of any size.
        ff: flip-flops.
        carry: carry cells: bits of an adder, on ECP5 and Nexus two, on AMD chips four.
        bram: memory blocks.
        cells: places that these need at least, in the family's unit.
        mux: wide multiplexers.
        lut1, lut2, lut3, lut4, lut5, lut6: LUTs that use so many inputs.
    """

    lut: int = 0
    ff: int = 0
    carry: int = 0
    bram: int = 0
    cells: int = 0
    mux: int = 0
    lut1: int = 0
    lut2: int = 0
    lut3: int = 0
    lut4: int = 0
    lut5: int = 0
    lut6: int = 0

    def __add__(self, other: Area) -> Area:
        return Area(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Area)))

    def as_dict(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)


def total(parts: Iterable[Area]) -> Area:
    """The sum of areas."""
    return sum(parts, Area())


def by_part(netlist: Mapping[str, Any], top: str, parts: Collection[str], family: Family) -> dict[str, Area]:
    """The area of each part of a flat netlist, and of `REST`.

    Args:
        netlist: as Yosys' ``write_json`` writes it, flattened from modules that were mapped one by one.
        top: name of the top module.
        parts: a cell belongs to the first part that its hierarchical name passes through.
        family: of the chip.
    """
    cells = netlist["modules"][top]["cells"]
    shared = _shared(cells.values(), family)
    result = dict.fromkeys((*parts, REST), Area())
    for name, cell in cells.items():
        kind = family.kind(cell["type"])
        if kind is None:
            continue
        numbers = {kind.resource: 1, "cells": 0 if shared(cell, kind) else kind.cells}
        if kind.resource == "lut":
            used = sum(isinstance(bit, int) for bit in _inputs(cell))
            numbers[f"lut{max(1, min(used, 6))}"] = 1
        result[part_of(name, parts)] += Area(**numbers)
    return result


def load(path: Path) -> dict[str, Any]:
    """Read a netlist.

    Raises:
        GatewrightError: if it is absent or damaged.
    """
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise GatewrightError(f"The netlist {path} cannot be read ({error}): build again.") from error


def placed(netlist: Mapping[str, Any], top: str, parts: Collection[str], family: Family) -> dict[str, int]:
    """Logic cells by part in a placed design, as nextpnr writes it; names without a part count as `REST`."""
    result = dict.fromkeys((*parts, REST), 0)
    for name, cell in netlist["modules"][top]["cells"].items():
        if any(fnmatchcase(cell["type"], pattern) for pattern in family.placed):
            result[part_of(name, parts)] += 1
    return result


def part_of(name: str, parts: Collection[str]) -> str:
    """The part that a hierarchical name passes through."""
    return next((piece for piece in re.split(r"[.\\]", name) if piece in parts), REST)


def _inputs(cell: Mapping[str, Any]) -> Iterator[Any]:
    """What the inputs of a cell are connected to: numbers of nets, and constants as text."""
    return _pins(cell, "input")


def _outputs(cell: Mapping[str, Any]) -> Iterator[Any]:
    """Likewise of the outputs."""
    return _pins(cell, "output")


def _pins(cell: Mapping[str, Any], direction: str) -> Iterator[Any]:
    for port, bits in cell["connections"].items():
        if cell["port_directions"][port] == direction:
            yield from bits


def _shared(cells: Iterable[Mapping[str, Any]], family: Family) -> Callable[[Mapping[str, Any], Kind], bool]:
    """Tells whether a cell lies in a place that another one takes."""
    readers: Counter[Any] = Counter()
    drivers: set[Any] = set()
    constants: set[Any] = set()
    adders: set[tuple[Any, ...]] = set()
    for cell in cells:
        readers.update(_inputs(cell))
        kind = family.kind(cell["type"])
        if kind is not None and kind.resource in family.shares:
            drivers.update(_outputs(cell))
        if cell["type"] in ("GND", "VCC"):
            constants.update(_outputs(cell))
        if cell["type"] == "SB_LUT4":
            adders.add(_bits(cell, "I1", "I2", "I3"))

    def shared(cell: Mapping[str, Any], kind: Kind) -> bool:
        if kind.resource == "ff" and family.shares:
            source = cell["connections"]["D"][0]
            if source in constants:
                return True
            free = source in drivers and (family.taps or readers[source] == 1)
            drivers.discard(source)
            return free
        return cell["type"] == "SB_CARRY" and _bits(cell, "I0", "I1", "CI") in adders

    return shared


def _bits(cell: Mapping[str, Any], *ports: str) -> tuple[Any, ...]:
    pins = cell["connections"]
    return tuple(pins[port][0] if pins.get(port) else None for port in ports)
