"""From a graph to a bitstream: Yosys, nextpnr and the family's packer over the files of the board's Amaranth platform.

A build is a value: its stamp, ``build.json``, holds a digest of everything that went in (the design as RTLIL, the
constraints, the seeds, the versions of the tools) and of every file that came out. The same build is not made again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import OVERHEAD_BYTES, Shape
from gatewright.hdl.pipeline import Pipeline, standard
from gatewright.hdl.top import Top

from . import area, design, fit, stamp
from .board import Board
from .design import NAME
from .place.place import NoPlaceError, crowded
from .pll import Loop
from .route import NoWireError, Routed, arguments, route
from .synthesis import Synthesis

Progress = Callable[[str, float | None], None]


def synthesize(
    graph: GateGraph,
    board: Board,
    build: Path,
    *,
    pipeline: Pipeline | None = None,
    seed: int = 1,
    seeds: int = 1,
    clock_hz: float | None = None,
    progress: Progress | None = None,
) -> Synthesis:
    """Build the bitstream of a graph for a board; a build that is there and intact is not made again.

    A chip without a board is built likewise up to its figures, with the pins of a board that carries it.

    Args:
        graph: the network.
        board: the board.
        build: the folder; it is made if need be.
        pipeline: where the classifier's registers stand, the default if None.
        seed: of place and route.
        seeds: how many to try from ``seed`` on; the fastest is kept.
        clock_hz: of the clock that the design is to get from the board's PLL; the board's own if None.
        progress: called with the name of each stage as it begins, and the part of the work that is done, 0 to 1.

    Raises:
        GatewrightError: if a tool is missing or fails, if the design does not fit, if it is too slow for the clock, or
            if the board cannot make that clock.
    """
    tell = progress or _silent
    started = time.monotonic()
    stages: dict[str, float] = {}
    if seeds < 1:
        raise GatewrightError(f"{seeds} seeds of place and route are asked for: ask for 1 or more.")
    packs = bool(board.family.packer) and not board.is_chip
    found = {name: tools.find(name) for name in board.family.tools if packs or name != board.family.packer}

    tell("elaborating", 0.0)
    pipeline = pipeline or standard(graph)
    loop = design.make_loop(board, clock_hz)
    top = design.make_top(graph, board, pipeline, loop)
    files = design.prepare(top, board, loop)
    given = arguments(board, loop.hz if loop else board.clock_hz)
    tried = range(seed, seed + seeds)
    key = stamp.key(graph.digest, board, files, [*given, *map(str, tried)], found)
    stored = stamp.stored(build, key)
    if stored is not None:
        tell("already built", 1.0)
        return stored
    # A folder that cannot be changed is told by the first file that is written there.
    with suppress(OSError):
        (build / stamp.STAMP).unlink()
    design.write(files, build)
    stages["elaborate"] = time.monotonic() - started

    tell("synthesizing", 0.05)
    _timed(stages, "synthesize", found["yosys"], build, f"{NAME}.ys")
    netlist = area.load(build / f"{NAME}.json")
    parts = area.by_part(netlist, NAME, design.PARTS, board.family)
    fit.demand_room(graph, board, pipeline, parts)
    made = [*files, f"{NAME}.json"]

    routed = None
    if board.family.nextpnr:
        tell("placing and routing", 0.4)
        began = time.monotonic()
        grid = board.grid if board.grid and crowded(netlist, NAME, board.grid) else None
        try:
            routed = route(found[board.family.nextpnr], build, given, tried, partial(_within, tell, 0.4, 0.9), grid)
        except NoPlaceError as error:
            raise GatewrightError(fit.too_large(graph, board, pipeline, parts, _why(error))) from error
        stages["place and route"] = time.monotonic() - began
        _demand_speed(board, routed)
        made += [f"{routed.name}.report.json", f"{routed.name}.placed.json"]

    bitstream = ""
    if routed is not None and packs:
        tell("packing the bitstream", 0.95)
        bitstream = f"{NAME}.{board.family.bitstream}"
        _timed(stages, "pack", found[board.family.packer], build, *_packing(board, routed.name))
        made.append(bitstream)
    synthesis = replace(
        _figures(graph, board, top, parts, loop),
        **(_routed_figures(build, board, top, routed, loop) if routed else {}),
        bitstream=bitstream,
        bitstream_sha256=stamp.sha256((build / bitstream).read_bytes()) if bitstream else "",
        tools={tool.name: tool.version or "unknown" for tool in found.values()},
        stages=stages,
        seconds=time.monotonic() - started,
    )
    stamp.store(build, key, made, synthesis)
    tell("done", 1.0)
    return synthesis


def _silent(text: str, fraction: float | None) -> None:
    """Tell nobody."""


def _within(tell: Progress, first: float, last: float, text: str, part: float) -> None:
    """Tell of a stage that takes the work from one part to another."""
    tell(text, first + (last - first) * part)


def _why(error: NoPlaceError) -> str:
    """Why a design with enough cells does not fit."""
    if isinstance(error, NoWireError):
        return "nextpnr finds no wires for all nets"
    return "there is no place for all of them"


def _timed(stages: dict[str, float], stage: str, tool: tools.Tool, build: Path, *given: str) -> None:
    """Run a tool in the build folder, which is all that a WebAssembly tool sees."""
    started = time.monotonic()
    tool.run(*given, cwd=build, log=build / f"{tool.name}.log")
    stages[stage] = time.monotonic() - started


def _packing(board: Board, out: str) -> tuple[str, ...]:
    """What the packer is told."""
    given: list[str] = []
    for arg in board.family.pack:
        given += board.pack if arg == "{options}" else [arg.replace("{out}", out).replace("{name}", NAME)]
    return tuple(given)


def _demand_speed(board: Board, routed: Routed) -> None:
    """Refuse a design that its board would clock too fast.

    Raises:
        GatewrightError: with both clocks, and the remedies.
    """
    if board.is_chip or routed.fmax_mhz >= routed.target_mhz:
        return
    slower = f", ask for a clock of {0.95 * routed.fmax_mhz:.0f} MHz from its PLL" if board.pll else ""
    raise GatewrightError(
        f"The design reaches {routed.fmax_mhz:.2f} MHz and {board.title} clocks it at {routed.target_mhz:.2f} MHz: "
        f"use a pipeline with more registers{slower}, or try other seeds."
    )


def _figures(graph: GateGraph, board: Board, top: Top, parts: Mapping[str, area.Area], loop: Loop | None) -> Synthesis:
    """What is known without place and route."""
    shape = Shape.of(graph)
    return Synthesis(
        digest=graph.digest,
        board=board.name,
        family=board.family.name,
        device=board.device,
        parts=parts,
        total=area.total(parts.values()),
        unit=board.family.unit,
        placed={},
        available=dict(board.available),
        fmax_mhz=None,
        clock_mhz=None,
        slack_ns=None,
        pll=loop.kind.primitive if loop else "",
        latency_cycles=top.classifier.latency,
        initiation_interval=top.classifier.initiation_interval,
        latency_ns=None,
        latency_ns_at_fmax=None,
        samples_per_second=None,
        link_samples_per_second=board.baud / 10 / (OVERHEAD_BYTES + max(shape.sample_bytes, shape.result_bytes)),
        baud=board.baud,
        selftest=board.selftest,
        seed=0,
        seeds={},
        bitstream="",
        bitstream_sha256="",
        tools={},
        stages={},
        seconds=0.0,
    )


def _routed_figures(build: Path, board: Board, top: Top, routed: Routed, loop: Loop | None) -> dict[str, Any]:
    """What place and route adds; a chip without a board has no clock but the fastest."""
    fmax = routed.fmax_mhz
    clock = fmax if board.is_chip else (loop.hz if loop else board.clock_hz) / 1e6
    cycles = top.classifier.latency
    netlist = area.load(build / f"{routed.name}.placed.json")
    return {
        "placed": area.placed(netlist, NAME, design.PARTS, board.family),
        "fmax_mhz": fmax,
        "clock_mhz": clock,
        "slack_ns": 1e3 / clock - 1e3 / fmax,
        "latency_ns": cycles * 1e3 / clock,
        "latency_ns_at_fmax": cycles * 1e3 / fmax,
        "samples_per_second": clock * 1e6 / top.classifier.initiation_interval,
        "seed": routed.seed,
        "seeds": {str(seed): reached for seed, reached in routed.seeds.items()},
    }
