"""The spread of the digits recipe over seeds.

    python benchmarks/digits_seeds.py [--seeds 8]

The test split was looked at while the recipe was being chosen, so its accuracies are a little optimistic.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
from pathlib import Path

from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.recipes.digits import DIGITS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    seeds = parser.parse_args().seeds
    digits = data.load("digits")
    rows = []
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            values = loop.train(dataclasses.replace(DIGITS, seed=seed), digits, Run(Path(folder)))
        rows.append([100 * values[key] for key in ("accuracy_test", "accuracy_validation", "gap")])
    print("| digits, discrete network, % | least | median | most |\n|---|---|---|---|")
    for name, column in zip(("test", "validation", "gap, points"), zip(*rows, strict=True), strict=True):
        print(f"| {name} | {min(column):.2f} | {statistics.median(column):.2f} | {max(column):.2f} |")


if __name__ == "__main__":
    main()
