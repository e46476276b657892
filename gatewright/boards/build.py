"""From a graph to a bitstream: Yosys, nextpnr and icepack over the files of the board's Amaranth platform.

A build is a value: its stamp, ``build.json``, holds a digest of everything that went in (the design as RTLIL, the
constraints, the seed, the versions of the tools) and of every file that came out. The same build is not made again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import gatewright
from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import OVERHEAD_BYTES, Shape
from gatewright.hdl.pipeline import Pipeline
from gatewright.run import write_whole

from . import area, design, registry
from .board import Board
from .synthesis import Synthesis

STAMP = "build.json"
BITSTREAM = f"{design.NAME}.bin"
TOOLS = ("yosys", "nextpnr-ice40", "icepack")

Progress = Callable[[str, float | None], None]

_REMEDIES = {
    "encoder": "use fewer thresholds a feature",
    "gates": "use fewer gates",
    "popcount": "narrow the last layer",
    "argmax": "use fewer classes or a narrower last layer",
    "link": "use fewer features or a smaller word width",
    area.REST: "use fewer pipeline registers",
}
# What nextpnr says when the cells fit in number, but not in place.
_NO_PLACE = ("no bels remaining", "unable to place", "unable to find legal placement", "unable to find a placement")


def synthesize(
    graph: GateGraph,
    board: Board,
    build: Path,
    *,
    pipeline: Pipeline | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Synthesis:
    """Build the bitstream of a graph for a board; a build that is there and intact is not made again.

    Args:
        graph: the network.
        board: the board.
        build: the folder; it is made if need be.
        pipeline: where the classifier's registers stand, the default if None.
        seed: of place and route.
        progress: called with the name of each stage as it begins, and the part of the work that is done, 0 to 1.

    Raises:
        GatewrightError: if a tool is missing or fails, if the design does not fit, or if it is too slow for the clock.
    """
    tell = progress or _silent
    started = time.monotonic()
    stages: dict[str, float] = {}
    found = {name: tools.find(name) for name in TOOLS}

    tell("elaborating", 0.0)
    top = design.make_top(graph, board, pipeline or Pipeline())
    files = design.prepare(top, board)
    route = (*board.nextpnr, "--seed", str(seed))
    key = _key(graph, board, files, route, found)
    stored = _stored(build, key)
    if stored is not None:
        tell("already built", 1.0)
        return stored
    # A folder that cannot be changed is told by the first file that is written there.
    with suppress(OSError):
        (build / STAMP).unlink()
    design.write(files, build)
    stages["elaborate"] = time.monotonic() - started

    tell("synthesizing", 0.05)
    _timed(stages, "synthesize", found["yosys"], build, f"{design.NAME}.ys")
    parts = area.by_part(area.load(build / f"{design.NAME}.json"), design.NAME, design.PARTS)
    _demand_room(board, parts)

    tell("placing and routing", 0.5)
    name = design.NAME
    outputs = ("--asc", f"{name}.asc", "--report", f"{name}.report.json", "--write", f"{name}.placed.json")
    # A missed clock is told from the report, with both numbers.
    arguments = (*route, "--json", f"{name}.json", "--pcf", f"{name}.pcf", *outputs, "--timing-allow-fail")
    try:
        _timed(stages, "place and route", found["nextpnr-ice40"], build, *arguments)
    except GatewrightError as error:
        if any(text in str(error).lower() for text in _NO_PLACE):
            raise GatewrightError(_too_large(board, parts, "nextpnr finds no place for all of them")) from error
        raise
    fmax, clock = _timing(build / f"{name}.report.json")
    if fmax < clock:
        raise GatewrightError(
            f"The design reaches {fmax:.2f} MHz and {board.title} clocks it at {clock:.2f} MHz: "
            "use a pipeline with more registers, or try another seed."
        )

    tell("packing the bitstream", 0.95)
    _timed(stages, "pack", found["icepack"], build, f"{name}.asc", BITSTREAM)
    shape = Shape.of(graph)
    cycles = top.classifier.latency
    synthesis = Synthesis(
        digest=graph.digest,
        board=board.name,
        device=board.device,
        parts=parts,
        total=area.total(parts.values()),
        placed=area.placed(area.load(build / f"{name}.placed.json"), name, design.PARTS),
        available=dict(board.available),
        fmax_mhz=fmax,
        clock_mhz=board.clock_hz / 1e6,
        slack_ns=1e9 / board.clock_hz - 1e3 / fmax,
        latency_cycles=cycles,
        latency_ns=cycles * 1e9 / board.clock_hz,
        latency_ns_at_fmax=cycles * 1e3 / fmax,
        samples_per_second=float(board.clock_hz),
        link_samples_per_second=board.baud / 10 / (OVERHEAD_BYTES + max(shape.sample_bytes, shape.result_bytes)),
        baud=board.baud,
        seed=seed,
        bitstream=BITSTREAM,
        bitstream_sha256=_sha256((build / BITSTREAM).read_bytes()),
        tools={tool.name: tool.version or "unknown" for tool in found.values()},
        stages=stages,
        seconds=time.monotonic() - started,
    )
    _store(build, key, synthesis)
    tell("done", 1.0)
    return synthesis


def _silent(text: str, fraction: float | None) -> None:
    """Tell nobody."""


def _timed(stages: dict[str, float], stage: str, tool: tools.Tool, build: Path, *arguments: str) -> None:
    """Run a tool in the build folder, which is all that a WebAssembly tool sees."""
    started = time.monotonic()
    tool.run(*arguments, cwd=build, log=build / f"{tool.name}.log")
    stages[stage] = time.monotonic() - started


def _timing(report: Path) -> tuple[float, float]:
    """The fastest clock of the design and the clock that is asked for, in MHz."""
    try:
        clocks = json.loads(report.read_bytes())["fmax"].values()
        return min((float(clock["achieved"]), float(clock["constraint"])) for clock in clocks)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GatewrightError(
            f"nextpnr's report {report} cannot be read ({error}): use nextpnr 0.6 or newer."
        ) from error


def _demand_room(board: Board, parts: Mapping[str, area.Area]) -> None:
    excess = area.total(parts.values()).cells - board.cells
    if excess > 0:
        raise GatewrightError(_too_large(board, parts, f"{excess:,} more than there are"))


def _too_large(board: Board, parts: Mapping[str, area.Area], why: str) -> str:
    """The sentence about a design that does not fit: by how much, by part, and what would help."""
    cells = area.total(parts.values()).cells
    by_size = sorted(parts, key=lambda part: -parts[part].cells)
    listed = ", ".join(f"{part} {parts[part].cells:,}" for part in by_size)
    # A chip that is filled to more than nine tenths seldom routes.
    larger = next((other for other in registry.all() if other.cells > board.cells and cells < 0.9 * other.cells), None)
    instead = (
        f", or use the board {larger.name} with {larger.cells:,}"
        if larger
        else "; no supported board is large enough as it is"
    )
    return (
        f"The design is too large for {board.title}: it needs {cells:,} logic cells of {board.cells:,}, and {why} "
        f"({listed}): {_REMEDIES[by_size[0]]}{instead}."
    )


def _key(
    graph: GateGraph, board: Board, files: Mapping[str, str], route: tuple[str, ...], found: Mapping[str, tools.Tool]
) -> str:
    """A digest of everything that decides what a build makes and says."""
    ingredients = {
        "graph": graph.digest,
        "board": repr(board),
        "files": files,
        "route": route,
        "tools": {name: (tool.version, tool.origin) for name, tool in found.items()},
        "gatewright": gatewright.__version__,
    }
    return _sha256(json.dumps(ingredients, sort_keys=True).encode())


def _stored(build: Path, key: str) -> Synthesis | None:
    """The build that lies in a folder, if it is the wanted one and its files are intact."""
    try:
        stamp = json.loads((build / STAMP).read_bytes())
        if stamp["key"] != key or any(
            _sha256((build / name).read_bytes()) != sha for name, sha in stamp["files"].items()
        ):
            return None
        return Synthesis.from_dict(stamp["synthesis"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _store(build: Path, key: str, synthesis: Synthesis) -> None:
    suffixes = (".il", ".pcf", ".ys", ".json", ".asc", ".bin")
    files = {design.NAME + suffix: _sha256((build / (design.NAME + suffix)).read_bytes()) for suffix in suffixes}
    stamp: dict[str, Any] = {"key": key, "files": files, "synthesis": synthesis.as_dict()}
    write_whole(build / STAMP, json.dumps(stamp, indent=2) + "\n")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
