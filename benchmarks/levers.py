"""What raises the accuracy of a small network of tables: one change at a time, at equal budgets.

    python benchmarks/levers.py [--minutes 30] [--only NAME ...] [--seeds 2] [--data-dir FOLDER] [--out runs/levers]

Each row is the base recipe with one change, or several that belong together, trained from a few seeds; accuracy is
that of the discrete network on the held-out part of the training split, at the best evaluation of a run. Every run is
a folder under ``--out``; the same command goes on with what is missing, after an interrupt as after ``--minutes``, and
prints the table of what is there.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.data import Dataset
from gatewright.train.progress import Progress
from gatewright.train.recipes.recipe import Recipe

BASE = Recipe(
    name="base",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(3000,),
    fan_in=4,
    candidates=(16,),
    tau=2.0,
    noise_scale=0.5,
    group_tau=6.0,
    init_scale=1.0,
    residual=0.0,
    batch=128,
    steps=8000,
    evaluate_every=500,
)
"""One layer of 3,000 tables, as many as an iCE40 UP5K holds beside what counts."""


@dataclass(frozen=True)
class Lever:
    """A name, and what it changes in `BASE`."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)

    def recipe(self, seed: int) -> Recipe:
        """What is trained."""
        return dataclasses.replace(BASE, name=self.name, seed=seed, **self.changes)


LEVERS = (
    Lever("base"),
    Lever("hard", {"method": "hard", "tau": 2.0, "noise_scale": 0.0}),
    Lever("shift-1", {"shift": 1}),
    Lever("hard-shift-1", {"method": "hard", "tau": 2.0, "noise_scale": 0.0, "shift": 1}),
    Lever("candidates-8", {"candidates": (8,)}),
    Lever("candidates-32", {"candidates": (32,)}),
    Lever("candidates-64", {"candidates": (64,)}),
    Lever("rate-0.02", {"learning_rate": 0.02}),
    Lever("rate-0.1", {"learning_rate": 0.1}),
    Lever("tau-1", {"tau": 1.0}),
    Lever("tau-4", {"tau": 4.0}),
    Lever("no-noise-at-the-end", {"schedule": "linear", "noise_end": 0.0}),
    Lever("noise-0.25", {"noise_scale": 0.25}),
    Lever("noise-1", {"noise_scale": 1.0}),
    Lever("group-tau-4", {"group_tau": 4.0}),
    Lever("group-tau-10", {"group_tau": 10.0}),
    Lever("start-0.3", {"init_scale": 0.3}),
    Lever("start-2", {"init_scale": 2.0}),
    Lever("decay-0.01", {"weight_decay": 0.01}),
    Lever("batch-256", {"batch": 256, "steps": 4000, "evaluate_every": 250}),
    Lever("bits-2", {"bits": 2}),
    Lever("two-layers", {"layers": (2400, 600), "candidates": (16, 16)}),
    Lever("twice-as-long", {"steps": 16000, "evaluate_every": 1000}),
    Lever("twice-as-long-shift-1", {"steps": 16000, "evaluate_every": 1000, "shift": 1}),
)


class OutOfTimeError(Exception):
    """The minutes are over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin or go on for so long")
    parser.add_argument("--only", nargs="*", help="names of levers; all by default")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/levers"))
    options = parser.parse_args()
    chosen = [lever for lever in LEVERS if not options.only or lever.name in options.only]
    ends, dataset = time.monotonic() + 60 * options.minutes, data.load("mnist", data_dir=options.data_dir)
    try:
        for seed in range(options.seeds):
            for lever in chosen:
                measure(lever.recipe(seed), dataset, place(options.out, lever, seed), ends)
    except OutOfTimeError:
        print("The minutes are over: the same command goes on.\n")
    print(table(options.out, chosen, options.seeds))


def place(out: Path, lever: Lever, seed: int) -> Run:
    return Run(out / f"{lever.name}-{seed}")


def measure(recipe: Recipe, dataset: Dataset, run: Run, ends: float) -> None:
    """Train to the end, from where it was left."""
    if spent(run)["finished"]:
        return
    began, before = time.process_time(), spent(run)["cpu_seconds"]

    def told(now: Progress) -> None:
        used = before + time.process_time() - began
        (run.path / "lever.json").write_text(json.dumps({"cpu_seconds": used, "finished": now.step == now.steps}))
        if time.monotonic() > ends and now.step < now.steps:
            raise OutOfTimeError

    if time.monotonic() > ends:
        raise OutOfTimeError
    loop.train(recipe, dataset, run, resume=run.checkpoint.exists(), progress=told)


def spent(run: Run) -> dict[str, Any]:
    """CPU seconds of all threads so far, and whether the run is over."""
    path = run.path / "lever.json"
    return dict(json.loads(path.read_text())) if path.exists() else {"cpu_seconds": 0.0, "finished": False}


def table(out: Path, levers: list[Lever], seeds: int) -> str:
    """The runs that are over, as Markdown."""
    lines = ["| lever | changes | held out, % | least to most | seeds | CPU seconds |", "|---|---|---|---|---|---|"]
    for lever in levers:
        runs = [run for run in (place(out, lever, seed) for seed in range(seeds)) if spent(run)["finished"]]
        if not runs:
            continue
        found = [100 * run.read_json("train")["accuracy_validation"] for run in runs]
        cpu = statistics.mean(spent(run)["cpu_seconds"] for run in runs)
        changes = ", ".join(f"{name} {value}" for name, value in lever.changes.items()) or "none"
        lines.append(
            f"| {lever.name} | {changes} | {statistics.mean(found):.2f} | {min(found):.2f} to {max(found):.2f} | "
            f"{len(found)} | {cpu:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
