"""The long run of a fit: as many steps as there is time for, and fewer if they are slower than they were measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gatewright.run import Run, write_whole

from . import pace
from .loop import train
from .pace import Clock, Pacer
from .progress import Progress
from .recipes.recipe import Recipe
from .sweep import Watch
from .task import prepare

if TYPE_CHECKING:
    from .fitting import Plan, Tried

_LATE, _ANEW = 1.25, 0.35
"""A run that would take so many times the time that is left begins anew, if no more than this part of it is over."""
_SHIFT_EPOCHS, _SHIFT_PIXELS = 20, 16
"""A run of so many epochs moves images that are at least so high and wide, lest it learns them by heart."""


def train_long(plan: Plan, pacer: Pacer, chosen: Tried, watch: Watch) -> dict[str, Any]:
    """Train the chosen network with the time that is left.

    If steps turn out to be slower than they were measured to be, it begins once more with fewer: a run that is cut off
    before its learning rate has come down is worth less. If the network of the trial is better, that is kept. Only the
    network that is kept reads the test split.
    """
    run, note, clock = plan.run, plan.trials / "chosen.json", pacer.clock
    # What a trial has taken beside its steps, this run will take too.
    trial = Run(plan.trials / chosen.folder)
    end = plan.seconds - pacer.overhead - plan.behind(trial.load(trial.learned), chosen.lanes)

    def write(recipe: Recipe) -> None:
        run.checkpoint.unlink(missing_ok=True)
        write_whole(note, json.dumps({"number": chosen.number, "recipe": recipe.toml()}, indent=2) + "\n")

    if note.exists():
        recipe = Recipe.from_toml(json.loads(note.read_text())["recipe"], str(note))
    else:
        short = Recipe.from_toml(trial.recipe.read_text())
        recipe = _lengthened(plan, clock, short, end)
        write(recipe)
    began = clock.used
    while True:
        try:
            with watch("the network") as (progress, stepped):

                def tell(now: Progress, progress: Callable[[Progress], None] = progress) -> None:
                    progress(now)
                    steps = too_slow(now, clock.used, began, end)
                    if steps is not None:
                        raise LateError(steps)

                values = train(
                    recipe,
                    plan.job.dataset,
                    run,
                    resume=run.checkpoint.exists(),
                    origin=plan.job.origin,
                    progress=tell,
                    stepped=stepped,
                    enough=lambda: clock.used > end,
                    test_from=chosen.accuracy,
                )
            return values if values["accuracy_validation"] >= chosen.accuracy else _kept(plan, trial, write)
        except LateError as late:
            recipe = _of_steps(recipe, late.steps)
            write(recipe)


def _kept(plan: Plan, trial: Run, write: Callable[[Recipe], None]) -> dict[str, Any]:
    """The network of the trial, which the long run has not improved on, in its place; it reads the test split now."""
    recipe = Recipe.from_toml(trial.recipe.read_text())
    write(recipe)
    for name in ("recipe", "metrics", "checkpoint"):
        write_whole(getattr(plan.run, name), getattr(trial, name).read_bytes())
    return train(recipe, plan.job.dataset, plan.run, resume=True)


def too_slow(now: Progress, used: float, began: float, end: float) -> int | None:
    """Steps for which there is time, if a run will not come to its end and most of it is still to come; else None."""
    left = end - used
    early = used - began <= _ANEW * (end - began) and now.step <= _ANEW * now.steps
    if now.seconds_left <= _LATE * left or not early:
        return None
    return max(1, int(0.95 * left * now.step / now.seconds))


class LateError(Exception):
    """A run will not come to its end.

    Attributes:
        steps: for which there would be time.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps


def _of_steps(recipe: Recipe, steps: int) -> Recipe:
    return replace(recipe, steps=steps, evaluate_every=max(1, steps // 40))


def _lengthened(plan: Plan, clock: Clock, recipe: Recipe, end: float) -> Recipe:
    """A recipe with as many steps as there is time for."""
    dataset, started = plan.job.dataset, time.monotonic()
    task = prepare(recipe, dataset)
    step = pace.seconds_per_step(recipe, task, dataset.classes)
    steps = int((end - clock.used) / step)
    epochs = steps * recipe.batch / max(1, len(task.fit))
    if dataset.image is not None and min(dataset.image[:2]) >= _SHIFT_PIXELS and epochs >= _SHIFT_EPOCHS:
        recipe = replace(recipe, shift=1)
        started = time.monotonic()
        prepare(recipe, dataset)
    # Encoding comes once more, and something for the evaluations.
    left = 0.93 * (end - clock.used - (time.monotonic() - started))
    steps = max(recipe.steps, int(left / step))
    return _of_steps(recipe, steps)
