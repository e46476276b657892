"""Time and memory of the graph and its passes against the number of gates.

    python benchmarks/compiler_scale.py [--most 1000000] [--plot docs/compiler_scale.svg]

Random networks of two-input gates, each measured in a process of its own: ten layers, every gate of the last one
counted, and chains of XOR in which every gate reads the one before it and an input. Times are CPU seconds; memory is
the most that the process held, less what it held after its imports and the arrays that it begins with.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import trained

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.absorb import absorb
from gatewright.graph.passes.optimise import optimise

INPUTS, LAYERS, CLASSES = 1000, 10, 10
STAGES = ("make and validate", "optimise", "absorb")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000, help="gates")
    parser.add_argument("--plot", type=Path, help="an SVG file")
    parser.add_argument("--turn", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(options.turn[0], int(options.turn[1]))))
        return
    sizes = [size for size in (1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000) if size <= options.most]
    found = {kind: [measured(kind, size) for size in sizes] for kind in ("layers", "chain")}
    print(f"{trained.machine()}\n")
    for kind, rows in found.items():
        print(f"{kind}\n\n| gates | {' | '.join(f'{stage}, s' for stage in STAGES)} | gates left | MiB |")
        print("|---" * (3 + len(STAGES)) + "|")
        for row in rows:
            times = " | ".join(f"{row[stage]:.3f}" for stage in STAGES)
            print(f"| {row['gates']:,.0f} | {times} | {row['left']:,.0f} | {row['mib']:.0f} |")
        whole = exponent([(row["gates"], sum(row[stage] for stage in STAGES)) for row in rows])
        print(f"\ntime grows with the gates to the power of {whole:.2f} over the upper half\n")
    if options.plot:
        plot(options.plot, found)


def measured(kind: str, gates: int) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--turn", kind, str(gates)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout))


def turn(kind: str, gates: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    operands, groups = layered(rng, gates) if kind == "layers" else chained(rng, gates)
    # XOR in a chain, so that nothing in it is constant and all of it stays.
    tables = rng.integers(0, 16, gates) if kind == "layers" else np.full(gates, 6)
    encoder = Thermometer.identity(tuple(f"x{i}" for i in range(INPUTS)))
    names = tuple(map(str, range(len(groups))))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = []
    started = time.process_time()
    graph = GateGraph(encoder, np.full(gates, 2, np.uint8), tables.astype(np.uint64), operands, groups, names)
    seconds.append(time.process_time() - started)
    for step in (optimise, absorb):
        started = time.process_time()
        graph = step(graph)
        seconds.append(time.process_time() - started)
    mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
    return {"gates": gates, **dict(zip(STAGES, seconds, strict=True)), "left": graph.gates, "mib": mib}


def layered(rng: np.random.Generator, gates: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    width, first = gates // LAYERS, 2 + INPUTS
    ends = [(2, first), *((first + i * width, first + (i + 1) * width) for i in range(LAYERS))]
    operands = np.concatenate([rng.integers(low, high, (width, 2)) for low, high in ends[:-1]])
    return operands, tuple(np.array_split(np.arange(*ends[-1]), CLASSES))


def chained(rng: np.random.Generator, gates: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    operands = np.column_stack([rng.integers(2, 1 + INPUTS, gates), 1 + INPUTS + np.arange(gates)])
    return operands, (np.array([1 + INPUTS + gates]), np.array([2]))


def exponent(points: list[tuple[float, float]]) -> float:
    """Slope of the line through the logarithms of the upper half, where fixed costs have faded."""
    logs = [(math.log(size), math.log(seconds)) for size, seconds in points[len(points) // 2 :]]
    return statistics.linear_regression(*zip(*logs, strict=True)).slope


def plot(path: Path, found: dict[str, list[dict[str, float]]]) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    for axis, (kind, rows) in zip(axes, found.items(), strict=False):
        sizes = [row["gates"] for row in rows]
        for stage, colour in zip(STAGES, ("#64748b", "#0f766e", "#b45309"), strict=True):
            axis.loglog(sizes, [max(row[stage], 1e-4) for row in rows], "o-", color=colour, label=stage)
        middle = rows[len(rows) // 2]
        axis.loglog(sizes, [middle["optimise"] * size / middle["gates"] for size in sizes], ":", color="#94a3b8")
        axis.set_title(kind, fontsize=10)
        axis.set_ylabel("CPU seconds")
    for (kind, rows), colour in zip(found.items(), ("#0f766e", "#b45309"), strict=True):
        axes[2].loglog(
            [row["gates"] for row in rows], [max(row["mib"], 0.1) for row in rows], "o-", color=colour, label=kind
        )
    axes[2].set_title("memory", fontsize=10)
    axes[2].set_ylabel("MiB")
    for axis in axes:
        axis.set_xlabel("gates")
        axis.legend(frameon=False, fontsize=8)
        axis.grid(alpha=0.3)
    figure.savefig(path)


if __name__ == "__main__":
    main()
