"""Cost of a training step against the number of gates and the batch, up to the memory that is given.

    python benchmarks/train_scale.py [--memory 20] [--plot docs/train_scale.svg]

Networks of six layers of random two-input gates, hard Gumbel sampling, forward, backward and Adam, each in a process
of its own. Gates double until a process would need more than ``--memory`` GiB, foretold from the one before; the batch
doubles at 6 x 8,000 gates.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

LAYERS, BATCH, WIDTH = 6, 128, 8000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--memory", type=float, default=20.0, help="GiB that a network may need")
    parser.add_argument("--plot", type=Path, help="an SVG file")
    parser.add_argument("--turn", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(*options.turn)))
        return
    by_gates = grow(options.memory)
    by_batch = [measured(WIDTH, batch) for batch in (64, 128, 256, 512, 1024, 2048)]
    print(f"{LAYERS} layers, batch {BATCH}\n\n| gates | ms a step | ns a gate | GiB |\n|---|---|---|---|")
    for row in by_gates:
        each = 1e6 * row["ms"] / row["gates"]
        print(f"| {row['gates']:,.0f} | {row['ms']:.1f} | {each:.0f} | {row['gib']:.2f} |")
    print(f"\n{LAYERS} x {WIDTH:,} gates\n\n| batch | ms a step | us a sample |\n|---|---|---|")
    for row in by_batch:
        print(f"| {row['batch']:.0f} | {row['ms']:.1f} | {1e3 * row['ms'] / row['batch']:.0f} |")
    for name, rows, key in (("gates", by_gates, "gates"), ("batch", by_batch, "batch")):
        print(f"\ntime grows with the {name} to the power of {exponent(rows, key):.2f}")
    if options.plot:
        plot(options.plot, by_gates, by_batch)


def grow(memory: float) -> list[dict[str, float]]:
    """Twice the gates each time, as long as they fit."""
    rows, width = [], 1000
    while not rows or 2 * rows[-1]["gib"] < memory:
        rows.append(measured(width, BATCH))
        width *= 2
    return rows


def measured(width: int, batch: int) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), "--turn", str(width), str(batch)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def turn(width: int, batch: int) -> dict[str, float]:
    import train_step

    step = train_step.make_step("gatewright", argparse.Namespace(width=width, layers=LAYERS, batch=batch))
    for _ in range(3):
        step()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - started < 3:
        at = time.perf_counter()
        step()
        times.append(time.perf_counter() - at)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"gates": LAYERS * width, "batch": batch, "ms": 1e3 * statistics.median(times), "gib": held}


def exponent(rows: list[dict[str, float]], key: str) -> float:
    """Slope of the line through the logarithms of the upper half, where fixed costs have faded."""
    points = [(math.log(row[key]), math.log(row["ms"])) for row in rows[max(0, min(len(rows) // 2, len(rows) - 2)) :]]
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def plot(path: Path, by_gates: list[dict[str, float]], by_batch: list[dict[str, float]]) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, rows, key, unit in ((axes[0], by_gates, "gates", "gates"), (axes[1], by_batch, "batch", "samples")):
        sizes = [row[key] for row in rows]
        middle = rows[len(rows) // 2]
        axis.loglog(sizes, [row["ms"] for row in rows], "o-", color="#0f766e", label="a step")
        line = [middle["ms"] * size / middle[key] for size in sizes]
        axis.loglog(sizes, line, ":", color="#64748b", label=f"in proportion to {unit}")
        axis.set_xlabel(unit)
        axis.set_ylabel("ms")
        axis.legend(frameon=False)
        axis.grid(alpha=0.3)
    axes[0].set_title(f"{LAYERS} layers, batch {BATCH}", fontsize=10)
    axes[1].set_title(f"{LAYERS} x {WIDTH:,} gates", fontsize=10)
    figure.suptitle(f"One training step on {os.cpu_count()} cores", fontsize=11)
    figure.savefig(path)


if __name__ == "__main__":
    main()
