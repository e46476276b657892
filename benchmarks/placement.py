"""nextpnr's placer and ours on the same netlist: whether nextpnr routes it in a given time, and what it looks like.

    python benchmarks/placement.py [--model mnist] [--seconds 300]
    python benchmarks/placement.py --run RUN --board ecp5-25 [--seconds 900]

A network that comes with the package is mapped for an iCEBreaker, as `gatewright demo --model` does it, and packed;
with ``--run`` it is a design that `gatewright synthesize` has mapped. Wire length is that of `place.state`, for both
placers; a tile is brought so many different nets. Each placement goes to nextpnr's usual router and to its other one.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from gatewright import tools
from gatewright.boards import area, design, registry
from gatewright.boards.board import Board
from gatewright.boards.place.netlist import problem
from gatewright.boards.place.place import crowded, place
from gatewright.boards.place.state import PLACES, length, start
from gatewright.boards.route import arguments, timing
from gatewright.errors import GatewrightError
from gatewright.graph.encoded import encoded
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.plan import plan
from gatewright.models import registry as models
from gatewright.run import Run

CLOCK_HZ = 24e6
ROUTERS = ("router1", "router2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mnist")
    parser.add_argument("--run", type=Path, help="a run whose design is mapped for the board, in place of a model")
    parser.add_argument("--board", default="icebreaker")
    parser.add_argument("--seconds", type=float, default=300, help="how long nextpnr may place, and then route")
    given = parser.parse_args()
    board = registry.get(given.board)
    if board.grid is None:
        parser.error(f"only nextpnr places on the {board.name}")
    version = tools.find(board.family.nextpnr).version
    print(f"{version} of {board.family.nextpnr}; {platform.machine()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder)
        if given.run is None:
            prepare(models.get(given.model), board, build)
        else:
            for suffix in ("json", board.family.constraints):
                shutil.copy(Run(given.run).board(board.name) / f"{design.NAME}.{suffix}", build)
        compare(board, build, given.seconds)


def prepare(model: models.Model, board: Board, build: Path) -> None:
    """Map a model for a board, as the demo does it."""
    options = model.options
    graph = optimise(encoded(model.graph) if options.without_encoder else model.graph)
    pipeline = plan(graph, board.fabric, fmax_mhz=options.fmax_mhz or CLOCK_HZ / 1e6, lanes=options.lanes)
    board = dataclasses.replace(board, selftest=options.selftest)
    design.write(design.prepare(design.make_top(graph, board, pipeline), board), build)
    tools.find("yosys").run("top.ys", cwd=build)


def compare(board: Board, build: Path, seconds: float) -> None:
    """Place the mapped design in a folder in both ways, and route each placement in both ways."""
    mapped = area.load(build / "top.json")
    verdict = "crowded" if crowded(mapped, design.NAME, board.grid) else "not crowded"
    run(board, build, "pack", "--pack-only")
    packed = area.load(build / "pack.placed.json")
    cells = len(board.grid.packing.cells(packed["modules"]["top"]))
    print(f"{cells:,} logic cells in {board.grid.tiles:,} tiles: {verdict}", flush=True)
    began = time.monotonic()
    try:
        run(board, build, "place", "--no-route", seconds=seconds)
        report(board, "nextpnr", area.load(build / "place.placed.json"), time.monotonic() - began)
        for router in ROUTERS:
            routed(board, build, "nextpnr", seconds, "--router", router)
    except (TimeoutError, GatewrightError) as error:
        print(f"  nextpnr: {str(error).splitlines()[0] or f'not placed after {seconds:.0f} s'}", flush=True)
    began = time.monotonic()
    place(packed, design.NAME, board.grid)
    report(board, "ours", packed, time.monotonic() - began)
    for router in ROUTERS:
        packed["modules"]["top"]["settings"]["router"] = router
        (build / "ours.json").write_text(json.dumps(packed))
        routed(board, build, "ours", seconds, "--no-pack", netlist="ours.json", router=router)


def run(
    board: Board, build: Path, name: str, *more: str, netlist: str = "top.json", seconds: float | None = None
) -> None:
    """Run nextpnr."""
    given = [arg.replace("{out}", name) for arg in arguments(board, CLOCK_HZ)]
    given = [netlist if arg == "top.json" else arg for arg in given]
    if "--pack-only" in more or "--no-route" in more:
        written = f"{name}.placed.json"
        skipped = {i for i, arg in enumerate(given) if arg.startswith(f"{name}.") and arg != written}
        given = [arg for i, arg in enumerate(given) if i not in skipped and i + 1 not in skipped]
    tools.find(board.family.nextpnr).run(*given, *more, "--seed", "1", cwd=build, timeout=seconds)


def report(board: Board, who: str, placed: dict[str, Any], seconds: float) -> None:
    """What a placement is like."""
    module = placed["modules"]["top"]
    cells = board.grid.packing.cells(module)
    given = problem(module, cells, board.grid)
    tiles = {(int(x), int(y)): t for t, (x, y) in enumerate(zip(given.x, given.y, strict=True))}
    tile, position = np.zeros(len(cells), np.int32), np.zeros(len(cells), np.int32)
    for i, cell in enumerate(cells):
        part = next(iter(cell.parts.values()))
        attributes = module["cells"][part]["attributes"]
        bel = attributes.get("NEXTPNR_BEL") or attributes["BEL"]
        x, y = (int(at[1:]) for at in bel.split("/")[:2])
        tile[i] = tiles[x, y]
        position[i] = next(z for z in range(PLACES) if cell.bels(x, y, z)[part] == bel)
    state = start(given, tile, position)
    demand = state.demand[state.demand > 0]
    print(
        f"  {who}: wires {length(given, state):,.0f} tiles; a tile is brought {demand.mean():.1f} nets, "
        f"{np.percentile(demand, 95):.0f} at the 95th percentile, {demand.max()} at most; "
        f"{(state.demand > 24).sum()} of {len(state.demand)} tiles more than 24; {seconds:.0f} s",
        flush=True,
    )


def routed(
    board: Board, build: Path, who: str, seconds: float, *more: str, router: str = "", netlist: str = "top.json"
) -> None:
    """Whether a placement is routed, and how fast it is then."""
    name = f"{who}, {router or more[-1]}"
    began = time.monotonic()
    try:
        run(board, build, who, *more, netlist=netlist, seconds=seconds)
    except TimeoutError:
        print(f"  {name}: not routed after {seconds:.0f} s", flush=True)
        return
    fmax = timing(build / f"{who}.report.json")[0]
    print(f"  {name}: routed, {fmax:.1f} MHz, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
