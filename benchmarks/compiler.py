"""What a network takes and how fast it is on an FPGA, by popcount and by how many registers it has.

    python benchmarks/compiler.py RUN ... [--chips up5k,hx8k,ecp5-25] [--lanes 0,32] [--minutes 10] [--out FOLDER]

RUN is the folder of a trained network; `benchmarks/networks` holds the recipes of those in the docs. Every row is a
whole design with its serial link, synthesized, placed and routed: with the fewest registers that `plan` knows, with
those for a clock halfway to the fastest, and with those for the fastest. A design that does not fit, or is not placed
and routed in its time, has its area from synthesis, and says which. A row that is there is not made again, so the
command can be interrupted and repeated. Behind it stands a second table, of the seconds of each verb that has run on
the folders.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trained import learned, machine

from gatewright.boards import area, design, fit, registry
from gatewright.boards.board import Board
from gatewright.boards.build import synthesize
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.estimate import Estimator
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import pipelines, plan
from gatewright.run import Run, write_whole

DEPTHS = ("fewest", "middle", "fastest")
PARTS = (*design.PARTS, area.REST)
COLUMNS = (
    "network",
    "chip",
    "popcount",
    "registers",
    "cycles",
    "MHz expected",
    f"LUT: {' / '.join(PARTS)}",
    "all",
    "flip-flops",
    "MHz placed",
    "elaborate / synthesize / place and route, s",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of trained networks")
    parser.add_argument("--chips", default="up5k,hx8k,ecp5-25", help="see `gatewright boards`")
    parser.add_argument("--lanes", default="0,32", help="of the popcount; 0 is the parallel one")
    parser.add_argument("--depths", default=",".join(DEPTHS), help="how many registers")
    parser.add_argument("--minutes", type=float, default=10.0, help="that a build may take")
    parser.add_argument("--out", type=Path, default=Path("build/compiler"), help="where builds and rows are kept")
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    lanes, depths = [int(count) for count in given.lanes.split(",")], given.depths.split(",")
    if given.row:
        print(row(given.runs[0], registry.get(given.chips), lanes[0], depths[0], given.out))
        return
    # A build runs in a session of its own, which does not end by itself with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"{machine()}\n")
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for run in given.runs:
        for chip in map(registry.get, given.chips.split(",")):
            for count in lanes:
                for depth in depths:
                    print(kept(run, chip, count, depth, given.minutes, given.out), flush=True)
    print()
    print(times(given.runs))


def kept(run: Path, chip: Board, lanes: int, depth: str, minutes: float, out: Path) -> str:
    """A row as it was made before, or else by a process that ends when its time is over, with all that it started."""
    # Where registers stand alike, the design is the same.
    graph = optimise(learned(run))
    chosen = [pipeline(graph, chip, lanes, name) for name in DEPTHS]
    mine = chosen[DEPTHS.index(depth)]
    first = DEPTHS[chosen.index(mine)]
    folder = out / f"{run.name}-{chip.name}-{lanes}-{first}"
    path = folder / "row.md"
    popcount = f"{lanes} lanes" if lanes else "parallel"
    head = f"| {run.name} | {chip.name} | {popcount} | {depth} | {expected(graph, chip, mine)} | "
    if path.is_file():
        return head + path.read_text().strip()
    # What an interrupted build has left is not to be taken for the area of this one.
    shutil.rmtree(folder, ignore_errors=True)
    options = ["--chips", chip.name, "--lanes", str(lanes), "--depths", depth, "--out", str(folder)]
    command = [sys.executable, __file__, str(run), "--row", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            said = process.communicate(timeout=60 * minutes)[0].strip()
        except subprocess.TimeoutExpired:
            said = f"{areas(chip, folder)} | not done in {minutes:g} minutes | |"
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
    if said:
        write_whole(path, f"{said}\n")
    return head + (said or "failed |")


def row(run: Path, chip: Board, lanes: int, depth: str, folder: Path) -> str:
    """The rest of a row: area by part, clock and seconds, or why there is no clock."""
    graph = optimise(learned(run))
    try:
        built = synthesize(graph, chip, folder, pipeline=pipeline(graph, chip, lanes, depth))
    except GatewrightError as error:
        return f"{areas(chip, folder)} | {why(error, chip, folder)} | |"
    spent = [f"{built.stages[stage]:.0f}" for stage in ("elaborate", "synthesize", "place and route")]
    return f"{areas(chip, folder)} | {built.fmax_mhz:.1f} | {' / '.join(spent)} |"


def pipeline(graph: GateGraph, chip: Board, lanes: int, depth: str) -> Pipeline:
    """That of the fewest registers, for half the way from its clock to the fastest, or for the fastest."""
    estimator = Estimator(graph, chip.fabric)
    fewest = plan(graph, chip.fabric, lanes=lanes)
    least = estimator.of(fewest).fmax_mhz
    most = max(estimator.of(candidate).fmax_mhz for candidate in pipelines(estimator, lanes))
    clock = {"fewest": None, "middle": (least + most) / 2, "fastest": most}[depth]
    return plan(graph, chip.fabric, fmax_mhz=clock, lanes=lanes)


def expected(graph: GateGraph, chip: Board, chosen: Pipeline) -> str:
    """Cycles from words to result, in brackets from one sample to the next, and the clock that `plan` expects."""
    classifier = Classifier(graph, chosen)
    clock = Estimator(graph, chip.fabric).of(chosen).fmax_mhz
    return f"{classifier.latency} ({classifier.initiation_interval}) | {clock:.0f}"


def areas(chip: Board, folder: Path) -> str:
    """LUTs by part and in all, and flip-flops, as the netlist in a folder has them."""
    try:
        parts = read(chip, folder)
    except GatewrightError:
        return "not synthesized | | "
    used = area.total(parts.values())
    return f"{' / '.join(f'{parts[part].lut:,}' for part in PARTS)} | {used.lut:,} | {used.ff:,}"


def why(error: GatewrightError, chip: Board, folder: Path) -> str:
    """Why there is no clock, in a few words."""
    try:
        short = fit.shortages(chip, read(chip, folder))
    except GatewrightError:
        return str(error)
    if short:
        return ", ".join(f"{excess:,} {unit} too many" for unit, excess in short.items())
    return str(error).split(": it needs ")[-1].split(" (")[0]


def read(chip: Board, folder: Path) -> dict[str, area.Area]:
    """The area by part of the netlist in a folder."""
    return area.by_part(area.load(folder / f"{design.NAME}.json"), design.NAME, design.PARTS, chip.family)


def times(runs: Sequence[Path]) -> str:
    """Seconds of each verb that has run on each folder, as its JSON file says."""
    lines = ["| network | gates learned | gates | export | simulate | vectors, by | prove | of these, by step |"]
    lines.append("|---" * 8 + "|")
    for folder in runs:
        run = Run(folder)
        export, simulate, prove = (said(run, verb) for verb in ("export", "simulate", "prove"))
        steps = ", ".join(f"{step['right']} {step['seconds']:.1f}" for step in prove.get("steps", ()))
        vectors = f"{simulate['vectors']:,}, {simulate['simulator']}" if simulate else ""
        gates = [f"{export[key]:,}" if export else "" for key in ("gates_learned", "gates")]
        spent = [f"{verb['seconds']:.1f}" if verb else "not run" for verb in (export, simulate, prove)]
        lines.append(f"| {' | '.join((folder.name, *gates, *spent[:2], vectors, spent[2], steps))} |")
    return "\n".join(lines)


def said(run: Run, verb: str) -> dict[str, Any]:
    """The JSON of a verb, empty if it has not run."""
    try:
        return run.read_json(verb)
    except GatewrightError:
        return {}


if __name__ == "__main__":
    main()
