"""The verbs that train: one network, or many."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, write_whole

if TYPE_CHECKING:
    from gatewright.train.progress import Progress
    from gatewright.train.recipes.recipe import Recipe
    from gatewright.train.sweep import Trial, Watch

Values = dict[str, Any]


def train(
    source: str,
    run: Run,
    *,
    target: str | None = None,
    data_dir: Path | None = None,
    seed: int | None = None,
    steps: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    teacher: Run | None = None,
    tensorboard: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stepped: Callable[[int, int], None] | None = None,
) -> Values:
    """Train, and write ``train.json``. Under torchrun, all processes share each step, and the first one writes.

    Args:
        source: a data set, a recipe or a run to repeat, as `gatewright.train.source.find` takes it.
        run: the run folder.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        seed: in place of the recipe's.
        steps: in place of the recipe's.
        resume: go on from the checkpoint that is there.
        overwrite: replace the network that is there.
        teacher: the run whose network's scores count beside the labels.
        tensorboard: write event files, too.
        progress: told after each evaluation.
        stepped: told after each step: steps done, and steps of the whole run.
    """
    # Whoever joins decides how many threads the kernels have, so it comes before they are imported.
    from gatewright.train import distributed

    with distributed.join() as world:
        from gatewright.train import events, loop
        from gatewright.train.source import find

        write = events.writer(run.events, resume=resume) if tensorboard else lambda _: None

        def tell(now: Progress) -> None:
            write(now)
            progress(now)

        job = distributed.together(world, lambda: find(source, target=target, data_dir=data_dir, teacher=teacher))
        recipe = _changed(job.recipe, seed=seed, steps=steps)
        if recipe.parts == 1:
            recipe = _changed(recipe, parts=world.size)
        return loop.train(
            recipe,
            job.dataset,
            run,
            resume=resume,
            overwrite=overwrite,
            origin=job.origin,
            teacher=job.teacher,
            progress=tell,
            stepped=stepped,
            world=world,
        )


def sweep(
    source: str,
    out: Path,
    *,
    vary: Sequence[str],
    trials: int,
    seeds: int = 1,
    storage: str | None = None,
    target: str | None = None,
    data_dir: Path | None = None,
    seed: int | None = None,
    steps: int | None = None,
    watch: Watch,
    done: Callable[[Trial], None],
) -> Values:
    """Train many recipes, and write ``sweep.json``: the trials that are done, the best first, and its run folder.

    The best network alone reads the test split, once there is no trial left.

    Args:
        source: as for `train`.
        out: the folder of the run folders.
        vary: fields of the recipe and their values, as `gatewright.train.vary.parse` reads them.
        trials: how many recipes; one where nothing is varied.
        seeds: how often each is trained.
        storage: URL of an Optuna storage; a file in ``out`` if None.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        seed: the first of the networks' seeds, and that of the search, in place of the recipe's.
        steps: in place of the recipe's.
        watch: shows one training run.
        done: told of each trial that this process has done.
    """
    from gatewright.train import source as sources
    from gatewright.train import sweep as sweeps
    from gatewright.train.vary import parse

    started = time.monotonic()
    job = sources.find(source, target=target, data_dir=data_dir)
    job = dataclasses.replace(job, recipe=_changed(job.recipe, seed=seed, steps=steps))
    fields = tuple(parse(text, job.recipe) for text in vary)
    if len({field.field for field in fields}) < len(fields):
        raise GatewrightError("--vary names a field twice: give each field once, with all of its values.")
    if not fields and seeds == 1:
        raise GatewrightError("The sweep varies nothing: add --vary FIELD=LOW:HIGH, or --seeds N.")
    storage = storage or f"sqlite:///{out.absolute() / 'sweep.db'}"
    plan = sweeps.Plan(job, fields, trials if fields else 1, seeds, out, storage)
    found, elsewhere = sweeps.sweep(plan, watch, done)
    best = sweeps.best(plan, found)
    # What another process has still to train may be better, and that process will see.
    tested = None if elsewhere else sweeps.test(plan, best)
    values = {
        "digest": best.read_json("train")["digest"],
        "best": str(best.path),
        "accuracy_test": tested,
        "elsewhere": elsewhere,
        "trials": [dataclasses.asdict(trial) for trial in found],
        "tools": {"optuna": importlib.metadata.version("optuna")},
        "seconds": time.monotonic() - started,
    }
    write_whole(out / "sweep.json", json.dumps(values, indent=2) + "\n")
    return values


def _changed(recipe: Recipe, **values: int | None) -> Recipe:
    """The recipe with other values, where any are given."""
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(recipe, **given)
