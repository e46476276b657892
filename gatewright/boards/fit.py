"""Whether a design fits a chip, and what would make it fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gatewright.errors import GatewrightError
from gatewright.graph.encoded import encoded
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import plan

from . import cost, registry
from .area import REST, Area, total
from .board import Board

# A chip that is filled to more than nine tenths seldom routes.
_FULL = 0.9
# What saves a smaller part of a design is not worth its price.
_WORTH = 0.01
_LANES = 32

_REMEDIES = {
    "encoder": "use fewer thresholds a feature",
    "argmax": "use fewer classes or a narrower last layer",
    "link": "use fewer features or a smaller word width",
    REST: "use fewer pipeline registers",
}


@dataclass(frozen=True)
class Built:
    """A network as it is built: whatever changes what it takes on a chip, and not what it says."""

    graph: GateGraph
    board: Board
    pipeline: Pipeline

    @property
    def expected(self) -> float:
        """The places that it is expected to need."""
        return sum(cost.cells(self.graph, self.board, self.pipeline).values())


def demand_room(graph: GateGraph, board: Board, pipeline: Pipeline, parts: Mapping[str, Area]) -> None:
    """Refuse a design that needs more of anything than there is.

    Raises:
        GatewrightError: by how much, by part, and what would make it fit.
    """
    short = shortages(board, parts)
    if short:
        why = ", and ".join(f"{excess:,} more {unit} than there are" for unit, excess in short.items())
        raise GatewrightError(too_large(graph, board, pipeline, parts, why))


def shortages(board: Board, parts: Mapping[str, Area]) -> dict[str, int]:
    """How much of each resource is missing."""
    needed = total(parts.values())
    wanted = {
        board.family.unit: (needed.cells, board.cells),
        "flip-flops": (needed.ff, board.available["ff"]),
        "memory blocks": (needed.bram, board.available["bram"]),
    }
    return {unit: need - have for unit, (need, have) in wanted.items() if need > have}


def too_large(graph: GateGraph, board: Board, pipeline: Pipeline, parts: Mapping[str, Area], why: str) -> str:
    """The sentence about a design that does not fit."""
    cells = total(parts.values()).cells
    by_size = sorted(parts, key=lambda part: -parts[part].cells)
    listed = ", ".join(f"{part} {parts[part].cells:,}" for part in by_size)
    return (
        f"The design is too large for {board.title}: it needs {cells:,} {board.family.unit} of {board.cells:,}, and "
        f"{why} ({listed}): {', or '.join(remedies(graph, board, pipeline, parts))}."
    )


def remedies(graph: GateGraph, board: Board, pipeline: Pipeline, parts: Mapping[str, Area]) -> list[str]:
    """What would make a design fit, with estimates, the best first."""
    cells = total(parts.values()).cells
    room = int(_FULL * board.cells)
    largest = max(parts, key=lambda part: parts[part].cells)
    found = smaller(Built(graph, board, pipeline), cells, room)
    found += [_REMEDIES[largest]] if largest in _REMEDIES else []
    counted = sum(len(group) for group in graph.groups)
    popcount, gates = parts["popcount"].cells, parts["gates"].cells
    excess = cells - room
    if 0 < excess < popcount:
        left = int(counted * (1 - excess / popcount))
        found.append(f"narrow the last layer, so that about {left:,} of {counted:,} nets are counted")
    if 0 < excess < gates:
        found.append(f"use about {int(graph.gates * (1 - excess / gates)):,} gates of {graph.gates:,}")
    kind = "chip" if board.is_chip else "board"
    larger = next((other for other in registry.all() if _holds(other, board, cells)), None)
    if larger:
        found.append(f"use the {kind} {larger.name} with {larger.cells:,} {larger.family.unit}")
    else:
        found.append(f"use fewer gates of everything: no supported {kind} is large enough as it is")
    return found


def smaller(built: Built, cells: int, room: int) -> list[str]:
    """The ways to build the same network in less, with what each leaves of it; and all of them, if none is enough.

    Args:
        built: as it does not fit.
        cells: that it needs.
        room: cells of the chip that it may need.
    """

    def less(other: Built) -> int:
        return round(cells * other.expected / before)

    def verdict(left: int) -> str:
        return f"which makes about {left:,} and {'fits' if left <= room else 'is still too much'}"

    before = built.expected
    found: list[str] = []
    everything = built
    for text, way in _WAYS:
        alone = less(way(built))
        if cells - alone > _WORTH * cells:
            everything = way(everything)
            found.append(f"{text.format(board=built.board.name)}, {verdict(alone)}")
    if len(found) > 1 and not any(text.endswith("fits") for text in found):
        found.append(f"do all of that, {verdict(less(everything))}")
    return found


def _planned(built: Built, lanes: int) -> Built:
    """With the registers that `export` places for the board, if it can."""
    board = built.board
    try:
        return replace(built, pipeline=plan(built.graph, board.fabric, fmax_mhz=board.planned_mhz, lanes=lanes))
    except GatewrightError:
        return built


def _registers(built: Built) -> Built:
    return _planned(built, built.pipeline.lanes)


def _serial(built: Built) -> Built:
    return built if built.pipeline.lanes else _planned(built, _LANES)


def _encoded(built: Built) -> Built:
    return replace(built, graph=encoded(built.graph))


def _untested(built: Built) -> Built:
    return replace(built, board=replace(built.board, selftest=False))


_WAYS = (
    ("place the registers for the board (export --board {board})", _registers),
    (f"count serially (export --board {{board}} --lanes {_LANES})", _serial),
    ("let the host encode (export --without-encoder)", _encoded),
    ("leave out the self-test (synthesize --without-selftest)", _untested),
)


def _holds(other: Board, board: Board, cells: int) -> bool:
    """Whether another target of the same sort holds a design with ease."""
    return other.is_chip == board.is_chip and other.cells > board.cells and cells < _FULL * other.cells
