"""What a fit tries: how the numbers of a trial become a recipe, and how wide its layers may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph

from .data import Dataset
from .encode import fit
from .export import export
from .network import build
from .recipes.recipe import Recipe
from .task import encoder_of
from .wiring import pixels

if TYPE_CHECKING:
    from optuna import Trial

Area = Callable[[GateGraph, int], float]
"""Cells that a network is expected to take with so many lanes of a serial popcount, 0 for a parallel one."""

LANES = {0: 1.25, 64: 1.03, 32: 1.0}
"""Ways to count, the fastest first: all at once (0), or so many bits in a cycle. A faster one is chosen unless another
lets the network be wider by more than this factor.
"""
_SECOND = 16
"""Gates for each class of the second network that is drawn; the first has one."""
MOST_PER_CLASS = 2000
"""Gates for each class beyond which nothing is gained."""
BATCH = 128
_NEAR = 4
"""An image over the part of it around a gate from which local wiring reads."""
_FEW = 100
"""Features that can have many thresholds each."""
_SIDES, _STRIDE, _LARGE = (1, 3), 2, 16
"""Rows and columns of positions that are tried, and the pixels between them, for images at least so high and wide."""
_RARE, _SAMPLES = 0.005, 2000
"""A frame of pixels is left out where less than this part of their bits, in some samples, is not as nearly always."""


@dataclass(frozen=True)
class Sized:
    """The widest network that keeps to a limit.

    Attributes:
        per_class: gates of the first layer for each class.
        lanes: of its popcount; 0 for a parallel one.
        cells: that it is expected to take before it is trained.
    """

    per_class: int
    lanes: int
    cells: float


@dataclass(frozen=True)
class Space:
    """What can be tried for a data set on a chip.

    Attributes:
        dataset: to train on.
        fan_in: of every gate: inputs of the chip's LUTs.
        bits: thresholds for each feature that are tried.
        seed: of every network.
    """

    dataset: Dataset
    fan_in: int
    bits: tuple[int, ...]
    seed: int

    @property
    def sides(self) -> tuple[int, ...]:
        """Rows and columns of positions that are tried."""
        image = self.dataset.image
        return _SIDES if image is not None and min(image[:2]) >= _LARGE else (1,)

    @cached_property
    def margin(self) -> int:
        """Pixels at each side of large images that say next to nothing, up to a quarter of them.

        From several positions, every pixel that is read takes a register, whether a gate reads it or not.
        """
        image, data = self.dataset.image, self.dataset
        if image is None or len(self.sides) == 1:
            return 0
        encoder = fit(data.x_train, data.feature_names, bits=1, kind="uniform", every=True)
        set_in = encoder(data.x_train[:_SAMPLES]).mean(axis=0).reshape(image)
        differing = np.minimum(set_in, 1 - set_in)
        height, width, _ = image
        margin = 0
        while 4 * (margin + 1) <= min(height, width):
            frame = differing[margin : height - margin, margin : width - margin].copy()
            frame[1:-1, 1:-1] = np.nan
            if np.nanmean(frame) >= _RARE:
                break
            margin += 1
        return margin

    def first(self) -> list[dict[str, Any]]:
        """The trials to begin with: shapes that fill the budget, from one and more positions, and one of half of it."""
        bits = self.bits[0] if self.dataset.image else self.bits[len(self.bits) // 2]
        plain = {"fill": 1.0, "depth": 1, "candidates": 32, "bits": bits, "group_tau": 0.4}
        if len(self.sides) > 1:
            plain["positions"] = 1
        return [
            plain,
            *(plain | {"positions": sides} for sides in self.sides[1:]),
            plain | {"candidates": 16, "group_tau": 0.6},
            plain | {"fill": 0.5, "candidates": 16},
            plain | {"depth": 2, "candidates": 16, "head": 0.3},
        ]

    def suggest(self, trial: Trial) -> dict[str, Any]:
        """The numbers of a trial, as the study keeps them.

        ``fill`` is the part of what the budget leaves beside the smallest network, ``depth`` the number of layers,
        ``head`` the gates of the second layer for each of the first, ``positions`` the rows and columns of those from
        which a large image is looked at, and ``group_tau`` GroupSum's temperature for the square root of the gates that
        it adds up.
        """
        kept: dict[str, Any] = {
            "fill": trial.suggest_float("fill", 0.15, 1.0),
            "depth": trial.suggest_int("depth", 1, 2),
            "candidates": trial.suggest_categorical("candidates", (8, 16, 32)),
            "bits": trial.suggest_categorical("bits", self.bits),
            "group_tau": trial.suggest_float("group_tau", 0.2, 0.8, log=True),
        }
        if kept["depth"] == 2:
            kept["head"] = trial.suggest_float("head", 0.15, 0.6, log=True)
        if len(self.sides) > 1:
            kept["positions"] = trial.suggest_categorical("positions", self.sides)
        return kept

    def recipe(self, kept: dict[str, Any], per_class: int, steps: int = 1) -> Recipe:
        """The recipe of a trial whose first layer has so many gates for each class."""
        heads, sides = [per_class], kept.get("positions", 1)
        # Near inputs serve images better than those from all over, if each operand of a gate finds some of its own.
        reach = len(self.dataset.feature_names) * kept["bits"] // _NEAR
        near = self.dataset.image is not None and reach >= self.fan_in * kept["candidates"]
        if kept["depth"] == 2:
            heads.append(max(1, round(kept["head"] * per_class)))
        return Recipe(
            name="fit",
            dataset=self.dataset.name,
            bits=kept["bits"],
            thresholds="uniform" if self.dataset.image else "quantile",
            layers=tuple(self.dataset.classes * count for count in heads),
            fan_in=self.fan_in,
            candidates=(kept["candidates"],) * len(heads),
            wiring="local" if near else "random",
            reach=reach if near else 0,
            tau=2.0,
            noise_scale=0.5,
            group_tau=round(kept["group_tau"] * math.sqrt(heads[-1]) * sides, 3),
            init_scale=1.0,
            residual=0.0,
            positions=sides,
            stride=_STRIDE if sides > 1 else 1,
            margin=self.margin if sides > 1 else 0,
            batch=BATCH,
            steps=steps,
            evaluate_every=max(1, steps // 8),
            seed=self.seed,
        )

    def encoder(self, kept: dict[str, Any]) -> Thermometer:
        """The encoder of a trial."""
        return encoder_of(self.recipe(kept, 1), self.dataset)

    def untrained(self, kept: dict[str, Any], per_class: int, encoder: Thermometer | None = None) -> GateGraph:
        """The network of a trial before its first step."""
        encoder = encoder or self.encoder(kept)
        generator = torch.Generator().manual_seed(self.seed)
        places = pixels(encoder.feature, self.dataset.image)
        network = build(self.recipe(kept, per_class), encoder.inputs, self.dataset.classes, generator, places)
        return export(network, encoder, self.dataset.class_names)

    def sized(self, kept: dict[str, Any], area: Area, limit: float, most: int = MOST_PER_CLASS) -> Sized | None:
        """The widest network of a trial within a limit, and how it counts; None if none is.

        Training makes a network smaller rather than larger.

        Args:
            kept: the numbers of the trial.
            area: what a network takes.
            limit: most cells.
            most: gates of the first layer for each class.

        Raises:
            GatewrightError: if even the smallest network has no area.
        """
        drawn: dict[int, GateGraph] = {}
        encoder = self.encoder(kept)

        def cells(per_class: int, lanes: int) -> float:
            if per_class not in drawn:
                drawn[per_class] = self.untrained(kept, per_class, encoder)
            return area(drawn[per_class], lanes)

        # From several positions, the same LUTs count one after the other.
        ways = [lanes for lanes in LANES if lanes or kept.get("positions", 1) == 1]
        found = [sized for lanes in ways if (sized := _widest(cells, lanes, limit, min(most, MOST_PER_CLASS)))]
        widest = max((sized.per_class for sized in found), default=0)
        return next((sized for sized in found if LANES[sized.lanes] * sized.per_class >= widest), None)


def _widest(cells: Callable[[int, int], float], lanes: int, limit: float, most: int) -> Sized | None:
    """The largest number of gates for each class whose cells are within the limit, to about one in fifty.

    Cells grow almost linearly, so each guess lies on the line through the two that came before.
    """
    low, low_cells = 1, cells(1, lanes)
    if low_cells > limit:
        return None
    high = most + 1
    guess = min(_SECOND, most)
    slope = 0.0
    while guess - low > low // 50:
        found = _try(cells, guess, lanes)
        if math.isfinite(found):
            slope = max(1e-3, (found - low_cells) / (guess - low))
        if found <= limit:
            low, low_cells = guess, found
        else:
            high = guess
        ahead = (limit - low_cells) / slope if math.isfinite(found) and slope else (high - low) / 2
        guess = min(low + math.floor(ahead), high - 1)
    return Sized(low, lanes, low_cells)


def _try(cells: Callable[[int, int], float], per_class: int, lanes: int) -> float:
    """The cells; without end where no pipeline of so large a network keeps to the clock."""
    try:
        return cells(per_class, lanes)
    except GatewrightError:
        return math.inf


def bits_to_try(dataset: Dataset) -> tuple[int, ...]:
    """Thresholds for each feature that can matter: fewer than a feature has values, and few of many features."""
    values = max(len(np.unique(column)) for column in dataset.x_train[:2000].T)
    tried = (1, 2, 4, 8) if len(dataset.feature_names) <= _FEW else (1, 2, 3)
    return tuple(bits for bits in tried if bits == 1 or bits < values)
