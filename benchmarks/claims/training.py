"""Train a network by any method at a constant learning rate, and measure it: the same loop for every contender."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.train import data as data_sets
from gatewright.train.export import export
from gatewright.train.method import Mode
from gatewright.train.metrics import accuracy, convergence, dead_gates, entropy_threshold, unused_gates
from gatewright.train.network import build, gate_layers, scores, training_mode
from gatewright.train.optimiser import Adam
from gatewright.train.recipes.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Bits:
    """A data set of small whole numbers, read as one bit for each feature and threshold.

    Attributes:
        thresholds: bit ``t`` of a feature says whether it is above ``thresholds[t]``.
        fit, held_out, test: features (samples, features) uint8 and labels (samples,) int64.
        class_names: one for each class.
    """

    thresholds: tuple[int, ...]
    fit: tuple[NDArray[np.uint8], Tensor]
    held_out: tuple[NDArray[np.uint8], Tensor]
    test: tuple[NDArray[np.uint8], Tensor]
    class_names: tuple[str, ...]

    @property
    def inputs(self) -> int:
        """Bits of a sample."""
        return self.fit[0].shape[1] * len(self.thresholds)

    def bits(self, x: NDArray[np.uint8]) -> Tensor:
        """(samples, inputs) uint8 of features (samples, features)."""
        levels = np.array(self.thresholds, dtype=np.uint8)
        return torch.from_numpy((x[:, :, None] > levels).view(np.uint8).reshape(len(x), self.inputs))


@dataclass(frozen=True, eq=False)
class Trained:
    """A network after its last step.

    Attributes:
        network: layers of gates and a GroupSum.
        threshold: entropy above which a gate is unused: the 5th percentile of the start without residual.
        curve: one entry for each evaluation: ``step``; ``accuracy`` of the discrete network on the held-out samples;
            ``seconds`` and ``cpu_seconds`` of the steps until then, evaluations left out.
    """

    network: nn.Sequential
    threshold: float
    curve: list[dict[str, float]]


def load(name: str, data_dir: Path | None) -> Bits:
    """MNIST with one bit a pixel (above half of the range), CIFAR-10 with 31, or a file of features that are bits.

    A tenth of the training split is held out of MNIST and CIFAR-10, to see convergence; of a small table nothing is.

    Raises:
        GatewrightError: if it is absent, or has fewer levels than are needed.
    """
    dataset = data_sets.load(name, data_dir=data_dir)
    x_train, x_test = np.asarray(dataset.x_train), np.asarray(dataset.x_test)
    highest = int(max(x_train.max(), x_test.max()))
    if name == "cifar10" and highest > 31:
        x_train, x_test, highest = x_train // 8, x_test // 8, 31
    wanted, thresholds = {"mnist": (255, (127,)), "cifar10": (31, tuple(range(31)))}.get(name, (1, (0,)))
    if highest != wanted:
        raise GatewrightError(
            f"The values of {name} go up to {highest}, but {wanted} is needed: bring the data in full resolution."
        )
    used, held = data_sets.validation(dataset) if wanted > 1 else (np.arange(len(x_train)), np.arange(0))
    labels = torch.from_numpy(dataset.y_train)
    return Bits(
        thresholds,
        (x_train[used].astype(np.uint8), labels[used]),
        (x_train[held].astype(np.uint8), labels[held]),
        (x_test.astype(np.uint8), torch.from_numpy(dataset.y_test)),
        dataset.class_names,
    )


def train(recipe: Recipe, data: Bits) -> Trained:
    """All steps of a recipe, at its learning rate from the first to the last; the last network is the result.

    Batches are drawn with replacement. The recipe's schedule and parts are not used.
    """
    torch.set_num_threads(1)
    plain, generator = _network(replace(recipe, residual=0.0), data)
    # Kernels are compiled when they are first used, which is not a part of training.
    _step(plain, Adam(plain.parameters()), recipe.batch, data, generator)
    threshold = entropy_threshold(_network(replace(recipe, residual=0.0), data)[0])
    network, generator = _network(recipe, data)
    trained = Trained(network, threshold, [])
    optimiser = Adam(network.parameters(), lr=recipe.learning_rate)
    held_out = data.bits(data.held_out[0])
    seconds = cpu_seconds = 0.0
    done = 0
    while done < recipe.steps:
        began, cpu_began = time.perf_counter(), time.process_time()
        until = min(done + recipe.evaluate_every, recipe.steps)
        for _ in range(done, until):
            _step(network, optimiser, recipe.batch, data, generator)
        done = until
        seconds += time.perf_counter() - began
        cpu_seconds += time.process_time() - cpu_began
        line = {"step": done, "seconds": seconds, "cpu_seconds": cpu_seconds}
        if len(held_out):
            line["accuracy"] = accuracy(network, held_out, data.held_out[1], Mode.DISCRETE)
        trained.curve.append(line)
    return trained


def _network(recipe: Recipe, data: Bits) -> tuple[nn.Sequential, torch.Generator]:
    generator = torch.Generator().manual_seed(recipe.seed)
    return build(recipe, data.inputs, len(data.class_names), generator), generator


def _step(network: nn.Sequential, optimiser: Adam, batch: int, data: Bits, generator: torch.Generator) -> None:
    x, labels = data.fit
    rows = torch.randint(len(x), (min(batch, len(x)),), generator=generator)
    optimiser.zero_grad()
    found = scores(network, data.bits(x[rows.numpy()]), training_mode(network))
    nn.functional.cross_entropy(found, labels[rows]).backward()
    optimiser.step()


def measure(trained: Trained, data: Bits) -> dict[str, float]:
    """Accuracies and gaps on the test split, gates unused and dead, and convergence; shares are 0 to 1."""
    network, curve = trained.network, trained.curve
    bits, labels = data.bits(data.test[0]), data.test[1]
    found = {mode: accuracy(network, bits, labels, mode) for mode in (Mode.DISCRETE, Mode.SAMPLE, Mode.MIXTURE)}
    gates = sum(layer.out_features for layer in gate_layers(network))
    encoder = Thermometer.identity(tuple(f"x{i}" for i in range(data.inputs)))
    step, seconds = convergence(curve) if "accuracy" in curve[-1] else (0, 0.0)
    cpu_seconds = next((line["cpu_seconds"] for line in curve if line["step"] == step), 0.0)
    return {
        "accuracy": found[Mode.DISCRETE],
        "gap_sample": found[Mode.SAMPLE] - found[Mode.DISCRETE],
        "gap_mixture": found[Mode.MIXTURE] - found[Mode.DISCRETE],
        "unused": unused_gates(network, trained.threshold) / gates,
        "dead": dead_gates(export(network, encoder, data.class_names)) / gates,
        "converged_step": step,
        "converged_seconds": seconds,
        "converged_cpu_seconds": cpu_seconds,
        "seconds": curve[-1]["seconds"],
        "cpu_seconds": curve[-1]["cpu_seconds"],
        "ms_a_step": 1e3 * curve[-1]["cpu_seconds"] / curve[-1]["step"],
    }
