"""What raises the accuracy of a small network at equal area: one change at a time to the same recipe.

    python benchmarks/levers.py [--datasets mnist] [--only NAME ...] [--seeds 3] [--minutes 20] [--out FOLDER]

The base is the recipe ``mnist-lut4`` in 4,000 steps, on MNIST and on Fashion-MNIST. Each row is the base with one
change, or several that belong together. Where a change alters what a network takes, its width is such that the whole
design takes about as many LUT4 as the base: link, popcount and argmax with it, 64 lanes, on an iCE40 UP5K whose host
binarises the pixels. Accuracy is that of the discrete network on the held-out part of the training split, at the best
evaluation of a run; area and time are those of the first set. The test split is not read. The teacher is a network of
four times as many gates, trained first, otherwise like the base. Every run is a folder under ``--out``, seed 0 of all
levers first; the same command goes on with what is missing, after an interrupt as after ``--minutes``, and prints the
table of what is there.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatewright.boards import cost, registry
from gatewright.graph.encoded import encoded
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.plan import plan
from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.data import Dataset
from gatewright.train.progress import Progress
from gatewright.train.recipes.mnist_lut4 import MNIST_LUT4
from gatewright.train.recipes.recipe import Recipe

DATASETS = ("mnist", "fashion-mnist")
BASE = dataclasses.replace(MNIST_LUT4, name="base", steps=4000, evaluate_every=250)
BOARD, LANES, FMAX_MHZ = "icebreaker", 64, 26.0
"""The board on which the base is routed, the lanes of its popcount, and the clock that its registers reach."""


@dataclass(frozen=True)
class Lever:
    """A name, and what it changes in `BASE`."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)

    def recipe(self, dataset: str, seed: int) -> Recipe:
        """What is trained."""
        return dataclasses.replace(BASE, name=self.name, dataset=dataset, seed=seed, **self.changes)

    @property
    def taught(self) -> bool:
        """Whether it has a teacher."""
        return "teacher_weight" in self.changes


def _wide(gates: int, **changes: Any) -> dict[str, Any]:
    """A last layer of so many gates, with GroupSum's temperature as the square root of what it adds up."""
    return {"layers": (gates,), "group_tau": round(BASE.group_tau * math.sqrt(gates / BASE.layers[-1]), 2), **changes}


TEACHER = Lever("teacher's own", _wide(8000))
"""The teacher."""
LEVERS = (
    Lever("base"),
    Lever("no shift", {"shift": 0}),
    Lever("shift 2", {"shift": 2}),
    Lever("turned by 8", {"rotation": 8.0}),
    Lever("turned by 15", {"rotation": 15.0}),
    Lever("scaled by 0.1", {"scaling": 0.1}),
    Lever("turned and scaled", {"rotation": 8.0, "scaling": 0.1}),
    Lever("random wiring", {"wiring": "random", "reach": 0}),
    Lever("reach 49", {"reach": 49}),
    Lever("reach 81", {"reach": 81}),
    Lever("reach 169", {"reach": 169}),
    Lever("8 candidates", {"candidates": (8,)}),
    Lever("16 candidates", {"candidates": (16,)}),
    Lever("64 candidates", {"candidates": (64,)}),
    Lever("fan-in 2", _wide(2500, fan_in=2)),
    Lever("fan-in 3", {"fan_in": 3}),
    Lever("fan-in 5", _wide(760, fan_in=5)),
    Lever("fan-in 6", _wide(390, fan_in=6)),
    Lever("hard", {"method": "hard", "noise_scale": 0.0}),
    Lever("noise 0.25", {"noise_scale": 0.25}),
    Lever("noise 1", {"noise_scale": 1.0}),
    Lever("noise to 0, linear", {"schedule": "linear", "noise_end": 0.0}),
    Lever("noise to 0, cosine", {"schedule": "cosine", "noise_end": 0.0}),
    Lever("tau 1", {"tau": 1.0}),
    Lever("tau 4", {"tau": 4.0}),
    Lever("tau 4 to 1", {"tau": 4.0, "schedule": "exponential", "tau_end": 1.0}),
    Lever("group tau 4", {"group_tau": 4.0}),
    Lever("group tau 9", {"group_tau": 9.0}),
    Lever("rate 0.02", {"learning_rate": 0.02}),
    Lever("rate 0.1", {"learning_rate": 0.1}),
    Lever("decay 0.002", {"weight_decay": 0.002}),
    Lever("decay 0.01", {"weight_decay": 0.01}),
    Lever("start 0.3", {"init_scale": 0.3}),
    Lever("start 2", {"init_scale": 2.0}),
    Lever("residual 2", {"residual": 2.0}),
    Lever("batch 256", {"batch": 256, "steps": 2000, "evaluate_every": 125}),
    Lever("quantile", {"thresholds": "quantile"}),
    Lever("2 bits, uniform", {"bits": 2, "reach": 242}),
    Lever("2 bits, quantile", {"bits": 2, "reach": 242, "thresholds": "quantile"}),
    Lever("4 bits, quantile", {"bits": 4, "reach": 484, "thresholds": "quantile"}),
    Lever("4 positions", _wide(1490, positions=2, stride=2) | {"group_tau": 10.36}),
    Lever("9 positions", _wide(1490, positions=3, stride=2) | {"group_tau": 15.53}),
    Lever("two layers", _wide(800, layers=(3200, 800), candidates=(32, 32))),
    Lever("teacher, half", {"teacher_weight": 0.5, "teacher_tau": 12.0}),
    Lever("teacher, nine tenths", {"teacher_weight": 0.9, "teacher_tau": 12.0}),
    Lever("soft teacher, nine tenths", {"teacher_weight": 0.9, "teacher_tau": 24.0}),
    Lever("twice as long", {"steps": 8000, "evaluate_every": 500}),
)


