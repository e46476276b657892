"""The training loop: from a recipe and a data set to a checkpoint, step by step reproducible."""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import Provenance
from gatewright.run import Run, read_whole, write_whole

from . import checkpoint as checkpoints
from .checkpoint import Checkpoint, Status
from .data import Dataset, validation
from .encode import fit
from .export import export
from .layers import Mode
from .metrics import accuracy, entropy_threshold, unused_gates
from .network import build, scores
from .optimiser import Adam
from .recipes.recipe import Recipe


@dataclass(frozen=True)
class Progress:
    """Where training stands. One line of ``metrics.jsonl``.

    Attributes:
        step: steps done.
        steps: of the whole run.
        loss: mean over the steps since the last evaluation.
        accuracy: of the discrete network on the validation split, 0 to 1.
        gap: discretization gap there: accuracy of a noisy hard sample minus ``accuracy``.
        seconds: since training began.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    gap: float
    seconds: float


@dataclass(frozen=True)
class Task:
    """A data set in the form in which it is trained on: bits and labels of the three splits."""

    encoder: Thermometer
    fit: tuple[Tensor, Tensor]
    held_out: tuple[Tensor, Tensor]
    test_words: np.ndarray[Any, Any]
    test_labels: np.ndarray[Any, Any]


def prepare(recipe: Recipe, dataset: Dataset) -> Task:
    """Fit the encoder on the training split, and encode."""
    kind: Any = recipe.thresholds
    encoder = fit(dataset.x_train, dataset.feature_names, bits=recipe.bits, kind=kind)
    used, held = validation(dataset)
    bits = torch.from_numpy(encoder(dataset.x_train).astype(np.uint8))
    labels = torch.from_numpy(dataset.y_train.astype(np.int64))
    return Task(
        encoder,
        (bits[used], labels[used]),
        (bits[held], labels[held]),
        encoder.words(dataset.x_test),
        dataset.y_test.astype(np.int64),
    )


def train(
    recipe: Recipe,
    dataset: Dataset,
    run: Run,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Train a network into a run folder: recipe, metrics, checkpoint, ``learned.lgn``, test split and ``train.json``.

    Every random draw follows from the seed and from the generator state in the checkpoint, so a run that was
    interrupted at any moment and resumed gives the same bits as one that was not.

    Returns:
        The contents of ``train.json``.

    Raises:
        GatewrightError: if the folder holds another network, or does not fit what is resumed.
    """
    task = prepare(recipe, dataset)
    found = _start(recipe, dataset, run, resume=resume, overwrite=overwrite)
    generator = torch.Generator().manual_seed(recipe.seed)
    network = build(recipe, task.encoder.inputs, len(dataset.class_names), generator)
    if found is None or not found.status.finished:
        # The kernels have threads of their own; PyTorch only sees scores, too few to share.
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            found = _fit(recipe, task, dataset.digest, run, network, generator, found, progress)
        finally:
            torch.set_num_threads(threads)
    network.load_state_dict(found.part("best"))
    values = _measure(recipe, dataset, task, network, found.status)
    learned = export(network, task.encoder, dataset.class_names, _provenance(recipe, dataset, values))
    run.store(learned, run.learned)
    _write_test_split(run, task)
    values = {"digest": learned.digest, "gates": learned.gates, **values}
    run.write_json("train", values)
    return values


def _start(recipe: Recipe, dataset: Dataset, run: Run, *, resume: bool, overwrite: bool) -> Checkpoint | None:
    """What to go on from, if anything; the folder is known to be writable when this returns."""
    if resume:
        found = checkpoints.read(run.checkpoint)
        before = Recipe.from_toml(read_whole(run.recipe, "train again with --overwrite").decode(), str(run.recipe))
        if before != recipe:
            names = [name for name, value in asdict(recipe).items() if asdict(before)[name] != value]
            raise GatewrightError(
                f"{run.path} was trained with another recipe ({', '.join(names)} differ): "
                "resume it with the same options."
            )
        if found.status.digest != dataset.digest:
            raise GatewrightError(
                f"{run.path} was trained on other data than {dataset.name}: resume it with the same data."
            )
        _write_metrics(run, [line for line in _read_metrics(run) if line["step"] <= found.status.step])
        return found
    if run.checkpoint.exists() and not overwrite:
        raise GatewrightError(
            f"{run.path} holds a network already: add --resume to go on with it, --overwrite to replace it, "
            "or choose another --out."
        )
    write_whole(run.recipe, recipe.toml())
    _write_metrics(run, [])
    run.checkpoint.unlink(missing_ok=True)
    return None


