"""A recipe field and the values that a sweep tries for it, as people write it: ``tau=0.5:2``, ``fan_in=2,4,6``."""

from __future__ import annotations

import dataclasses
import difflib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError

from .recipes.recipe import Recipe

if TYPE_CHECKING:
    from optuna import Trial

FIXED = {
    "name": "it is no setting",
    "dataset": "pass other data instead",
    "seed": "use --seeds N",
    "teacher": "sweep a run that has one",
}
"""Fields that no sweep varies, and why."""
TOGETHER = ("layers", "candidates")
"""Fields whose values fit or not depending on each other."""
_TYPES = {field.name: str(field.type) for field in dataclasses.fields(Recipe)}
_BOOLEANS = {"false": False, "true": True}
_SHAPE = "write FIELD=LOW:HIGH, FIELD=LOW:HIGH:log or FIELD=A,B,C"


@dataclass(frozen=True)
class Vary:
    """One field, and either a range or choices.

    Attributes:
        field: of the recipe.
        low, high: the range, both included, of whole numbers where the field holds them; None where there are choices.
        log: whether the range is searched on a logarithmic scale, as that of the learning rate always is.
        choices: as text, numbers of layers joined by ``x``; empty where there is a range.
    """

    field: str
    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    choices: tuple[str, ...] = ()

    def suggest(self, trial: Trial) -> Any:
        """What a trial takes, as the study keeps it."""
        if self.low is None or self.high is None:
            return trial.suggest_categorical(self.field, self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(self.field, self.low, self.high, log=self.log)
        return trial.suggest_float(self.field, self.low, self.high, log=self.log)

    def value(self, kept: Any) -> Any:
        """What the study has kept, as the recipe takes it."""
        return _value(self.field, kept) if self.choices else kept


def parse(text: str, recipe: Recipe) -> Vary:
    """Read a ``--vary``; both ends of a range, and every choice, are tried on the recipe.

    Raises:
        GatewrightError: if it is malformed, or the recipe has no such field or does not allow a value.
    """
    field, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not field or not values:
        raise GatewrightError(f"--vary {text!r} says nothing: {_SHAPE}.")
    if field in FIXED:
        raise GatewrightError(f"--vary {field} is not possible: {FIXED[field]}.")
    if field not in _TYPES:
        names = [name for name in _TYPES if name not in FIXED]
        near = difflib.get_close_matches(field, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(names)}."
        raise GatewrightError(f"--vary {text!r}: a recipe has no field {field!r}: {hint}")
    made = _range(text, field, values) if ":" in values else _choices(text, field, values)
    if field not in TOGETHER:
        for kept in made.choices or (made.low, made.high):
            replace(recipe, **{field: made.value(kept)})
    return made


def _range(text: str, field: str, values: str) -> Vary:
    if _TYPES[field] not in ("int", "float"):
        raise GatewrightError(f"--vary {text!r} is a range, but {field} is no number: write {field}=A,B,C.")
    parts = values.split(":")
    if len(parts) > 3 or (len(parts) == 3 and parts[2] != "log"):
        raise GatewrightError(f"--vary {text!r} is malformed: {_SHAPE}.")
    low, high = (_number(text, _TYPES[field], part) for part in parts[:2])
    if low >= high:
        raise GatewrightError(f"--vary {text!r} runs from {low:g} to {high:g}: write the lower end first.")
    log = len(parts) == 3 or field == "learning_rate"
    if log and low <= 0:
        raise GatewrightError(f"--vary {text!r} has no logarithmic scale from {low:g} on: begin above 0.")
    return Vary(field, low, high, log)


def _choices(text: str, field: str, values: str) -> Vary:
    choices = tuple(choice.strip() for choice in values.split(","))
    if "" in choices or len(set(choices)) != len(choices):
        raise GatewrightError(f"--vary {text!r} has an empty or a repeated choice: {_SHAPE}.")
    for choice in choices:
        _value(field, choice, text)
    return Vary(field, choices=choices)


def _value(field: str, choice: str, text: str | None = None) -> Any:
    """A choice as the recipe takes it."""
    text = text or f"{field}={choice}"
    kind = _TYPES[field]
    if kind == "str":
        return choice
    if kind == "bool":
        if choice not in _BOOLEANS:
            raise GatewrightError(f"--vary {text!r} holds {choice!r}: write {field}=false,true.")
        return _BOOLEANS[choice]
    if kind.startswith("tuple"):
        element = "float" if "float" in kind else "int"
        return tuple(_number(text, element, part) for part in choice.split("x"))
    return _number(text, kind, choice)


def _number(text: str, kind: str, part: str) -> int | float:
    try:
        number = int(part) if kind == "int" else float(part)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        wanted = "a whole number" if kind == "int" else "a number"
        raise GatewrightError(f"--vary {text!r} holds {part!r}, which is not {wanted}: {_SHAPE}.")
    return number
