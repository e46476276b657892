"""What `gatewright train` is pointed at: a data set, a recipe by name or in a file, or a run to repeat."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run, read_whole

from .data import NAMED as DATA_SETS
from .data import Dataset, load
from .network import recipe_for
from .recipes.recipe import Recipe
from .recipes.registry import NAMED as RECIPES


@dataclass(frozen=True)
class Origin:
    """Where data came from; ``data.json`` of a run holds it, so that the run can be repeated from its folder.

    Attributes:
        source: name of the data set, or absolute path of the file.
        digest: of the data.
        target: the column of a CSV file that holds the class.
        data_dir: absolute path of the folder where named data sets lie, if one was given.
    """

    source: str
    digest: str
    target: str | None = None
    data_dir: str | None = None


@dataclass(frozen=True)
class Job:
    """A training run before it starts; its teacher is the one of the recipe."""

    recipe: Recipe
    dataset: Dataset
    origin: Origin
    teacher: GateGraph | None = None


def find(source: str, *, target: str | None = None, data_dir: Path | None = None, teacher: Run | None = None) -> Job:
    """Recipe and data that ``source`` stands for.

    Args:
        source: a recipe's name, a data set's name, a ``.toml`` file with a recipe, a ``.csv`` or ``.npz`` file, or
            the folder of a run to repeat.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        teacher: the run whose network teaches, in place of the one of a run to repeat.

    Raises:
        GatewrightError: if it stands for nothing, or the data of a run has changed, or there is no network in the
            teacher's folder.
    """
    job = _found(source, target, data_dir)
    if teacher is not None:
        graph = teacher.load(teacher.learned)
        return replace(job, recipe=replace(job.recipe, teacher=graph.digest), teacher=graph)
    if job.recipe.teacher and Path(source).is_dir():
        run = Run(Path(source))
        return replace(job, teacher=run.load(run.teacher))
    return job


def _found(source: str, target: str | None, data_dir: Path | None) -> Job:
    if source in RECIPES:
        return _job(RECIPES[source], RECIPES[source].dataset, target, data_dir)
    if source in DATA_SETS or Path(source).suffix.lower() in (".csv", ".npz"):
        return _job(None, source, target, data_dir)
    if Path(source).suffix.lower() == ".toml":
        recipe = Recipe.from_toml(_text(Path(source), "pass the path of a recipe"), source)
        return _job(recipe, recipe.dataset, target, data_dir)
    if Path(source).is_dir():
        return _of_run(Run(Path(source)), target, data_dir)
    known = [*RECIPES, *(name for name in DATA_SETS if name not in RECIPES)]
    near = difflib.get_close_matches(source.lower(), known, 1)
    hint = (
        f"did you mean {near[0]}?"
        if near
        else f"pass one of {', '.join(known)}, a .npz, .csv or .toml file, or a run folder."
    )
    raise GatewrightError(f"There is no data set, recipe or run {source!r}: {hint}")


def _job(recipe: Recipe | None, source: str, target: str | None, data_dir: Path | None) -> Job:
    dataset = load(source, target=target, data_dir=data_dir)
    place = source if source in DATA_SETS else str(Path(source).absolute())
    folder = str(data_dir.absolute()) if data_dir is not None else None
    return Job(recipe or recipe_for(dataset), dataset, Origin(place, dataset.digest, target, folder))


def _of_run(run: Run, target: str | None, data_dir: Path | None) -> Job:
    """The same recipe, and the same data or none."""
    path = run.origin
    recipe = Recipe.from_toml(_text(run.recipe, "pass the folder of a run"), str(run.recipe))
    text = _text(path, f"pass the recipe alone, {run.recipe}")
    try:
        origin = Origin(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise GatewrightError(f"{path} is damaged ({error}): pass the recipe alone, {run.recipe}.") from error
    folder = data_dir or (Path(origin.data_dir) if origin.data_dir is not None else None)
    job = _job(recipe, origin.source, target or origin.target, folder)
    if job.dataset.digest != origin.digest:
        raise GatewrightError(
            f"{origin.source} is not the data that {run.path} was trained on (digest {job.dataset.digest[:12]}, "
            f"then {origin.digest[:12]}): bring that data back, or train anew with {run.recipe}."
        )
    return replace(job, dataset=replace(job.dataset, name=recipe.dataset))


def _text(path: Path, remedy: str) -> str:
    try:
        return read_whole(path, remedy).decode()
    except UnicodeDecodeError as error:
        raise GatewrightError(f"{path} is no text ({error.reason}): {remedy}.") from error
