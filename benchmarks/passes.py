"""What each pass saves on trained networks, in gates, depth and LUT4, beside torchlogix's `Circuit`.

    python benchmarks/passes.py RUN [RUN ...] [--yosys] [--peer-python PYTHON]

For each pass, the gates that it takes away when the pipeline runs, and what is left when it is left out of the
pipeline. LUT4 are counted by abc (`bdd; sop; strash; dch; if -K 4`), gates alone, every counted net an output; with
``--yosys`` by synth_ice40 as well. ``fraig`` says how many of the AND nodes of the optimised network SAT sweeping still
merges: the most that any functional merging could. Times are CPU seconds; memory is what the passes allocate, and for
the peer what its process grows by.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import trained

from gatewright import tools
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.absorb import absorb
from gatewright.graph.passes.optimise import PASSES, optimise
from gatewright.graph.schedule import levels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--yosys", action="store_true", help="count by synth_ice40 as well: minutes")
    parser.add_argument("--peer-python", help="a Python that has torchlogix")
    options = parser.parse_args()
    print(f"{trained.machine()}; {tools.find('abc').version}\n")
    for run in options.runs:
        with tempfile.TemporaryDirectory() as folder:
            network(run, options.yosys, options.peer_python, Path(folder))


def network(run: Path, yosys: bool, peer: str | None, folder: Path) -> None:
    learned = trained.learned(run)
    saved: Counter[str] = Counter()
    started = time.process_time()
    smallest = optimise(learned)
    seconds = time.process_time() - started
    gates = learned.gates

    def watch(name: str, graph: GateGraph) -> None:
        nonlocal gates
        saved[name] += gates - graph.gates
        gates = graph.gates

    optimise(learned, watch)
    print(
        f"### {run.name}\n\n| | takes gates | gates left | depth | counted | LUT4 by abc |\n|---|---|---|---|---|---|"
    )
    row("as learned", "", learned, folder)
    row("every pass", "", smallest, folder)
    for step in dict.fromkeys(PASSES):
        without = tuple(other for other in PASSES if other is not step)
        row(f"without {step.__name__}", f"{saved[step.__name__]:,}", optimise(learned, passes=without), folder)
    tables = optimise(learned, passes=(*PASSES, absorb))
    row("absorb as well", f"{smallest.gates - tables.gates:,}", tables, folder)
    swept = abc(smallest, folder, "fraig; print_stats; dch; if -K 4; print_stats")
    before, after = numbers(swept, " and =")[:2]
    print(f"\nfraig after every pass: {before:,} to {after:,} AND nodes, {numbers(swept, ' nd =')[-1]:,} LUT4")
    if yosys:
        print(
            "LUT4 by synth_ice40 as learned, optimised, absorbed: "
            + ", ".join(f"{ice40(graph, folder):,}" for graph in (learned, smallest, tables))
        )
    tracemalloc.start()
    optimise(learned)
    mib = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"optimise: {seconds:.3f} s, {mib:.0f} MiB, {smallest.gates:,} gates")
    figures = trained.peer_circuit(peer, learned, folder) if peer else None
    if figures:
        stages = ", ".join(f"{name} {spent:.3f} s" for name, spent in figures["seconds"].items())
        print(f"torchlogix: {stages}, {figures['mib']:.0f} MiB, {figures['gates']:,} gates")
    print(flush=True)


def row(name: str, taken: str, graph: GateGraph, folder: Path) -> None:
    luts = numbers(abc(graph, folder, "dch; if -K 4; print_stats"), " nd =")[-1]
    depth, counted = int(levels(graph).max()), sum(int((group > 1).sum()) for group in graph.groups)
    print(f"| {name} | {taken} | {graph.gates:,} | {depth} | {counted:,} | {luts:,} |", flush=True)


def abc(graph: GateGraph, folder: Path, script: str) -> str:
    (folder / "gates.blif").write_text(blif(graph))
    return tools.find("abc").run("-c", f"read_blif gates.blif; bdd; sop; strash; print_stats; {script}", cwd=folder)


def numbers(output: str, label: str) -> list[int]:
    return [int(found) for found in re.findall(re.escape(label) + r"\s*(\d+)", output)]


def ice40(graph: GateGraph, folder: Path) -> int:
    (folder / "gates.blif").write_text(blif(graph))
    (folder / "gates.ys").write_text("read_blif gates.blif\nsynth_ice40 -top gates\ntee -o stat.txt stat\n")
    tools.find("yosys").run("-q", "gates.ys", cwd=folder)
    line = next(line for line in (folder / "stat.txt").read_text().splitlines() if "SB_LUT4" in line)
    return int(line.replace("SB_LUT4", "").split()[0])


def blif(graph: GateGraph) -> str:
    """The gates alone, every counted net an output: "Berkeley Logic Interchange Format", 1992."""
    outputs = [net for net in np.unique(np.concatenate(graph.groups)).tolist() if net > 1]
    lines = [".model gates", ".inputs " + " ".join(f"n{net}" for net in range(2, graph.first_gate))]
    lines += [".outputs " + " ".join(f"o{net}" for net in outputs), ".names n0", ".names n1", "1"]
    for j in range(graph.gates):
        gate = graph.gate(j)
        # A table of zeros has no rows, and then abc allows it no operands.
        read = gate.operands if gate.table else ()
        lines.append(".names " + " ".join(f"n{net}" for net in (*read, gate.net)))
        size = len(gate.operands)
        lines += [f"{pattern:0{size}b} 1" for pattern in range(1 << size) if gate.table >> pattern & 1]
    for net in outputs:
        lines += [f".names n{net} o{net}", "1 1"]
    return "\n".join([*lines, ".end", ""])


if __name__ == "__main__":
    main()
