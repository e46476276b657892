"""Sweeps: many recipes that differ in a few fields, each trained into a run folder, the next chosen from the last.

The study lies in a storage of Optuna's. A trial belongs to whoever holds the lock of its folder, so several processes
can work on one sweep, and a trial whose process is gone is taken over, and goes on bit for bit.
"""

from __future__ import annotations

import fcntl
import math
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import torch

from gatewright.errors import GatewrightError
from gatewright.run import Run

from . import storage
from .encode import fit
from .loop import train
from .moves import Moves
from .network import build
from .progress import Progress
from .recipes.recipe import Recipe
from .source import Job
from .teacher import Teacher
from .vary import Vary
from .wiring import pixels

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial


def folder(number: int) -> str:
    """The name of a trial's folder; people count from 1, the study from 0."""
    return f"trial-{number + 1:04d}"


Watch = Callable[[str], AbstractContextManager[tuple[Callable[[Progress], None], Callable[[int, int], None]]]]
"""Shows one training run under a title: what to tell of each evaluation, and of each step."""


@dataclass(frozen=True)
class Plan:
    """A sweep.

    Attributes:
        job: the recipe that is varied, and the data.
        vary: the fields, each once; may be empty.
        trials: how many recipes.
        seeds: how often each is trained, from the recipe's seed on.
        out: the folder of the run folders.
        storage: URL of the study.
    """

    job: Job
    vary: tuple[Vary, ...]
    trials: int
    seeds: int
    out: Path
    storage: str

    def runs(self, number: int) -> list[Run]:
        """The run folders of a trial, one for each seed."""
        first = self.job.recipe.seed
        if self.seeds == 1:
            return [Run(self.out / folder(number))]
        return [Run(self.out / folder(number) / f"seed-{first + i}") for i in range(self.seeds)]

    def recipe(self, kept: dict[str, Any]) -> Recipe:
        """The recipe of a trial.

        Raises:
            GatewrightError: if its values do not fit together.
        """
        recipe = self.job.recipe
        varied = {vary.field: vary for vary in self.vary}
        # Set at once: layers and candidates fit only as a pair.
        return replace(recipe, **{name: varied[name].value(kept[name]) for name in varied})


@dataclass(frozen=True)
class Trial:
    """A trial that is done.

    Attributes:
        number: of the trial, from 0.
        folder: its name.
        kept: the varied fields, as the study keeps them.
        accuracy: of the discrete networks on the validation split, mean over the seeds; None if there is no such
            network.
        why: one sentence if there is none.
    """

    number: int
    folder: str
    kept: dict[str, Any]
    accuracy: float | None
    why: str = ""


