"""nextpnr's placer and ours on the same netlist: whether nextpnr routes it in a given time, and what it looks like.

    python benchmarks/placement.py [--model mnist] [--seconds 300]

A network that comes with the package is mapped for an iCEBreaker, as `gatewright demo --model` does it, and packed.
Wire length is that of `place.state`, for both placers; a tile is brought so many different nets.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from gatewright import tools
from gatewright.boards import area, design, registry
from gatewright.boards.place.netlist import problem
from gatewright.boards.place.place import crowded, place
from gatewright.boards.place.state import length, start
from gatewright.boards.route import arguments, timing
from gatewright.graph.encoded import encoded
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.plan import plan
from gatewright.models import registry as models

BOARD = registry.get("icebreaker")
CLOCK_HZ = 24e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mnist")
    parser.add_argument("--seconds", type=float, default=300, help="how long nextpnr may route")
    given = parser.parse_args()
    print(f"{tools.find('nextpnr-ice40').version} of nextpnr; {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        compare(models.get(given.model), Path(folder), given.seconds)


def compare(model: models.Model, build: Path, seconds: float) -> None:
    options = model.options
    graph = optimise(encoded(model.graph) if options.without_encoder else model.graph)
    pipeline = plan(graph, BOARD.fabric, fmax_mhz=options.fmax_mhz or CLOCK_HZ / 1e6, lanes=options.lanes)
    board = dataclasses.replace(BOARD, selftest=options.selftest)
    design.write(design.prepare(design.make_top(graph, board, pipeline), board), build)
    tools.find("yosys").run("top.ys", cwd=build)
    mapped = area.load(build / "top.json")
    verdict = "crowded" if crowded(mapped, design.NAME, BOARD.grid) else "not crowded"
    run(build, "pack", "--pack-only")
    packed = area.load(build / "pack.placed.json")
    cells = len(BOARD.grid.packing.cells(packed["modules"]["top"]))
    print(f"{graph.gates:,} gates, {cells:,} logic cells of {BOARD.cells:,}: {verdict}")
    began = time.monotonic()
    run(build, "place", "--no-route")
    report("nextpnr", area.load(build / "place.placed.json"), time.monotonic() - began)
    routed(build, "nextpnr", seconds)
    began = time.monotonic()
    place(packed, design.NAME, BOARD.grid)
    report("ours", packed, time.monotonic() - began)
    (build / "ours.json").write_text(json.dumps(packed))
    routed(build, "ours", seconds, "--no-pack", netlist="ours.json")


def run(build: Path, name: str, *more: str, netlist: str = "top.json", seconds: float | None = None) -> None:
    """Run nextpnr."""
    given = [arg.replace("{out}", name) for arg in arguments(BOARD, CLOCK_HZ)]
    given = [netlist if arg == "top.json" else arg for arg in given]
    if "--pack-only" in more or "--no-route" in more:
        skipped = {i for i, arg in enumerate(given) if arg in ("--asc", "--report")}
        given = [arg for i, arg in enumerate(given) if i not in skipped and i - 1 not in skipped]
    tools.find("nextpnr-ice40").run(*given, *more, "--seed", "1", cwd=build, timeout=seconds)


def report(who: str, placed: dict[str, Any], seconds: float) -> None:
    """What a placement is like."""
    module = placed["modules"]["top"]
    cells = BOARD.grid.packing.cells(module)
    given = problem(module, cells, BOARD.grid)
    tiles = {(int(x), int(y)): t for t, (x, y) in enumerate(zip(given.x, given.y, strict=True))}
    tile, position = np.zeros(len(cells), np.int32), np.zeros(len(cells), np.int32)
    for i, cell in enumerate(cells):
        attributes = module["cells"][next(iter(cell.parts.values()))]["attributes"]
        x, y, z = (attributes.get("NEXTPNR_BEL") or attributes["BEL"]).split("/")
        tile[i], position[i] = tiles[int(x[1:]), int(y[1:])], int(z[2:])
    state = start(given, tile, position)
    demand = state.demand[state.demand > 0]
    print(
        f"  {who}: wires {length(given, state):,.0f} tiles; a tile is brought {demand.mean():.1f} nets, "
        f"{np.percentile(demand, 95):.0f} at the 95th percentile, {demand.max()} at most; "
        f"{(state.demand > 24).sum()} of {len(state.demand)} tiles more than 24; {seconds:.0f} s"
    )


def routed(build: Path, name: str, seconds: float, *more: str, netlist: str = "top.json") -> None:
    began = time.monotonic()
    try:
        run(build, name, *more, netlist=netlist, seconds=seconds)
    except TimeoutError:
        print(f"  {name}: not routed after {seconds:.0f} s")
        return
    print(f"  {name}: routed, {timing(build / f'{name}.report.json')[0]:.1f} MHz, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
