"""A published recipe from several seeds: accuracy, gap, and time to an accuracy.

    python benchmarks/recipe_seeds.py [digits] [--seeds 8] [--goal 97.5] [--data-dir FOLDER]

Test accuracy is that of the discrete network, read once after the last step. The test split of the digits, but not
that of MNIST, was looked at while the recipe was being chosen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import tempfile
from pathlib import Path

from gatewright.run import Run
from gatewright.train import loop, source


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="digits")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--goal", type=float, help="held-out accuracy, %%, to come to")
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    job = source.find(options.recipe, data_dir=options.data_dir)
    rows: list[dict[str, float]] = []
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            run = Run(Path(folder))
            values = loop.train(dataclasses.replace(job.recipe, seed=seed), job.dataset, run)
            row = {name: 100 * values[key] for name, key in COLUMNS.items()} | {"seconds": values["seconds"]}
            if options.goal:
                row[f"seconds to {options.goal} % validation"] = time_to(run, options.goal)
        rows.append(row)
    print(f"| {options.recipe}, {options.seeds} seeds | least | median | most |\n|---|---|---|---|")
    for name in rows[0]:
        column = [row[name] for row in rows]
        print(f"| {name} | {min(column):.2f} | {statistics.median(column):.2f} | {max(column):.2f} |")


COLUMNS = {"test, %": "accuracy_test", "validation, %": "accuracy_validation", "gap, points": "gap"}


def time_to(run: Run, goal: float) -> float:
    """Seconds of training until an evaluation first came to the goal; infinite if none did."""
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    return min((line["seconds"] for line in lines if 100 * line["accuracy"] >= goal), default=float("inf"))


if __name__ == "__main__":
    main()
