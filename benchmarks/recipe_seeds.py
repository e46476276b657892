"""A published recipe from several seeds: accuracy, gap, and time to an accuracy.

    python benchmarks/recipe_seeds.py [digits] [--seeds 8] [--goal 97.5] [--vary FIELD=A,B] [--data-dir FOLDER]

``--vary FIELD=A`` changes the recipe; of several values, each seed takes all, one after the other.
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
from gatewright.train import loop, source, vary
from gatewright.train.data import Dataset
from gatewright.train.recipes.recipe import Recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="digits")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--goal", type=float, help="held-out accuracy, %%, to come to")
    parser.add_argument("--vary", action="append", default=[], metavar="FIELD=A,B")
    parser.add_argument("--data-dir", type=Path)
    options = parser.parse_args()
    job = source.find(options.recipe, data_dir=options.data_dir)
    recipes = {options.recipe: job.recipe}
    for text in options.vary:
        recipes = varied(recipes, text)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in recipes}
    for seed in range(options.seeds):
        for name, recipe in recipes.items():
            found[name].append(train(dataclasses.replace(recipe, seed=seed), job.dataset, options.goal))
    for name, rows in found.items():
        print(f"| {name}, {options.seeds} seeds | least | median | most |\n|---|---|---|---|")
        for key in rows[0]:
            column = [row[key] for row in rows]
            print(f"| {key} | {min(column):.2f} | {statistics.median(column):.2f} | {max(column):.2f} |")
        print()


def varied(recipes: dict[str, Recipe], text: str) -> dict[str, Recipe]:
    """Each recipe with each value of a field, by what tells it from the others."""
    result = {}
    for name, recipe in recipes.items():
        found = vary.parse(text, recipe)
        for choice in found.choices:
            own = f"{name}, {found.field} {choice}" if len(found.choices) > 1 else name
            result[own] = dataclasses.replace(recipe, **{found.field: found.value(choice)})
    return result


def train(recipe: Recipe, dataset: Dataset, goal: float | None) -> dict[str, float]:
    """What one run comes to."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        values = loop.train(recipe, dataset, run)
        row = {name: 100 * values[key] for name, key in COLUMNS.items()} | {"seconds": values["seconds"]}
        if goal:
            row[f"seconds to {goal} % validation"] = time_to(run, goal)
    return row


COLUMNS = {"test, %": "accuracy_test", "validation, %": "accuracy_validation", "gap, points": "gap"}


def time_to(run: Run, goal: float) -> float:
    """Seconds of training until an evaluation first came to the goal; infinite if none did."""
    lines = [json.loads(line) for line in run.metrics.read_text().splitlines()]
    return min((line["seconds"] for line in lines if 100 * line["accuracy"] >= goal), default=float("inf"))


if __name__ == "__main__":
    main()