def sweep(plan: Plan, watch: Watch, done: Callable[[Trial], None]) -> tuple[list[Trial], int]:
    """Train until the study has all trials; what counts is the validation split, and none reads the test split.

    Args:
        plan: what to do.
        watch: shows a training run.
        done: told of each trial that this process has done.

    Returns:
        The trials that are done, the best first, and how many are with other processes.

    Raises:
        GatewrightError: if Optuna is not installed, the storage cannot be reached, or it holds another sweep.
    """
    with storage.errors(plan.storage):
        from optuna.trial import TrialState

        study = _open(plan)
        while (claimed := _claim(plan, study)) is not None:
            number, kept, lock = claimed
            with lock:
                trial = _train(plan, number, kept, watch)
                if trial.accuracy is None:
                    study.tell(number, state=TrialState.PRUNED)
                else:
                    study.tell(number, trial.accuracy)
                done(trial)
        trials = study.get_trials(deepcopy=False)
    found = [_result(plan, trial) for trial in trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    found.sort(key=lambda trial: (-1.0 if trial.accuracy is None else trial.accuracy, -trial.number), reverse=True)
    return found, sum(trial.state is TrialState.RUNNING for trial in trials)


def best(plan: Plan, found: list[Trial]) -> Run:
    """The run of the highest validation accuracy in the best trial.

    Raises:
        GatewrightError: if there is none.
    """
    if not found or found[0].accuracy is None:
        why = found[0].why if found else "all of them are with other processes."
        raise GatewrightError(f"None of the {plan.trials} trials has a network: {why}")
    return max(plan.runs(found[0].number), key=lambda run: run.read_json("train")["accuracy_validation"])


def test(plan: Plan, run: Run) -> float:
    """The test accuracy of a run that has won; the test split is read if it has not been."""
    values = run.read_json("train")
    if values["accuracy_test"] is None:
        recipe = Recipe.from_toml(run.recipe.read_text())
        values = train(recipe, plan.job.dataset, run, resume=True, teacher=plan.job.teacher)
    return float(values["accuracy_test"])


def _train(plan: Plan, number: int, kept: dict[str, Any], watch: Watch) -> Trial:
    """Train the networks of a trial; those that are there already are only read."""
    try:
        recipe = _built(plan, kept)
    except GatewrightError as error:
        return Trial(number, folder(number), kept, None, str(error))
    accuracies = []
    for index, run in enumerate(plan.runs(number)):
        which = f" seed {index + 1}/{plan.seeds}" if plan.seeds > 1 else ""
        with watch(f"trial {number + 1}/{plan.trials}{which}") as (progress, stepped):
            values = train(
                replace(recipe, seed=recipe.seed + index),
                plan.job.dataset,
                run,
                resume=run.checkpoint.exists(),
                origin=plan.job.origin,
                teacher=plan.job.teacher,
                progress=progress,
                stepped=stepped,
                test_from=math.inf,
            )
        accuracies.append(values["accuracy_validation"])
    return Trial(number, folder(number), kept, sum(accuracies) / len(accuracies))


def _result(plan: Plan, trial: FrozenTrial) -> Trial:
    if trial.values:
        return Trial(trial.number, folder(trial.number), dict(trial.params), trial.values[0])
    try:
        _built(plan, trial.params)
    except GatewrightError as error:
        return Trial(trial.number, folder(trial.number), dict(trial.params), None, str(error))
    return Trial(trial.number, folder(trial.number), dict(trial.params), None, "It has no network.")


def _built(plan: Plan, kept: dict[str, Any]) -> Recipe:
    """The recipe of a trial, from which a network can be built, and trained on the data.

    Raises:
        GatewrightError: if there is no such network, or the data cannot be moved as the recipe asks.
    """
    recipe, dataset = plan.recipe(kept), plan.job.dataset
    Moves.of(recipe).check(dataset)
    Teacher.of(recipe, plan.job.teacher, dataset)
    kind: Any = recipe.thresholds
    encoder = fit(dataset.x_train, dataset.feature_names, bits=recipe.bits, kind=kind)
    places = pixels(encoder.feature, dataset.image)
    build(recipe, encoder.inputs, dataset.classes, torch.Generator(), places)
    return recipe


def _open(plan: Plan) -> Study:
    """The study of this sweep, made if need be."""
    settings = {
        "recipe": plan.job.recipe.toml(),
        "data": plan.job.dataset.digest,
        "vary": [repr(vary) for vary in plan.vary],
        "seeds": plan.seeds,
    }
    with _lock(plan, "sweep", wait=True):
        return storage.study(plan.storage, plan.out.absolute().name, ("maximize",), settings)


def _claim(plan: Plan, study: Study) -> tuple[int, dict[str, Any], IO[str]] | None:
    """A trial for this process: number, values and the lock that makes it ours; None if none is left."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    place = f"{socket.gethostname()}:{plan.out.absolute()}"
    with _lock(plan, "sweep", wait=True):
        trials = study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.state is TrialState.RUNNING and trial.user_attrs.get("place") == place:
                lock = _lock(plan, folder(trial.number))
                if lock is not None:
                    return trial.number, dict(trial.params), lock
        counted = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
        if sum(trial.state in counted for trial in trials) >= plan.trials:
            return None
        # A seed for each trial: a sweep that is taken up again goes on as if it had never stopped.
        study.sampler = TPESampler(seed=(plan.job.recipe.seed * 1_000_003 + len(trials)) % 2**32)
        asked = study.ask()
        kept = {vary.field: vary.suggest(asked) for vary in plan.vary}
        # From here on another process may take it over.
        asked.set_user_attr("place", place)
        lock = _lock(plan, folder(asked.number))
    if lock is None:
        raise GatewrightError(f"{plan.out / folder(asked.number)} is in use by another sweep: choose another --out.")
    return asked.number, kept, lock


def _lock(plan: Plan, name: str, *, wait: bool = False) -> Any:
    """A lock in the folder of the sweep, which ends with the process; None if another one holds it."""
    folder = plan.out / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / name).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