class OutOfTimeError(Exception):
    """The minutes are over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=DATASETS)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin or go on for so long")
    parser.add_argument("--only", nargs="*", help="names of levers; all by default")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/levers"))
    options = parser.parse_args()
    chosen = [lever for lever in LEVERS if not options.only or lever.name in options.only]
    ends = time.monotonic() + 60 * options.minutes
    datasets = [data.load(name, data_dir=options.data_dir) for name in options.datasets]
    try:
        for seed in range(options.seeds):
            for dataset in datasets:
                out = options.out / dataset.name
                for lever in chosen:
                    teacher = taught_by(out, dataset, ends) if lever.taught else None
                    measure(lever.recipe(dataset.name, seed), dataset, place(out, lever, seed), ends, teacher)
    except OutOfTimeError:
        print("The minutes are over: the same command goes on.\n")
    print(table([options.out / name for name in options.datasets], chosen, options.seeds))


def place(out: Path, lever: Lever, seed: int) -> Run:
    return Run(out / f"{re.sub('[^a-z0-9.]+', '-', lever.name)}-{seed}")


def taught_by(out: Path, dataset: Dataset, ends: float) -> GateGraph:
    """The teacher, trained unless it has been."""
    run = place(out, TEACHER, 0)
    measure(TEACHER.recipe(dataset.name, 0), dataset, run, ends)
    return run.load(run.learned)


def measure(recipe: Recipe, dataset: Dataset, run: Run, ends: float, teacher: GateGraph | None = None) -> None:
    """Train to the end, from where it was left, and note what the design is expected to take."""
    note = noted(run)
    if teacher is not None:
        recipe = dataclasses.replace(recipe, teacher=teacher.digest)
    if "cells" in note:
        return
    began, before = time.process_time(), note["cpu_seconds"]

    def told(now: Progress) -> None:
        note["cpu_seconds"] = before + time.process_time() - began
        (run.path / "lever.json").write_text(json.dumps(note))
        if time.monotonic() > ends and now.step < now.steps:
            raise OutOfTimeError

    if time.monotonic() > ends:
        raise OutOfTimeError
    resume = run.checkpoint.exists()
    values = loop.train(recipe, dataset, run, resume=resume, teacher=teacher, progress=told, test_from=math.inf)
    note |= {"accuracy": values["accuracy_validation"], "gap": values["gap"], **area(run)}
    (run.path / "lever.json").write_text(json.dumps(note))
    print(f"{recipe.name}, seed {recipe.seed}: {100 * note['accuracy']:.2f} %, {note['cells']:.0f} cells", flush=True)


def area(run: Run) -> dict[str, float]:
    """LUT4, and logic cells, that the whole design is expected to take, from the link to the label."""
    board = registry.get(BOARD)
    graph = optimise(encoded(run.load(run.learned)))
    pipeline = plan(graph, board.fabric, fmax_mhz=FMAX_MHZ, lanes=LANES)
    found = {"lut4": cost.luts, "cells": cost.cells}
    return {name: sum(count(graph, board, pipeline).values()) for name, count in found.items()}


def noted(run: Run) -> dict[str, Any]:
    """CPU seconds of all threads so far; of a run that is over, also ``accuracy``, ``gap``, ``lut4`` and ``cells``."""
    path = run.path / "lever.json"
    return dict(json.loads(path.read_text())) if path.exists() else {"cpu_seconds": 0.0}


def table(outs: list[Path], levers: list[Lever], seeds: int) -> str:
    """The runs that are over, as Markdown; a difference is the mean of those to the base of the same seed."""
    levers = [*levers, *([TEACHER] if any(lever.taught for lever in levers) else [])]
    bases = [finished(out, LEVERS[0], seeds) for out in outs]
    heads = [f"{out.name}, % | to the base, points | seeds" for out in outs]
    lines = [
        f"| lever | changes | {' | '.join(heads)} | LUT4 | cells | CPU seconds |",
        "|---" * (5 + 3 * len(outs)) + "|",
    ]
    for lever in levers:
        found = [finished(out, lever, seeds) for out in outs]
        if not any(found):
            continue
        changes = ", ".join(f"`{name}` {_brief(value)}" for name, value in lever.changes.items()) or "none"
        cells = [lever.name, changes]
        for runs, base in zip(found, bases, strict=True):
            accuracy = [100 * note["accuracy"] for note in runs.values()]
            beside = [100 * (note["accuracy"] - base[seed]["accuracy"]) for seed, note in runs.items() if seed in base]
            cells.append(" to ".join(f"{one:.2f}" for one in sorted({min(accuracy), max(accuracy)})) if runs else "")
            cells.append(f"{statistics.mean(beside):+.2f}" if beside and lever.name != "base" else "")
            cells.append(f"{len(accuracy)}")
        first = next(runs for runs in found if runs).values()
        cells += [f"{statistics.median(note[key] for note in first):,.0f}" for key in ("lut4", "cells", "cpu_seconds")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def finished(out: Path, lever: Lever, seeds: int) -> dict[int, dict[str, Any]]:
    """What was noted of the runs of a lever that are over, by seed."""
    notes = {seed: noted(place(out, lever, seed)) for seed in range(seeds)}
    return {seed: note for seed, note in notes.items() if "cells" in note}


def _brief(value: Any) -> str:
    return " + ".join(map(str, value)) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    main()
