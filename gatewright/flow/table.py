"""A table of numbers as a data set, and the parameters of an estimator as a recipe for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gatewright.train.data import Dataset
    from gatewright.train.recipes.recipe import Recipe

ASKED = 256
"""Training samples that simulation, bench and board are asked where no others are given, at most."""

_NAME = "GateClassifier"
_EVALUATIONS = 20


def dataset(x: NDArray[Any], y: NDArray[np.int64], features: Sequence[object], classes: Sequence[object]) -> Dataset:
    """A table, and in place of a test split those of its rows that hardware is asked.

    Args:
        x: (samples, features) of numbers.
        y: (samples,) indices of classes.
        features: names of the columns.
        classes: names of the classes.
    """
    from gatewright.train.data import Dataset

    asked = np.linspace(0, len(x) - 1, min(len(x), ASKED)).astype(np.intp)
    names = distinct([str(name) for name in features]), distinct([str(name) for name in classes])
    return Dataset(_NAME, x, y, x[asked], y[asked], *names)


def recipe(parameters: Mapping[str, Any], seed: int, data: Dataset) -> Recipe:
    """The parameters, with what is None filled in for the shape of the data.

    Args:
        parameters: by name; those that are no field of a recipe are left out.
        seed: of every random draw.
        data: what is trained on.

    Raises:
        GatewrightError: for a value out of range.
    """
    from gatewright.train.network import recipe_for
    from gatewright.train.recipes.recipe import Recipe

    fields = {field.name for field in dataclasses.fields(Recipe)}
    given = {name: plain(value) for name, value in parameters.items() if name in fields}
    layers, candidates, group_tau = (given.pop(name) for name in ("layers", "candidates", "group_tau"))
    layers = recipe_for(data).layers if layers is None else (layers,) if isinstance(layers, int) else layers
    candidates = (candidates,) * len(layers) if isinstance(candidates, int) else candidates
    made = Recipe(name=_NAME, dataset=data.name, layers=layers, candidates=candidates, seed=seed, **given)
    return dataclasses.replace(
        made,
        group_tau=max(1.0, (layers[-1] / data.classes) ** 0.5 / 3) if group_tau is None else group_tau,
        evaluate_every=max(20, made.steps // _EVALUATIONS),
    )


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The same names where they are; else, as pandas does it, with a number behind those that came before."""
    found: dict[str, None] = {}
    given = set(names)
    for name in names:
        candidate, number = name, 0
        while not candidate or candidate in found or (candidate != name and candidate in given):
            number += 1
            candidate = f"{name or 'unnamed'}.{number}"
        found[candidate] = None
    return tuple(found)


def plain(value: Any) -> Any:
    """Python's own number in place of NumPy's, alone or in a sequence, which becomes a tuple."""
    if isinstance(value, list | tuple | np.ndarray):
        return tuple(plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value
