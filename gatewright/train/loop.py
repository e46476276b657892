"""The training loop: from a recipe and a data set to a checkpoint, step by step reproducible."""

from __future__ import annotations

import functools
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run, read_whole, write_whole

from . import checkpoint as checkpoints
from . import distributed, outcome
from . import progress as lines
from .checkpoint import Checkpoint, Status
from .data import Dataset
from .distributed import ALONE, World
from .interrupts import postponed
from .method import Mode
from .metrics import accuracy, entropy_threshold, gap, unused_gates
from .network import anneal, build, training_mode
from .optimiser import Adam
from .progress import Progress
from .recipes.recipe import Recipe
from .source import Origin
from .step import check_parts, gradients
from .task import Task, prepare


def train(
    recipe: Recipe,
    dataset: Dataset,
    run: Run,
    *,
    resume: bool = False,
    overwrite: bool = False,
    origin: Origin | None = None,
    teacher: GateGraph | None = None,
    progress: Callable[[Progress], None] | None = None,
    stepped: Callable[[int, int], None] | None = None,
    enough: Callable[[], bool] | None = None,
    test_from: float = 0.0,
    world: World = ALONE,
) -> dict[str, Any]:
    """Train a network into a run folder: recipe, metrics, checkpoint, ``learned.lgn``, test split and ``train.json``.

    Every random draw follows from the seed and from the generator state in the checkpoint, so a run that was
    interrupted at any moment and resumed gives the same bits as one that was not. Of several processes, the leader
    alone writes; the bits do not depend on how many there are.

    Args:
        recipe: how to train.
        dataset: what to train on.
        run: the folder, of the leader.
        resume: go on from the checkpoint that is there.
        overwrite: replace the network that is there.
        origin: where the data came from.
        teacher: the network that is the recipe's teacher; the folder keeps it.
        progress: told after each evaluation, in the leader.
        stepped: told after each step, in the leader: steps done, and steps of the whole run.
        enough: asked after each step whether to end there, before all steps are done; of one process alone.
        test_from: validation accuracy from which on the test split is read, at the end; infinite for a network that is
            one of many to choose from, so that nothing is known of the test split but of the chosen one.
        world: the processes that share each step.

    Returns:
        The contents of ``train.json``.

    Raises:
        GatewrightError: if the folder holds another network, or does not fit what is resumed, or the processes
            cannot share the batch or have lost each other.
    """
    task = distributed.together(world, lambda: prepare(recipe, dataset, teacher))
    check_parts(recipe.parts, min(recipe.batch, len(task.fit)), world)
    distributed.agree(world, "a recipe or data", (recipe, dataset.digest))
    start = functools.partial(
        _start, recipe, dataset, run, resume=resume, overwrite=overwrite, origin=origin, teacher=teacher
    )
    found = _shared(world, start)
    generator = torch.Generator().manual_seed(recipe.seed)
    network = build(recipe, task.encoder.inputs, len(dataset.class_names), generator, task.places)
    if found is None or not found.status.finished:
        # The kernels have threads of their own; PyTorch only sees scores, too few to share.
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            found = _fit(recipe, task, dataset.digest, run, network, generator, found, progress, stepped, enough, world)
        finally:
            torch.set_num_threads(threads)
    network.load_state_dict(found.part("best"))
    anneal(network, recipe, recipe.steps)
    end = functools.partial(outcome.finish, recipe, dataset, task, network, found.status, run, test_from)
    values = distributed.together(world, lambda: end() if world.leader else {})
    return dict(json.loads(distributed.spread(world, json.dumps(values).encode())))


def _shared(world: World, start: Callable[[], Checkpoint | None]) -> Checkpoint | None:
    """What the leader finds to go on from, in every process; the folder may be on its machine alone."""
    found = distributed.together(world, lambda: start() if world.leader else None)
    if world.size == 1:
        return found
    content = distributed.spread(world, b"" if found is None else checkpoints.dumps(found))
    return checkpoints.loads(content, "The checkpoint of process 0") if content else None


