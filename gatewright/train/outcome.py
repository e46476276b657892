"""The end of a training run: what is measured, and what the next stages read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gatewright.graph.graph import Provenance
from gatewright.run import Run, write_whole

from . import progress as lines
from .checkpoint import Status
from .data import Dataset
from .export import export
from .interrupts import postponed
from .method import Mode
from .metrics import accuracy, convergence, dead_gates, unused_gates
from .network import training_mode
from .recipes.recipe import Recipe
from .task import Task


def finish(
    recipe: Recipe,
    dataset: Dataset,
    task: Task,
    network: nn.Sequential,
    status: Status,
    run: Run,
    test_from: float,
) -> dict[str, Any]:
    """Measure a network, and write what the next stages read: ``learned.lgn``, test split and ``train.json``.

    Args:
        recipe: by which it was trained.
        dataset: on which it was.
        task: the same in bits.
        network: with the weights of the best evaluation.
        status: of the run.
        run: the folder.
        test_from: validation accuracy from which on the test split is read; below it, the other figures are those of
            the validation split, and no test split is left in the folder.

    Returns:
        The contents of ``train.json``.
    """
    tested = status.best >= test_from
    values = _measure(recipe, dataset, task, network, status, tested=tested)
    learned = export(network, task.encoder, dataset.class_names, _provenance(recipe, dataset, values))
    run.store(learned, run.learned)
    if tested:
        _write_test_split(run, task)
    else:
        run.data.unlink(missing_ok=True)
    steps, seconds = convergence(lines.read(run.metrics))
    values |= {"dead_gates": dead_gates(learned), "converged_step": steps, "converged_seconds": seconds}
    values = {"digest": learned.digest, "gates": learned.gates, **values}
    run.write_json("train", values)
    return values


def _measure(
    recipe: Recipe, dataset: Dataset, task: Task, network: nn.Sequential, status: Status, *, tested: bool
) -> dict[str, Any]:
    """Read the test split, once, at the end; or the validation split again, where nobody asks for the test."""
    bits, labels = _test_bits(task) if tested else task.held_out
    with postponed():
        modes = {mode: accuracy(network, bits, labels, mode) for mode in Mode}
    trained = modes[training_mode(network)]
    return {
        "dataset": dataset.name,
        "data_digest": dataset.digest,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "steps": status.step,
        "split": "test" if tested else "validation",
        "accuracy_test": modes[Mode.DISCRETE] if tested else None,
        "accuracy_train_mode": trained,
        "accuracy_sample": modes[Mode.SAMPLE],
        "accuracy_mixture": modes[Mode.MIXTURE],
        "accuracy_validation": status.best,
        "gap": trained - modes[Mode.DISCRETE],
        "gap_sample": modes[Mode.SAMPLE] - modes[Mode.DISCRETE],
        "gap_mixture": modes[Mode.MIXTURE] - modes[Mode.DISCRETE],
        "unused_gates": unused_gates(network, status.threshold),
        "class_names": list(dataset.class_names),
        "tools": {"torch": torch.__version__},
        "seconds": status.seconds,
    }


def _test_bits(task: Task) -> tuple[Tensor, Tensor]:
    bits = task.encoder.bits(task.test_words).astype(np.uint8)
    return torch.from_numpy(bits), torch.from_numpy(task.test_labels)


def _provenance(recipe: Recipe, dataset: Dataset, values: dict[str, Any]) -> Provenance:
    name = Path(dataset.name).stem or "network"
    return Provenance(name, recipe.name, dataset.name, dataset.digest, recipe.seed, values["accuracy_test"])


def _write_test_split(run: Run, task: Task) -> None:
    """Write the encoded test split: words (samples, features) uint16 and labels (samples,) int64."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, words=task.test_words, labels=task.test_labels)
    write_whole(run.data, buffer.getvalue())
