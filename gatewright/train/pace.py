"""How long training steps take, measured; and a clock that goes on where an earlier process has stopped it."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from gatewright.run import write_whole

from .distributed import ALONE
from .network import build
from .optimiser import Adam
from .recipes.recipe import Recipe
from .step import gradients
from .task import Task, prepare

if TYPE_CHECKING:
    from .data import Dataset
    from .space import Space

_WARM, _LEAST, _SECONDS = 2, 3, 0.4
_GATES = 1000
"""Of the layer that is measured where nothing is known."""


def seconds_per_step(recipe: Recipe, task: Task, classes: int) -> float:
    """Seconds of one training step of a recipe, after the first few, which load the kernels."""
    generator = torch.Generator().manual_seed(recipe.seed)
    network = build(recipe, task.encoder.inputs, classes, generator, task.places)
    optimiser = Adam(network.parameters(), lr=recipe.learning_rate)
    batch = min(recipe.batch, len(task.fit))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        taken: list[float] = []
        while len(taken) < _WARM + _LEAST or sum(taken[_WARM:]) < _SECONDS:
            started = time.monotonic()
            optimiser.zero_grad()
            gradients(network, *task.fit.draw(batch, generator), 1, generator, ALONE)
            optimiser.step()
            taken.append(time.monotonic() - started)
    finally:
        torch.set_num_threads(threads)
    return sum(taken[_WARM:]) / len(taken[_WARM:])


def work(recipe: Recipe) -> float:
    """What the time of a step grows with: table entries and candidates of all gates, at every position."""
    candidates = recipe.candidates or (1,) * len(recipe.layers)
    entries = sum(
        width * (2**recipe.fan_in + recipe.fan_in * count)
        for width, count in zip(recipe.layers, candidates, strict=True)
    )
    return float(recipe.positions**2 * entries)


class Clock:
    """Seconds that have been used, in this process and in those before it.

    Attributes:
        path: the file that keeps them.
    """

    def __init__(self, path: Path, started: float) -> None:
        """Start.

        Args:
            path: of the file.
            started: when this process began, by `time.monotonic`.
        """
        self.path = path
        self._started = started
        self._before = 0.0
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._before = max(0.0, float(json.loads(path.read_text())["seconds"]))

    def stop(self) -> None:
        """From now on, this process uses nothing, and has used nothing."""
        self._started = math.inf

    @property
    def used(self) -> float:
        """Seconds so far."""
        return self._before + max(0.0, time.monotonic() - self._started)

    def save(self) -> None:
        """Keep them."""
        write_whole(self.path, json.dumps({"seconds": round(self.used, 1)}) + "\n")


class Pacer:
    """What is known of how fast things go.

    Attributes:
        clock: of the fit.
        overhead: seconds of a training run beside its steps, as they were in the last one.
    """

    def __init__(self, dataset: Dataset, clock: Clock) -> None:
        self.clock, self.overhead = clock, 0.0
        self._dataset = dataset
        self._tasks: dict[tuple[int, bool, int], Task] = {}
        self._unit = math.inf

    @contextmanager
    def timed(self) -> Iterator[Callable[[], float]]:
        """Tells the seconds since it was entered."""
        before = self.clock.used
        yield lambda: self.clock.used - before

    def measure(self, recipe: Recipe) -> float:
        """Seconds of a step of a recipe."""
        encoding = recipe.bits, recipe.positions > 1, recipe.margin
        if encoding not in self._tasks:
            self._tasks = {encoding: prepare(recipe, self._dataset)}
        pace = seconds_per_step(recipe, self._tasks[encoding], self._dataset.classes)
        # Of few gates, what a step takes besides would count as theirs.
        self._unit = min(self._unit, pace / work(recipe))
        return pace

    def per_class(self, space: Space, kept: dict[str, Any]) -> float:
        """Seconds of a step of a trial for each gate of the first layer and each class."""
        if math.isinf(self._unit):
            self.measure(space.recipe(kept, -(-_GATES // self._dataset.classes)))
        return self._unit * work(space.recipe(kept, 100)) / 100