def _start(
    recipe: Recipe,
    dataset: Dataset,
    run: Run,
    *,
    resume: bool,
    overwrite: bool,
    origin: Origin | None,
    teacher: GateGraph | None,
) -> Checkpoint | None:
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
        lines.begin(run.metrics, found.status.step)
        return found
    if run.checkpoint.exists() and not overwrite:
        raise GatewrightError(
            f"{run.path} holds a network already: add --resume to go on with it, --overwrite to replace it, "
            "or choose another --out."
        )
    write_whole(run.recipe, recipe.toml())
    write_whole(run.origin, json.dumps(asdict(origin or Origin(dataset.name, dataset.digest)), indent=2) + "\n")
    if teacher is None:
        run.teacher.unlink(missing_ok=True)
    else:
        run.store(teacher, run.teacher)
    write_whole(run.metrics, "")
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
    stepped: Callable[[int, int], None] | None,
    enough: Callable[[], bool] | None,
    world: World,
) -> Checkpoint:
    """The steps. Each evaluation writes metrics, then the checkpoint."""
    optimiser = Adam(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    best = {name: value.clone() for name, value in network.state_dict().items()}
    if found is None:
        status = Status(0, False, -1.0, entropy_threshold(network), 0.0, digest, recipe.steps)
        found = checkpoints.capture(status, network, best, optimiser, generator)
        if world.leader:
            checkpoints.write(run.checkpoint, found)
    else:
        checkpoints.restore(found, network, optimiser, generator)
        best = found.part("best")
    status = found.status
    batch = min(recipe.batch, len(task.fit))
    work = sum(recipe.layers) * batch
    before, first = status.seconds, status.step
    started = time.monotonic() - before
    highest, losses, since = status.best, list[Tensor](), time.monotonic()
    for step in range(status.step, recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        anneal(network, recipe, step)
        bits, targets = task.fit.draw(batch, generator)
        with postponed():
            optimiser.zero_grad()
            losses += gradients(network, bits, targets, recipe.parts, generator, world)
            optimiser.step()
        done = step + 1
        if stepped is not None and world.leader:
            stepped(done, recipe.steps)
        finished = done == recipe.steps or (enough is not None and enough())
        if done % recipe.evaluate_every and not finished:
            continue
        speed = work * (done - status.step) / (time.monotonic() - since)
        distributed.agree(world, f"weights at step {done}", list(network.parameters()))
        # Every process evaluates, so that all draw the same noise.
        with postponed():
            discrete = accuracy(network, *task.held_out, Mode.DISCRETE)
            trained = accuracy(network, *task.held_out, training_mode(network))
            gaps = _gaps(network, task, trained - discrete)
        if discrete >= highest:
            highest, best = discrete, {name: value.clone() for name, value in network.state_dict().items()}
        seconds = time.monotonic() - started
        now = Progress(
            step=done,
            steps=recipe.steps,
            loss=_mean_loss(world, losses, done - status.step),
            accuracy=discrete,
            gap=trained - discrete,
            gap_sample=gaps[Mode.SAMPLE],
            gap_mixture=gaps[Mode.MIXTURE],
            unused_gates=unused_gates(network, status.threshold),
            gates_per_second=speed,
            seconds=seconds,
            seconds_left=(seconds - before) / (done - first) * (recipe.steps - done),
        )
        status = Status(done, finished, highest, status.threshold, seconds, status.digest, recipe.steps)
        found = checkpoints.capture(status, network, best, optimiser, generator)
        if world.leader:
            lines.append(run.metrics, now)
            checkpoints.write(run.checkpoint, found)
            if progress is not None:
                progress(now)
        losses, since = [], time.monotonic()
        if finished:
            break
    return found


def _gaps(network: nn.Sequential, task: Task, trained: float) -> dict[Mode, float]:
    """The gaps of both modes on the held-out samples, of which that of the training mode is known already."""
    own = training_mode(network)
    return {
        mode: trained if mode is own else gap(network, *task.held_out, mode) for mode in (Mode.SAMPLE, Mode.MIXTURE)
    }


def _mean_loss(world: World, losses: list[Tensor], steps: int) -> float:
    """The mean over the steps; ``losses`` holds the contributions of this process' parts, step by step."""
    mine = torch.stack(losses).reshape(steps, -1).T
    return float(distributed.sum_in_order(world, list(mine)).double().mean())
