"""How long a training step takes, measured; and a clock that goes on where an earlier process has stopped it."""

from __future__ import annotations

import contextlib
import json
import math
import time
from pathlib import Path

import torch

from gatewright.run import write_whole

from .distributed import ALONE
from .network import build
from .optimiser import Adam
from .recipes.recipe import Recipe
from .step import gradients
from .task import Task

_WARM, _LEAST, _SECONDS = 2, 3, 0.4


def seconds_per_step(recipe: Recipe, task: Task, classes: int) -> float:
    """Seconds of one training step of a recipe, after the first few, which load the kernels."""
    generator = torch.Generator().manual_seed(recipe.seed)
    network = build(recipe, task.encoder.inputs, classes, generator)
    optimiser = Adam(network.parameters(), lr=recipe.learning_rate)
    batch = min(recipe.batch, len(task.fit))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        steps, started = -_WARM, time.monotonic()
        while steps < _LEAST or time.monotonic() - started < _SECONDS:
            if steps == 0:
                started = time.monotonic()
            optimiser.zero_grad()
            gradients(network, *task.fit.draw(batch, generator), 1, generator, ALONE)
            optimiser.step()
            steps += 1
    finally:
        torch.set_num_threads(threads)
    return (time.monotonic() - started) / steps


def work(recipe: Recipe) -> float:
    """What the time of a step grows with: table entries and candidates of all gates."""
    candidates = recipe.candidates or (1,) * len(recipe.layers)
    return float(
        sum(
            width * (2**recipe.fan_in + recipe.fan_in * count)
            for width, count in zip(recipe.layers, candidates, strict=True)
        )
    )


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
