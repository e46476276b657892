"""What a configured iCE40 connects: Project IceStorm's database of the wires, read for one configuration.

The database is text, in the format that its head describes. A **net** is a wire of the chip and has a number; a
**buffer** drives one net from another, chosen by configuration bits of a tile; a **routing** switch joins two nets,
both ways. Project IceStorm found all this by experiment on the chips; it is trusted here.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.run import read_whole

DEVICES = ("5k", "8k")
"""Those that the boards have: UP5K, and HX8K with its smaller package-mates."""
VARIABLE = "ICEBOX"
_PLACES = ("/usr/share/fpga-icestorm/chipdb", "/usr/local/share/icebox", "/usr/share/icebox")
# Nets that a cell drives or reads; all others are wires between them.
_PIN = re.compile(r"(?:lutff_|io_|ram/|mult/|slf_op_|carry_in|fabout|glb_netwk_)")

_WORD = re.compile(r"\w*")

Tile = tuple[int, int]
Bit = tuple[int, int]
"""Row and column in a tile."""


@dataclass(frozen=True)
class Configuration:
    """A bitstream as text (``.asc``), by tiles.

    Attributes:
        device: as the database calls it.
        tiles: rows of ``0`` and ``1``.
        kinds: of the tiles, such as ``"logic_tile"``.
        extra: bits that belong to no tile: bank and position.
    """

    device: str
    tiles: Mapping[Tile, Sequence[str]]
    kinds: Mapping[Tile, str]
    extra: frozenset[tuple[int, int, int]]

    def on(self, tile: Tile, bit: Bit) -> bool:
        """Whether a bit of a tile is set; a tile that is not there has none."""
        rows = self.tiles.get(tile)
        return rows is not None and rows[bit[0]][bit[1]] == "1"


@dataclass
class Chip:
    """The parts of the database that a configuration uses.

    Attributes:
        pins: (x, y, name) to net.
        names: net to its names at pins.
        functions: kind of tile to function to bits.
        buffers: net to what drives it: (tile, net).
        joins: pairs of nets that switches join.
        unknown: nets whose configuration bits the database does not know.
        tables: the short tables of the database by name, as rows of numbers.
        extra: function to its bit outside the tiles.
    """

    pins: dict[tuple[int, int, str], int] = field(default_factory=dict)
    names: dict[int, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))
    functions: dict[str, dict[str, tuple[Bit, ...]]] = field(default_factory=dict)
    buffers: dict[int, list[tuple[Tile, int]]] = field(default_factory=lambda: defaultdict(list))
    joins: list[tuple[int, int]] = field(default_factory=list)
    unknown: dict[int, Tile] = field(default_factory=dict)
    tables: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    extra: dict[str, tuple[int, int, int]] = field(default_factory=dict)


def configuration(text: str, name: str) -> Configuration:
    """Read what iceunpack wrote.

    Raises:
        GatewrightError: if it is damaged, or of a device without a model.
    """
    tiles: dict[Tile, list[str]] = {}
    kinds: dict[Tile, str] = {}
    extra = set()
    device = ""
    try:
        for section in ("\n" + text).split("\n.")[1:]:
            head, *rows = section.split("\n")
            word, *numbers = head.split() or [""]
            if word == "device":
                device = numbers[0]
            elif word == "extra_bit":
                extra.add((int(numbers[0]), int(numbers[1]), int(numbers[2])))
            elif word.endswith("_tile"):
                tile = int(numbers[0]), int(numbers[1])
                tiles[tile], kinds[tile] = [row for row in rows if row], word
                if any(set(row) - {"0", "1"} for row in tiles[tile]) or len(tiles[tile]) != 16:
                    raise ValueError(f"tile {tile}")
    except (ValueError, IndexError) as error:
        raise GatewrightError(
            f"{name} is no configuration of an iCE40 ({error}): build the bitstream again."
        ) from error
    if device not in DEVICES:
        raise GatewrightError(f"{name} is for the device {device!r}: the proof has a model of {', '.join(DEVICES)}.")
    return Configuration(device, tiles, kinds, frozenset(extra))


def chip(config: Configuration) -> Chip:
    """Read the database, as far as the configuration uses it.

    Raises:
        GatewrightError: if the database is absent or damaged.
    """
    path = find(config.device)
    text = read_whole(path, "install Project IceStorm (Debian: fpga-icestorm-chipdb)").decode(errors="replace")
    found = Chip()
    used = {tile for tile, rows in config.tiles.items() if any("1" in row for row in rows)}
    try:
        for section in text.split("\n.")[1:]:
            word = _WORD.match(section)[0]  # type: ignore[index]
            if word in ("buffer", "routing"):
                _switch(found, config, used, word, section)
            elif word == "net":
                _net(found, section)
            elif word.endswith("_tile_bits"):
                found.functions[word.removesuffix("_bits")] = _functions(section)
            elif word == "extra_bits":
                rows = [row.split() for row in section.split("\n")[1:] if row.strip()]
                found.extra = {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}
            elif word in ("gbufin", "gbufpin", "ieren", "colbuf"):
                rows = [row.split() for row in section.split("\n")[1:] if row.strip()]
                found.tables[word] = [tuple(map(int, row)) for row in rows]
    except (ValueError, IndexError, KeyError) as error:
        raise GatewrightError(f"{path} is damaged ({error!r}): install Project IceStorm again.") from error
    return found


def find(device: str) -> Path:
    """The database of a device.

    Raises:
        GatewrightError: if it is nowhere; the sentence lists the places.
    """
    named = os.environ.get(VARIABLE)
    places = [Path(place) / f"chipdb-{device}.txt" for place in ([named] if named else _PLACES)]
    for path in places:
        if path.is_file():
            return path
    raise GatewrightError(
        f"The database of the iCE40's wires was not found (looked at {', '.join(map(str, places))}): install Project "
        f"IceStorm (Debian: fpga-icestorm-chipdb), or name the folder of chipdb-{device}.txt in ${VARIABLE}."
    )


@cache
def _bit(name: str) -> Bit:
    """``B5[17]``: row 5, column 17."""
    row, column = name[1:-1].split("[")
    return int(row), int(column)


def _functions(section: str) -> dict[str, tuple[Bit, ...]]:
    rows = [row.split() for row in section.split("\n")[1:] if row.strip()]
    return {row[0]: tuple(map(_bit, row[1:])) for row in rows}


def _net(found: Chip, section: str) -> None:
    head, *rows = section.split("\n")
    net = int(head[4:])
    for row in rows:
        if not row:
            continue
        x, y, name = row.split()
        if _PIN.match(name):
            found.pins[int(x), int(y), name] = net
            if not name.startswith("glb_netwk_") or not found.names[net]:
                found.names[net].append((int(x), int(y), name))


def _switch(found: Chip, config: Configuration, used: set[Tile], word: str, section: str) -> None:
    end = section.find("\n")
    _, x, y, target, *bits = section[:end].split()
    tile = int(x), int(y)
    if tile not in used:
        return
    rows = config.tiles[tile]
    pattern = "".join(rows[row][column] for row, column in map(_bit, bits))
    if "1" not in pattern:
        return
    at = section.find(f"\n{pattern} ")
    if at < 0:
        found.unknown[int(target)] = tile
        return
    source = int(section[at + len(pattern) + 2 :].split("\n", 1)[0])
    if word == "buffer":
        found.buffers[int(target)].append((tile, source))
    else:
        found.joins.append((int(target), source))
