"""What a network takes on an FPGA, by part, with the popcount parallel and serial: Yosys, without place and route.

    python benchmarks/hdl_area.py RUN [--lanes 0,1,2,4,8] [--synth "synth_ice40 -nocarry"] [--counter 3]

RUN is the folder of a trained network. The table gives LUTs, flip-flops and carry cells of each part.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import tempfile
import time
from collections import Counter
from pathlib import Path

from gatewright import tools
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.run import Run

PARTS = ("encoder", "gates", "popcount", "argmax")
KINDS = {
    "lut": re.compile(r"SB_LUT4|LUT\d"),
    "ff": re.compile(r"SB_DFF.*|TRELLIS_FF|DFF.*|FD.*"),
    "carry": re.compile(r"SB_CARRY|CCU2C|ALU|CARRY4"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a trained network")
    parser.add_argument("--lanes", default="0,1,2,4,8", help="0 is the parallel popcount")
    parser.add_argument("--synth", default="synth_ice40 -nocarry", help="the Yosys command")
    parser.add_argument("--counter", type=int, default=3, help="3 or 6")
    arguments = parser.parse_args()
    run = Run(arguments.run)
    graph = optimise(run.load(run.learned))
    yosys = tools.find("yosys")
    print(
        f"{run.path.name}: {graph.gates:,} gates, {sum(map(len, graph.groups)):,} nets counted, {graph.classes} classes"
    )
    print(f"{arguments.synth}; Yosys {yosys.version}; {platform.machine()}, {platform.system()}")
    print(f"{'lanes':>5} {'latency':>7} {'cycles':>6}   LUT / FF / carry of {', '.join(PARTS)}, the rest; all; CPU s")
    for lanes in map(int, arguments.lanes.split(",")):
        pipeline = Pipeline(lanes=lanes, counter=arguments.counter)
        latency, interval, areas, seconds = synthesize(graph, pipeline, arguments.synth)
        row = "  ".join("/".join(str(areas[part][kind]) for kind in KINDS) for part in (*PARTS, ""))
        total = "/".join(str(sum(areas[part][kind] for part in areas)) for kind in KINDS)
        print(f"{lanes:>5} {latency:>7} {interval:>6}   {row}   {total}  {seconds:.0f}", flush=True)


def synthesize(graph: GateGraph, pipeline: Pipeline, command: str) -> tuple[int, int, dict[str, Counter[str]], float]:
    """Latency, initiation interval, the cells of each part by kind, and the seconds of Yosys."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = emit(graph, pipeline, folder)
        script = [
            *(f"read_verilog {file}" for file in manifest.files),
            f"hierarchy -top {manifest.top}",
            "setattr -mod -set keep_hierarchy 1 =A:top %n",
            f"{command} -top {manifest.top}",
            "tee -q -o stat.json stat -json",
        ]
        (folder / "area.ys").write_text("\n".join(script) + "\n")
        started = time.monotonic()
        yosys = tools.find("yosys")
        yosys.run("-q", "area.ys", cwd=folder)
        seconds = time.monotonic() - started
        modules = json.loads((folder / "stat.json").read_text())["modules"]
    areas: dict[str, Counter[str]] = {part: Counter() for part in (*PARTS, "")}
    for module, values in modules.items():
        part = next((part for part in PARTS if module.lstrip("\\").startswith(part)), "")
        for cell, count in values["num_cells_by_type"].items():
            for kind, pattern in KINDS.items():
                if pattern.fullmatch(cell):
                    areas[part][kind] += count
    return manifest.latency_cycles, manifest.initiation_interval, areas, seconds


if __name__ == "__main__":
    main()
