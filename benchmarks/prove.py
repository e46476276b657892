"""How long each step of the proof takes, and its peak memory: trained networks, or random ones of any size.

    python benchmarks/prove.py RUN ... [--random 256000,...] [--families ice40,ecp5,gowin] [--seconds 600]

RUN is the folder of a trained network. A random network has four layers of gates of two operands over 784 input bits,
and ten classes. Every row is measured in a process of its own; peak memory is that of this process or of the largest
program that it started, whichever is more.
"""

from __future__ import annotations

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.demo import processor
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.run import Run
from gatewright.sim.prove.prove import prove_graphs, prove_verilog
from gatewright.sim.prove.yosys import FAMILIES, GATES

GRAPHS = "graphs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*", help="folders of trained networks")
    parser.add_argument("--random", default="", help="numbers of gates of random networks")
    parser.add_argument("--families", default="", help="netlists to prove as well")
    parser.add_argument("--seconds", type=int, default=600, help="limit of each question to abc")
    parser.add_argument("--step", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    networks = [*map(str, arguments.runs), *filter(None, arguments.random.split(","))]
    if arguments.step:
        print(measured(networks[0], arguments.step, arguments.seconds))
        return
    print(f"{processor()}, Python {platform.python_version()}\n")
    print(
        "| network | gates learned | gates | step | holds | seconds | peak memory, MB |\n|---|---|---|---|---|---|---|"
    )
    for network in networks:
        for step in (GRAPHS, GATES.stem, *filter(None, arguments.families.split(","))):
            given = ["--random", network] if network.isdigit() else [network]
            command = [sys.executable, __file__, *given, "--step", step, "--seconds", str(arguments.seconds)]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            said = (result.stderr.strip().splitlines() or ["nothing"])[-1]
            print(result.stdout.strip() or f"| {network} | | | {step} | failed: {said} | | |", flush=True)


def measured(network: str, step: str, seconds: int) -> str:
    """One row: making the Verilog is not counted."""
    if network.isdigit():
        learned = random_network(int(network))
    else:
        run = Run(Path(network))
        learned = run.load(run.learned)
    graph = optimise(learned)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if step == GRAPHS:
            started = time.monotonic()
            done = prove_graphs(learned, graph, folder, seconds)
        else:
            manifest = emit(graph, Pipeline(), folder / "rtl")
            reading = GATES if step == GATES.stem else FAMILIES[step]
            started = time.monotonic()
            verilog = folder / "rtl" / "classifier.v"
            done = prove_verilog(graph, verilog, manifest.latency_cycles, folder / "build", reading, seconds)
        spent = time.monotonic() - started
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(one).ru_maxrss for one in who) / 1000
    name = "random" if network.isdigit() else Path(network).name
    holds = "yes" if done.equivalent else done.sentence
    return f"| {name} | {learned.gates:,} | {graph.gates:,} | {done.right} | {holds} | {spent:.0f} | {peak:,.0f} |"


def random_network(gates: int, layers: int = 4, inputs: int = 784, classes: int = 10, seed: int = 0) -> GateGraph:
    """Layers of random functions over random pairs of the layer before."""
    rng = np.random.default_rng(seed)
    encoder = Thermometer.identity(tuple(f"x{i}" for i in range(inputs)))
    width = gates // layers
    starts = [2, *(2 + inputs + layer * width for layer in range(layers))]
    sizes = [inputs, *(width,) * layers]
    operands = np.concatenate([rng.integers(starts[i], starts[i] + sizes[i], (width, 2)) for i in range(layers)])
    tables = rng.integers(1, 15, layers * width)
    pairs = list(zip(tables.tolist(), operands.tolist(), strict=True))
    last = np.arange(starts[-1], starts[-1] + width)
    return GateGraph.build(encoder, pairs, [part.tolist() for part in np.array_split(last, classes)])


if __name__ == "__main__":
    main()
