"""The search for the best network that a chip holds: short trials of many shapes, then one of them trained for long.

Accuracy and area are the objectives of an Optuna study. Each trial is a run folder; what it is made of is written down
before its first step, so that a search that was interrupted goes on where it stopped. What an area is, is told by
whoever asks: this module knows no chip.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, write_whole

from . import storage
from .lengthen import train_long
from .loop import train
from .pace import Clock, Pacer
from .recipes.recipe import Recipe
from .source import Job
from .space import Area, Sized, Space
from .sweep import Watch, folder

if TYPE_CHECKING:
    from optuna import Study

LEAST_TRIALS, MOST_TRIALS = 6, 12
TRIAL_SECONDS = 20.0
"""Of a trial, where there is time for more than the fewest."""
SEARCH = 0.5
"""Part of the time that trials take; the rest is for the network that is chosen."""
LEAST_STEPS = 600
"""Of a trial: fewer tell nothing."""
_WORTH = 0.4
"""Of the seconds that a trial was to have: with less, it is not begun."""
_SMALLEST = 4
"""Gates for each class of the smallest network for which there must be time."""


@dataclass(frozen=True)
class Plan:
    """A fit.

    Attributes:
        job: the data; its recipe is not used.
        space: what is tried.
        area: what a network takes.
        budget: cells that it may take.
        seconds: for everything.
        behind: seconds that what follows will take, for a network like this one and its lanes.
        run: the folder of the network.
        url: of the storage of the study.
        settings: what must be the same when the fit is taken up again.
    """

    job: Job
    space: Space
    area: Area
    budget: float
    seconds: float
    behind: Area
    run: Run
    url: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def trials(self) -> Path:
        """The folder of the trials."""
        return self.run.path / "trials"

    @property
    def count(self) -> int:
        """How many trials there are to be."""
        return int(min(MOST_TRIALS, max(LEAST_TRIALS, SEARCH * self.seconds // TRIAL_SECONDS)))


@dataclass(frozen=True)
class Tried:
    """A trial that is done.

    Attributes:
        number: of the trial, from 0.
        folder: its name.
        kept: its numbers, as the study keeps them.
        lanes: of its popcount; 0 for a parallel one.
        accuracy: of the discrete network on the validation split.
        cells: that the trained network is expected to take.
        layers: gates of each layer.
    """

    number: int
    folder: str
    kept: dict[str, Any]
    lanes: int
    accuracy: float
    cells: float
    layers: tuple[int, ...]


@dataclass(frozen=True)
class Fitted:
    """What came of a fit.

    Attributes:
        values: the contents of ``train.json``.
        trials: in their order.
        chosen: the one whose recipe was trained for long.
        seconds: that have been used so far.
    """

    values: dict[str, Any]
    trials: list[Tried]
    chosen: Tried
    seconds: float


def fit(plan: Plan, started: float, watch: Watch, done: Callable[[Tried], None]) -> Fitted:
    """Search, and train the best network within the budget for as long as the time allows.

    Args:
        plan: what to do.
        started: when this process began, by `time.monotonic`.
        watch: shows a training run.
        done: told of each trial that this process has done.

    Raises:
        GatewrightError: if Optuna is not installed, the time is too short, the storage cannot be used or holds another
            fit, or the folder is in use or holds a network that no fit has made.
    """
    with storage.errors(plan.url), _locked(plan):
        clock = Clock(plan.trials / "clock.json", started)
        if plan.run.json_path("train").exists():
            clock.stop()  # It is all done, and is only told again.
        try:
            pacer = Pacer(plan.job.dataset, clock)
            trials = _search(plan, pacer, watch, done)
            chosen = _chosen(plan, trials)
            values = train_long(plan, pacer, chosen, watch)
        finally:
            clock.save()
    return Fitted(values, trials, chosen, clock.used)


def front(trials: list[Tried]) -> list[Tried]:
    """Those that no other beats, the smallest first: each is more accurate than all that take no more."""
    best: list[Tried] = []
    for trial in sorted(trials, key=lambda trial: (trial.cells, -trial.accuracy)):
        if not best or trial.accuracy > best[-1].accuracy:
            best.append(trial)
    return best


def _search(plan: Plan, pacer: Pacer, watch: Watch, done: Callable[[Tried], None]) -> list[Tried]:
    """Trials until there are enough, or their time is over."""
    study = storage.study(plan.url, plan.run.path.absolute().name, ("maximize", "minimize"), plan.settings)
    clock = pacer.clock
    found = _done(plan, study)
    while not (plan.trials / "chosen.json").exists() and len(found) < plan.count:
        seconds = max(0.0, SEARCH * plan.seconds - clock.used) / (plan.count - len(found))
        if found and seconds < _WORTH * SEARCH * plan.seconds / plan.count:
            break
        number, kept = _next(plan, study)
        tried = _try(plan, pacer, number, kept, seconds, watch, first=not found)
        study.tell(number, [tried.accuracy, tried.cells])
        clock.save()
        found.append(tried)
        done(tried)
    return found


def _next(plan: Plan, study: Study) -> tuple[int, dict[str, Any]]:
    """The trial that was begun and not done, or a new one."""
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    for trial in trials:
        if trial.state is TrialState.RUNNING:
            if (plan.trials / folder(trial.number) / "trial.json").exists():
                return trial.number, dict(trial.params)
            # It has not got as far as a recipe: nothing is lost with it.
            study.tell(trial.number, state=TrialState.FAIL)
    counted = sum(trial.state is TrialState.COMPLETE for trial in trials)
    # A seed for each trial: a search that is taken up again tries what it would have tried.
    study.sampler = TPESampler(seed=(plan.space.seed * 1_000_003 + counted) % 2**32, n_startup_trials=4)
    first = plan.space.first()
    if counted < len(first):
        study.enqueue_trial(first[counted])
    asked = study.ask()
    return asked.number, plan.space.suggest(asked)


def _try(
    plan: Plan, pacer: Pacer, number: int, kept: dict[str, Any], seconds: float, watch: Watch, *, first: bool
) -> Tried:
    """Train the network of a trial for some seconds; one that has been begun goes on with its own recipe."""
    run = Run(plan.trials / folder(number))
    note = run.path / "trial.json"
    if note.exists():
        written = json.loads(note.read_text())
        recipe, lanes, kept = Recipe.from_toml(written["recipe"], str(note)), written["lanes"], written["kept"]
    else:
        with pacer.timed() as spent:
            most = _most(plan, pacer, kept, seconds)
            if most < _SMALLEST and first:
                raise _too_short(plan, pacer, kept)
            least = plan.area(plan.space.untrained(kept, 1), 0)
            limit = least + kept["fill"] * max(0.0, plan.budget - least)
            sized = plan.space.sized(kept, plan.area, limit, max(most, _SMALLEST)) or Sized(1, 0, least)
            recipe, lanes = plan.space.recipe(kept, sized.per_class), sized.lanes
            pace = pacer.measure(recipe)
        steps = max(LEAST_STEPS, int((seconds - spent() - pacer.overhead) / pace))
        seconds = steps * pace
        recipe = plan.space.recipe(kept, sized.per_class, steps)
        write_whole(note, json.dumps({"recipe": recipe.toml(), "lanes": lanes, "kept": kept}, indent=2) + "\n")
    # Where steps are slower than they were measured to be, some go beyond that.
    until = pacer.clock.used + pacer.overhead + 1.3 * seconds + 1
    with watch(f"trial {number + 1}") as (progress, stepped), pacer.timed() as spent:
        values = train(
            recipe,
            plan.job.dataset,
            run,
            resume=run.checkpoint.exists(),
            origin=plan.job.origin,
            progress=progress,
            stepped=stepped,
            enough=lambda: pacer.clock.used > until,
            test_from=math.inf,
        )
    pacer.overhead = max(0.0, spent() - values["seconds"])
    cells = plan.area(run.load(run.learned), lanes)
    return Tried(number, folder(number), kept, lanes, values["accuracy_validation"], cells, recipe.layers)


def _most(plan: Plan, pacer: Pacer, kept: dict[str, Any], seconds: float) -> int:
    """Gates for each class with which a trial comes to `LEAST_STEPS` in two thirds of its seconds."""
    return int(0.67 * seconds / (LEAST_STEPS * pacer.per_class(plan.space, kept)))


def _too_short(plan: Plan, pacer: Pacer, kept: dict[str, Any]) -> GatewrightError:
    one = LEAST_STEPS * pacer.per_class(plan.space, kept)
    needed = pacer.clock.used + 1.5 * one * _SMALLEST * plan.count
    minutes = math.ceil(10 * needed / SEARCH / 60) / 10
    return GatewrightError(
        f"{plan.seconds / 60:g} minutes are too short to try anything: about {minutes:g} are needed (--minutes)."
    )


def _chosen(plan: Plan, trials: list[Tried]) -> Tried:
    """The most accurate one within the budget; once its long run has begun, that one."""
    note = plan.trials / "chosen.json"
    if note.exists():
        number = json.loads(note.read_text())["number"]
        return next(trial for trial in trials if trial.number == number)
    within = [trial for trial in trials if trial.cells <= plan.budget]
    if not within:
        raise GatewrightError(
            f"No trial of {plan.run.path} keeps to {plan.budget:,.0f} cells: choose another --out and more --minutes."
        )
    return max(within, key=lambda trial: (trial.accuracy, -trial.cells))


def _done(plan: Plan, study: Study) -> list[Tried]:
    """The trials that the study has, and their folders."""
    from optuna.trial import TrialState

    found = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        note = plan.trials / folder(trial.number) / "trial.json"
        try:
            written = json.loads(note.read_text())
            layers = Recipe.from_toml(written["recipe"], str(note)).layers
            accuracy, cells = trial.values
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GatewrightError(f"{note} is missing or damaged ({error}): choose another --out.") from error
        found.append(
            Tried(trial.number, folder(trial.number), written["kept"], written["lanes"], accuracy, cells, layers)
        )
    return found


@contextmanager
def _locked(plan: Plan) -> Iterator[None]:
    """Keep other processes out of the folder.

    Raises:
        GatewrightError: if another one is in it, or it holds a network that no fit has made.
    """
    if plan.run.checkpoint.exists() and not (plan.trials / "chosen.json").exists():
        raise GatewrightError(f"{plan.run.path} holds a network already: choose another --out.")
    with storage.locked(
        plan.trials, f"Another process is searching in {plan.run.path}: wait for it, or choose another --out."
    ):
        yield
