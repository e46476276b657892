"""A recipe: everything that decides a training run, checked once, saved with the run as TOML."""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from dataclasses import dataclass

from gatewright.errors import GatewrightError
from gatewright.graph.table import MAX_FAN_IN

_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Attributes:
        name: of the recipe.
        dataset: name of the data set or path of the file.
        bits: thresholds for each feature, at most.
        thresholds: ``"quantile"`` or ``"uniform"``.
        layers: gates of each layer; the last is a multiple of the number of classes.
        fan_in: operands of a gate, 2 to 6.
        candidates: for each layer, the inputs that an operand chooses from; 1 for fixed wiring. All 1 if empty.
        tau: temperature of the Gumbel-softmax.
        noise_scale: factor on the Gumbel noise.
        group_tau: temperature of GroupSum; it scales the loss only.
        init_scale: standard deviation of the logits at the start.
        residual: added to the logit of "first operand" at the start.
        learning_rate: of Adam at the start; it falls to 0 along a cosine.
        batch: samples of a step.
        steps: training steps.
        evaluate_every: steps between two evaluations, which also save the checkpoint.
        seed: of every random draw.

    Raises:
        GatewrightError: for a value that is out of range.
    """

    name: str
    dataset: str
    layers: tuple[int, ...]
    bits: int = 3
    thresholds: str = "quantile"
    fan_in: int = 2
    candidates: tuple[int, ...] = ()
    tau: float = 1.0
    noise_scale: float = 0.5
    group_tau: float = 4.0
    init_scale: float = 4.0
    residual: float = 4.0
    learning_rate: float = 0.05
    batch: int = 64
    steps: int = 4000
    evaluate_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "candidates", tuple(self.candidates))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kind = _KINDS.get(str(field.type), (tuple,))
            if not isinstance(value, kind) or isinstance(value, bool):
                raise GatewrightError(f"The recipe's {field.name} is {value!r}: it must be of type {field.type}.")
        if not self.layers or any(not isinstance(n, int) or n < 1 for n in self.layers):
            raise GatewrightError(f"The recipe's layers are {self.layers}: give the number of gates of each layer.")
        if len(self.candidates) not in (0, len(self.layers)) or any(
            not isinstance(n, int) or n < 1 for n in self.candidates
        ):
            raise GatewrightError(
                f"The recipe's candidates are {self.candidates}: give one number, at least 1, for each of the "
                f"{len(self.layers)} layers, or none."
            )
        if not 2 <= self.fan_in <= MAX_FAN_IN:
            raise GatewrightError(f"The recipe's fan_in is {self.fan_in}: it must be 2 to {MAX_FAN_IN}.")
        for name in ("bits", "batch", "steps", "evaluate_every"):
            if getattr(self, name) < 1:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must be at least 1.")
        for name in ("tau", "group_tau", "learning_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must be positive.")
        if self.thresholds not in ("quantile", "uniform"):
            raise GatewrightError(f"The recipe's thresholds are {self.thresholds!r}: choose quantile or uniform.")
        if self.seed < 0:
            raise GatewrightError(f"The recipe's seed is {self.seed}: it must not be negative.")

    def toml(self) -> str:
        """The recipe as TOML."""
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in dataclasses.asdict(self).items())

    @classmethod
    def from_toml(cls, text: str, source: str = "The recipe") -> Recipe:
        """Read a recipe.

        Raises:
            GatewrightError: if it is no TOML, names an unknown field, or holds a value out of range.
        """
        try:
            values = tomllib.loads(text)
            return cls(**values)
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise GatewrightError(f"{source} cannot be read ({error}): train again with --overwrite.") from error
