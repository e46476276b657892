"""Area by part: what each part of a synthesized iCE40 design takes, counted in its netlist.

Each number is counted cell by cell, so the parts add up to the total. An iCE40 logic cell holds one LUT, one flip-flop
and one carry. They share a cell only if the LUT drives nothing but the flip-flop, or if the LUT is the sum beside the
carry, which is how nextpnr packs them; `Area.cells` counts logic cells by that rule, and place and route can only add
to it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from gatewright.errors import GatewrightError

REST = "io"
"""The part that is everything else: handshakes, reset, pins."""


@dataclass(frozen=True)
class Area:
    """Resources that are used.

    Attributes:
        lut: 4-input LUTs.
        ff: flip-flops.
        carry: carry cells.
        bram: memory blocks.
        cells: logic cells that these need at least.
    """

    lut: int = 0
    ff: int = 0
    carry: int = 0
    bram: int = 0
    cells: int = 0

    def __add__(self, other: Area) -> Area:
        return Area(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Area)))

    def as_dict(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)


def total(parts: Iterable[Area]) -> Area:
    """The sum of areas."""
    return sum(parts, Area())


def by_part(netlist: Mapping[str, Any], top: str, parts: Collection[str]) -> dict[str, Area]:
    """The area of each part of a flat netlist, and of `REST`.

    Args:
        netlist: as Yosys' ``write_json`` writes it, flattened from modules that were mapped one by one.
        top: name of the top module.
        parts: a cell belongs to the first part that its hierarchical name passes through.
    """
    kinds: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    readers: Counter[Any] = Counter()
    for name, cell in netlist["modules"][top]["cells"].items():
        kinds[_kind(cell["type"])].append((_part(name, parts), cell["connections"]))
        for port, bits in cell["connections"].items():
            if port not in ("O", "Q", "CO"):
                readers.update(bits)
    # A flip-flop shares the cell of the LUT that drives it alone; a carry that of the LUT that adds the same bits.
    drivers = {pins["O"][0] for _, pins in kinds["lut"]}
    adders = {_bits(pins, "I1", "I2", "I3") for _, pins in kinds["lut"]}
    result = dict.fromkeys((*parts, REST), Area())
    for part, _ in kinds["lut"]:
        result[part] += Area(lut=1, cells=1)
    for part, pins in kinds["ff"]:
        shared = pins["D"][0] in drivers and readers[pins["D"][0]] == 1
        result[part] += Area(ff=1, cells=0 if shared else 1)
    for part, pins in kinds["carry"]:
        result[part] += Area(carry=1, cells=0 if _bits(pins, "I0", "I1", "CI") in adders else 1)
    for part, _ in kinds["bram"]:
        result[part] += Area(bram=1)
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


def placed(netlist: Mapping[str, Any], top: str, parts: Collection[str]) -> dict[str, int]:
    """Logic cells by part in a placed design, as nextpnr writes it; names without a part count as `REST`."""
    result = dict.fromkeys((*parts, REST), 0)
    for name, cell in netlist["modules"][top]["cells"].items():
        if cell["type"] == "ICESTORM_LC":
            result[_part(name, parts)] += 1
    return result


def _part(name: str, parts: Collection[str]) -> str:
    """The part that a hierarchical name passes through."""
    return next((piece for piece in re.split(r"[.\\]", name) if piece in parts), REST)


def _kind(cell: str) -> str:
    if cell == "SB_LUT4":
        return "lut"
    if cell.startswith("SB_DFF"):
        return "ff"
    if cell == "SB_CARRY":
        return "carry"
    return "bram" if cell.startswith("SB_RAM40") else ""


def _bits(connections: Mapping[str, Any], *ports: str) -> tuple[Any, ...]:
    return tuple(connections[port][0] if connections.get(port) else None for port in ports)
