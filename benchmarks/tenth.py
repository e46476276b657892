"""DiffLogic's small tables with a tenth of its gates: one layer that learns its wiring.

    python benchmarks/tenth.py [--data-dir FOLDER] [--seeds 5]

DiffLogic's networks for Adult and Breast Cancer have 1,280 and 640 gates of two operands. The test split is read once,
by the checkpoint that is best on the held-out part of the training split.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from small_tables import TABLES, spread

from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.recipes.recipe import Recipe

TITLES = ("Adult", "Breast Cancer")
FAN_INS = (2, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print("| data | published, %, and gates | gates here | fan-in | test, % | validation, median |")
    print("|---|---|---|---|---|---|")
    for table in (table for table in TABLES if table.title in TITLES):
        name, gates = table.recipe.dataset, sum(table.recipe.layers)
        dataset = data.load(name, data_dir=options.data_dir)
        for fan_in in FAN_INS:
            found = []
            for seed in range(options.seeds):
                with tempfile.TemporaryDirectory() as folder:
                    values = loop.train(recipe(name, gates // 10, fan_in, seed), dataset, Run(Path(folder)))
                found.append((values["accuracy_test"], values["accuracy_validation"]))
            test, validation = zip(*found, strict=True)
            cells = (table.title, f"{table.published}, {gates:,}", str(gates // 10), str(fan_in), spread(list(test)))
            print(f"| {' | '.join(cells)} | {100 * statistics.median(validation):.2f} |", flush=True)


def recipe(dataset: str, gates: int, fan_in: int, seed: int) -> Recipe:
    """One layer; the choices were made on the held-out part of the training split."""
    return Recipe(
        name="tenth",
        dataset=dataset,
        layers=(gates,),
        fan_in=fan_in,
        candidates=(32,),
        method="hard" if dataset == "adult" else "gumbel",
        noise_scale=0.0 if dataset == "adult" else 0.5,
        tau=2.0,
        group_tau=8.0,
        init_scale=1.0,
        residual=0.0,
        learning_rate=0.02,
        bits=1,
        thresholds="uniform",
        batch=100,
        seed=seed,
    )


if __name__ == "__main__":
    main()
