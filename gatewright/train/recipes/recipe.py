"""A recipe: everything that decides a training run, checked once, saved with the run as TOML."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import re
import tomllib
from dataclasses import dataclass

from gatewright.errors import GatewrightError
from gatewright.graph.table import MAX_FAN_IN

from .schedule import SCHEDULES, Schedule

_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "float": (int, float),
    "float | None": (int, float, type(None)),
}
_NAMES = {
    "thresholds": ("quantile", "uniform"),
    "method": ("gumbel", "gumbel-soft", "softmax", "hard"),
    "precision": ("float32", "mixed"),
    "wiring": ("random", "local", "unique", "butterfly"),
    "schedule": SCHEDULES,
}
_NOT_NEGATIVE = (
    "reach", "noise_scale", "weight_decay", "shift", "rotation", "scaling", "teacher_weight", "margin", "seed"
)  # fmt: skip


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
        wiring: which inputs operands can read: ``"random"``, ``"local"`` ones of an image, ``"unique"`` neighbours, as
            DiffLogic's, or ``"butterfly"`` distances that grow with the layers.
        reach: inputs nearest to a gate that its operands can read, for local wiring; 0 for any other.
        method: how the network is trained: ``"gumbel"``, ``"gumbel-soft"``, ``"softmax"`` or ``"hard"``.
        precision: of gradients between layers, for methods of hard choices: ``"float32"``, or ``"mixed"`` to keep them
            as bfloat16, half as large, and add them up as float32.
        tau: temperature of the softmax.
        noise_scale: factor on the Gumbel noise.
        schedule: how these two change over the run: ``"constant"``, ``"linear"``, ``"cosine"`` or ``"exponential"``.
        tau_end: temperature at the end; None to keep it.
        noise_end: factor on the noise at the end; None to keep it.
        group_tau: temperature of GroupSum; it scales the loss only.
        init_scale: standard deviation of the logits at the start.
        residual: added to the logit of "first operand" at the start.
        learning_rate: of Adam at the start; it falls to 0 along a cosine.
        weight_decay: of Adam, decoupled from the gradient as in AdamW; 0 for none.
        shift: pixels by which an image is moved at most, up or down and left or right, anew for each sample of a step.
        rotation: degrees by which an image is turned, in either direction or not, anew for each sample of a step.
        scaling: part by which an image that is not turned is enlarged, or shrunk likewise, or neither.
        mirror: whether left and right of an image are exchanged, or not, anew for each sample of a step.
        teacher: digest of the network whose opinion of a sample counts beside its label; empty for none.
        teacher_weight: part of that opinion, 0 to 1; of no effect without a teacher.
        teacher_tau: temperature by which the teacher's scores are divided before they become probabilities; likewise.
        positions: rows and columns of the positions from which the network looks at an image; their scores add up.
        stride: pixels from one position to the next.
        margin: pixels at each side of an image that are not read.
        batch: samples of a step.
        parts: in which the gradient of a step is summed, one after the other; processes share them equally.
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
    wiring: str = "random"
    reach: int = 0
    method: str = "gumbel"
    precision: str = "float32"
    tau: float = 1.0
    noise_scale: float = 0.5
    schedule: str = "constant"
    tau_end: float | None = None
    noise_end: float | None = None
    group_tau: float = 4.0
    init_scale: float = 4.0
    residual: float = 4.0
    learning_rate: float = 0.05
    weight_decay: float = 0.0
    shift: int = 0
    rotation: float = 0.0
    scaling: float = 0.0
    mirror: bool = False
    teacher: str = ""
    teacher_weight: float = 0.5
    teacher_tau: float = 10.0
    positions: int = 1
    stride: int = 1
    margin: int = 0
    batch: int = 64
    parts: int = 1
    steps: int = 4000
    evaluate_every: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "candidates", tuple(self.candidates))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kind = _KINDS.get(str(field.type), (tuple,))
            if not isinstance(value, kind) or isinstance(value, bool) != (field.type == "bool"):
                raise GatewrightError(f"The recipe's {field.name} is {value!r}: it must be of type {field.type}.")
        self._check_shape()
        self._check_names()
        self._check_ranges()
        self._check_schedule()

    def _check_shape(self) -> None:
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

    def _check_ranges(self) -> None:
        for name in ("bits", "positions", "stride", "batch", "parts", "steps", "evaluate_every"):
            if getattr(self, name) < 1:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must be at least 1.")
        for name in ("tau", "group_tau", "learning_rate", "teacher_tau"):
            if not 0 < getattr(self, name) < math.inf:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must be positive.")
        for name in _NOT_NEGATIVE:
            if not 0 <= getattr(self, name) < math.inf:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must not be negative.")
        for name, most in (("rotation", 180), ("scaling", 1), ("teacher_weight", 1)):
            if getattr(self, name) > most:
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)}: it must be at most {most}.")

    def _check_names(self) -> None:
        for name, choices in _NAMES.items():
            if getattr(self, name) not in choices:
                known = f"{', '.join(choices[:-1])} or {choices[-1]}"
                raise GatewrightError(f"The recipe's {name} is {getattr(self, name)!r}: choose {known}.")
        if self.precision == "mixed" and self.method in ("gumbel-soft", "softmax"):
            raise GatewrightError(
                f"The recipe's precision is 'mixed' with the method {self.method!r}: only hard choices (gumbel, hard) "
                "can do with less; choose float32."
            )
        if self.teacher and not re.fullmatch("[0-9a-f]{64}", self.teacher):
            raise GatewrightError(
                f"The recipe's teacher is {self.teacher!r}, which is no digest of a graph: leave it out, and name the "
                "teacher's run with --teacher."
            )
        most = max(self.candidates, default=1)
        if self.wiring not in ("random", "local") and most > 1:
            raise GatewrightError(
                f"The recipe's wiring is {self.wiring!r} with {most} candidates: only random and local wiring can be "
                "learned."
            )
        if (self.wiring == "local") != (self.reach > 0):
            raise GatewrightError(
                f"The recipe's wiring is {self.wiring!r} with a reach of {self.reach}: local wiring, and it alone, "
                "needs one above 0."
            )
        if self.wiring == "local" and self.reach < max(most, self.fan_in):
            raise GatewrightError(
                f"The recipe's reach is {self.reach}, with fan-in {self.fan_in} and {most} candidates: it must be at "
                "least either."
            )

    def _check_schedule(self) -> None:
        moves = self.tau_end is not None or self.noise_end is not None
        if moves == (self.schedule == "constant"):
            raise GatewrightError(
                f"The recipe's schedule is {self.schedule!r} with tau_end {self.tau_end} and noise_end "
                f"{self.noise_end}: a schedule that is not constant, and it alone, needs at least one of them."
            )
        if self.tau_end is not None and not 0 < self.tau_end < math.inf:
            raise GatewrightError(f"The recipe's tau_end is {self.tau_end}: it must be positive.")
        if self.noise_end is not None and not 0 <= self.noise_end < math.inf:
            raise GatewrightError(f"The recipe's noise_end is {self.noise_end}: it must not be negative.")
        if self.schedule == "exponential" and self.noise_end is not None and not self.noise_end * self.noise_scale:
            raise GatewrightError(
                f"The recipe's noise goes from {self.noise_scale} to {self.noise_end}, which is not exponential: "
                "choose a linear or cosine schedule."
            )

    @property
    def tau_schedule(self) -> Schedule:
        """The temperature over the run."""
        return Schedule(self.schedule, self.tau, self.tau if self.tau_end is None else self.tau_end)

    @property
    def noise_schedule(self) -> Schedule:
        """The factor on the noise over the run."""
        return Schedule(self.schedule, self.noise_scale, self.noise_scale if self.noise_end is None else self.noise_end)

    def toml(self) -> str:
        """The recipe as TOML; what is None is left out."""
        values = dataclasses.asdict(self)
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items() if value is not None)

    @classmethod
    def from_toml(cls, text: str, source: str = "The recipe") -> Recipe:
        """Read a recipe.

        Raises:
            GatewrightError: if it is no TOML, names an unknown field, or holds a value out of range.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise GatewrightError(f"{source} cannot be read ({error}): correct it.") from error
        fields = {field.name: field for field in dataclasses.fields(cls)}
        for name in values:
            if name not in fields:
                near = difflib.get_close_matches(name, fields, 1)
                meant = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(fields)}."
                raise GatewrightError(f"{source} has the field {name!r}, which no recipe has: {meant}")
        lacking = [name for name in ("name", "dataset", "layers") if name not in values]
        if lacking:
            raise GatewrightError(f"{source} does not say its {' and '.join(lacking)}: add a line for each.")
        for name in ("layers", "candidates"):
            if not isinstance(values.get(name, []), list):
                raise GatewrightError(
                    f"{source} says {name} = {values[name]!r}: it must be a list, one for each layer."
                )
        return cls(**values)
