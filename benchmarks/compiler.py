"""What a network takes and how fast it is on an FPGA, by popcount and by how many registers it has.

    python benchmarks/compiler.py RUN [RUN ...] [--chips up5k,hx8k,ecp5-25] [--lanes 0,8] [--out FOLDER]

RUN is the folder of a trained network. Every row is a whole design with its serial link, synthesized, placed and
routed: with the fewest registers that `plan` knows, with those for a middling clock, and with those for the fastest.
A build that is there is not made again, so the command can be interrupted and repeated.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from trained import learned, machine

from gatewright.boards import build, registry
from gatewright.boards.board import Board
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.estimate import Estimator
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import pipelines, plan

PARTS = ("encoder", "gates", "popcount", "argmax", "link", "io")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", help="folders of trained networks")
    parser.add_argument("--chips", default="up5k,hx8k,ecp5-25", help="see `gatewright boards`")
    parser.add_argument("--lanes", default="0,8", help="of the popcount; 0 is the parallel one")
    parser.add_argument("--out", type=Path, default=Path("compiler"), help="where builds are kept")
    arguments = parser.parse_args()
    print(f"{machine()}\n")
    print(f"| network | chip | popcount | registers | LUT: {' / '.join(PARTS)} | all | cycles | MHz | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in arguments.runs:
        graph = optimise(learned(folder))
        for chip in arguments.chips.split(","):
            for lanes in map(int, arguments.lanes.split(",")):
                for name, pipeline in depths(graph, registry.get(chip), lanes).items():
                    where = arguments.out / f"{folder.name}-{chip}-{lanes}-{name}"
                    popcount = f"{lanes} lanes" if lanes else "parallel"
                    print(
                        f"| {folder.name} | {chip} | {popcount} | {name} | {row(graph, chip, pipeline, where)}",
                        flush=True,
                    )


def depths(graph: GateGraph, board: Board, lanes: int) -> dict[str, Pipeline]:
    """Three pipelines: of the fewest registers, for half the way from its clock to the fastest, and for the fastest."""
    estimator = Estimator(graph, board.fabric)
    fewest = plan(graph, board.fabric, lanes=lanes)
    least = estimator.of(fewest).fmax_mhz
    most = max(estimator.of(pipeline).fmax_mhz for pipeline in pipelines(estimator, lanes))
    return {
        "fewest": fewest,
        "middle": plan(graph, board.fabric, fmax_mhz=(least + most) / 2, lanes=lanes),
        "fastest": plan(graph, board.fabric, fmax_mhz=most, lanes=lanes),
    }


def row(graph: GateGraph, chip: str, pipeline: Pipeline, folder: Path) -> str:
    """The rest of a row: area by part, cycles, clock and time, or why there is none."""
    began = time.monotonic()
    try:
        built = build.synthesize(graph, registry.get(chip), folder, pipeline=pipeline)
    except GatewrightError as error:
        return f"{str(error).split(': it needs ')[-1].split(': ')[0]} | | | | {time.monotonic() - began:.0f} |"
    parts = " / ".join(f"{built.parts[part].lut:,}" for part in PARTS)
    cycles = f"{built.latency_cycles} ({built.initiation_interval})"
    return f"{parts} | {built.total.lut:,} | {cycles} | {built.fmax_mhz:.1f} | {built.seconds:.0f} |"


if __name__ == "__main__":
    main()
