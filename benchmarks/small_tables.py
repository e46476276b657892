"""The small tables of "Deep Differentiable Logic Gate Networks" (DiffLogic, 2022), by each method.

    python benchmarks/small_tables.py --data-dir FOLDER [--seeds 5] [--steps 3000]

As many gates as DiffLogic's, on its "unique" wiring, from N(0, 1) logits, by Adam at its learning rate, batch 100, on
the whole training split; gumbel has temperature and noise of 1. The last method has the same gates and steps, learns
its wiring (8 candidates for each operand of each layer), and starts from this project's logits with half the noise.
The test split is read once, by the network after the last step. DiffLogic trains for 100,000 steps. The temperature of
GroupSum is DiffLogic's for Adult and Breast Cancer; it names none for the MONK's problems, which have 1 here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from claims import training

from gatewright.errors import GatewrightError
from gatewright.train.method import Mode
from gatewright.train.metrics import accuracy
from gatewright.train.recipes.recipe import Recipe


@dataclass(frozen=True)
class Table:
    """A data set, its network, and the accuracy in per cent that DiffLogic publishes."""

    title: str
    recipe: Recipe
    published: float


def _recipe(dataset: str, depth: int, width: int, group_tau: float, learning_rate: float = 0.01) -> Recipe:
    return Recipe(
        name="small-tables",
        dataset=dataset,
        layers=(width,) * depth,
        wiring="unique",
        noise_scale=1.0,
        group_tau=group_tau,
        init_scale=1.0,
        residual=0.0,
        learning_rate=learning_rate,
        batch=100,
    )


TABLES = (
    Table("MONK-1", _recipe("monks1", 6, 24, 1.0), 100.0),
    Table("MONK-2", _recipe("monks2", 6, 12, 1.0), 90.9),
    Table("MONK-3", _recipe("monks3", 6, 12, 1.0), 97.7),
    Table("Adult", _recipe("adult", 5, 256, 20.0), 84.8),
    Table("Breast Cancer", _recipe("breast-cancer", 5, 128, 20.0, learning_rate=0.001), 76.1),
)
METHODS = ("softmax", "gumbel", "hard", "gumbel, learned wiring")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args()
    print("| test accuracy, % | gates | published by DiffLogic | " + " | ".join(METHODS) + " |")
    print("|---" * (3 + len(METHODS)) + "|")
    try:
        for table in TABLES:
            data = training.load(table.recipe.dataset, options.data_dir)
            cells = [table.title, _shape(table.recipe), f"{table.published:.1f}"]
            for method in METHODS:
                recipe = replace(by(method, table.recipe), steps=options.steps, evaluate_every=options.steps)
                cells.append(spread([_accuracy(replace(recipe, seed=seed), data) for seed in range(options.seeds)]))
            print("| " + " | ".join(cells) + " |", flush=True)
    except GatewrightError as error:
        sys.exit(f"Error: {error}")


def by(method: str, recipe: Recipe) -> Recipe:
    """The recipe with one of `METHODS`."""
    if method != METHODS[-1]:
        return replace(recipe, method=method)
    candidates = (8,) * len(recipe.layers)
    return replace(recipe, wiring="random", candidates=candidates, noise_scale=0.5, init_scale=4.0, residual=4.0)


def spread(accuracies: list[float]) -> str:
    """Median, and range, in per cent."""
    low, middle, high = min(accuracies), statistics.median(accuracies), max(accuracies)
    return f"{100 * middle:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _accuracy(recipe: Recipe, data: training.Bits) -> float:
    network = training.train(recipe, data).network
    return accuracy(network, data.bits(data.test[0]), data.test[1], Mode.DISCRETE)


def _shape(recipe: Recipe) -> str:
    return f"{len(recipe.layers)} x {recipe.layers[0]}"


if __name__ == "__main__":
    main()