def _fit(
    recipe: Recipe,
    task: Task,
    digest: str,
    run: Run,
    network: nn.Sequential,
    generator: torch.Generator,
    found: Checkpoint | None,
    progress: Callable[[Progress], None] | None,
) -> Checkpoint:
    """The steps. Each evaluation writes metrics, then the checkpoint."""
    optimiser = Adam(network.parameters(), lr=recipe.learning_rate)
    best = {name: value.clone() for name, value in network.state_dict().items()}
    if found is None:
        status = Status(0, False, -1.0, entropy_threshold(network), 0.0, digest, recipe.steps)
        found = checkpoints.capture(status, network, best, optimiser, generator)
        checkpoints.write(run.checkpoint, found)
    else:
        checkpoints.restore(found, network, optimiser, generator)
        best = found.part("best")
    status = found.status
    lines = _read_metrics(run)
    bits, labels = task.fit
    started = time.monotonic() - status.seconds
    highest, losses = status.best, []
    for step in range(status.step, recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        rows = torch.randint(len(bits), (min(recipe.batch, len(bits)),), generator=generator)
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(scores(network, bits[rows], Mode.SAMPLE), labels[rows])
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        losses.append(float(loss.detach()))
        done = step + 1
        if done % recipe.evaluate_every and done < recipe.steps:
            continue
        discrete = accuracy(network, *task.held_out, Mode.DISCRETE)
        sampled = accuracy(network, *task.held_out, Mode.SAMPLE)
        if discrete >= highest:
            highest, best = discrete, {name: value.clone() for name, value in network.state_dict().items()}
        seconds = time.monotonic() - started
        now = Progress(done, recipe.steps, float(np.mean(losses)), discrete, sampled - discrete, seconds)
        losses = []
        lines.append(asdict(now))
        _write_metrics(run, lines)
        status = Status(done, done == recipe.steps, highest, status.threshold, seconds, status.digest, recipe.steps)
        found = checkpoints.capture(status, network, best, optimiser, generator)
        checkpoints.write(run.checkpoint, found)
        if progress is not None:
            progress(now)
    return found


def _measure(recipe: Recipe, dataset: Dataset, task: Task, network: nn.Sequential, status: Status) -> dict[str, Any]:
    """Read the test split, once, at the end."""
    bits = torch.from_numpy(task.encoder.bits(task.test_words).astype(np.uint8))
    labels = torch.from_numpy(task.test_labels)
    modes = {mode: accuracy(network, bits, labels, mode) for mode in Mode}
    return {
        "dataset": dataset.name,
        "data_digest": dataset.digest,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "steps": status.step,
        "accuracy_test": modes[Mode.DISCRETE],
        "accuracy_train_mode": modes[Mode.SAMPLE],
        "accuracy_mixture": modes[Mode.MIXTURE],
        "accuracy_validation": status.best,
        "gap": modes[Mode.SAMPLE] - modes[Mode.DISCRETE],
        "gap_mixture": modes[Mode.MIXTURE] - modes[Mode.DISCRETE],
        "unused_gates": unused_gates(network, status.threshold),
        "class_names": list(dataset.class_names),
        "tools": {"torch": torch.__version__},
        "seconds": status.seconds,
    }


def _provenance(recipe: Recipe, dataset: Dataset, values: dict[str, Any]) -> Provenance:
    name = Path(dataset.name).stem or "network"
    return Provenance(name, recipe.name, dataset.name, dataset.digest, recipe.seed, values["accuracy_test"])


def _read_metrics(run: Run) -> list[dict[str, Any]]:
    """The lines of ``metrics.jsonl``; a damaged one ends them."""
    lines: list[dict[str, Any]] = []
    try:
        for line in run.metrics.read_text().splitlines():
            lines.append({"step": int(json.loads(line)["step"])} | json.loads(line))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return lines


def _write_metrics(run: Run, lines: list[dict[str, Any]]) -> None:
    write_whole(run.metrics, "".join(json.dumps(line) + "\n" for line in lines))


def _write_test_split(run: Run, task: Task) -> None:
    """Write the encoded test split: words (samples, features) uint16 and labels (samples,) int64."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, words=task.test_words, labels=task.test_labels)
    write_whole(run.data, buffer.getvalue())
