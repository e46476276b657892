"""The search for the best network that fits a chip: cost model, training and export together."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import os
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run

from .pages import searched
from .say import Say, silent
from .verilog import export

if TYPE_CHECKING:
    from gatewright.boards.board import Board
    from gatewright.graph.graph import GateGraph
    from gatewright.hdl.pipeline import Pipeline
    from gatewright.train.fitting import Fitted, Tried
    from gatewright.train.space import Space
    from gatewright.train.sweep import Watch

Values = dict[str, Any]

FILLED = 0.85
"""Part of a chip that a network may take if nothing is said: one that is fuller than nine tenths seldom routes."""
_SPARE_SECONDS, _SPARE = 3.0, 0.02
"""Of the time, what is left for the start and the page."""
_GATES = 100
"""Of the network whose export is timed."""


@dataclasses.dataclass(frozen=True)
class Chip:
    """What a network is expected to take on a board, at a clock.

    Attributes:
        board: the board.
        fmax_mhz: clock that its registers must reach.
    """

    board: Board
    fmax_mhz: float

    def pipeline(self, graph: GateGraph, lanes: int) -> Pipeline:
        """The registers, as `export` places them.

        Raises:
            GatewrightError: if none keep to the clock.
        """
        from gatewright.hdl.plan import plan

        return plan(graph, self.board.fabric, fmax_mhz=self.fmax_mhz, lanes=lanes)

    def parts(self, learned: GateGraph, lanes: int) -> dict[str, float]:
        """Cells by part of a network as it was learned."""
        from gatewright.boards import cost
        from gatewright.graph.passes.optimise import optimise

        graph = optimise(learned)
        return cost.cells(graph, self.board, self.pipeline(graph, lanes))

    def area(self, learned: GateGraph, lanes: int) -> float:
        """Cells of a network as it was learned."""
        return sum(self.parts(learned, lanes).values())


def fit(
    source: str,
    run: Run,
    board_name: str,
    *,
    budget: int | None = None,
    fmax_mhz: float | None = None,
    minutes: float = 10.0,
    storage: str | None = None,
    target: str | None = None,
    data_dir: Path | None = None,
    seed: int | None = None,
    say: Say = silent,
    watch: Watch,
    done: Callable[[Tried], None],
) -> Values:
    """Find and train the best network that fits a chip, export it for it, and write ``fit.json``.

    The time is a bound on everything; what earlier processes have used of it counts.

    Args:
        source: as for `train`; of a recipe or a run, the data.
        run: the folder of the network; that of the trials lies in it.
        board_name: of the board, or of a chip without one.
        budget: logic cells, or LUTs where flip-flops have places of their own, that everything together may take;
            `FILLED` of the chip if None.
        fmax_mhz: clock that the registers must reach; the board's own, with some headroom, if None.
        minutes: for everything.
        storage: URL of an Optuna storage; a file in the folder of the trials if None.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        seed: of the search and of all networks.
        say: told what is going on, but for training.
        watch: shows one training run.
        done: told of each trial that this process has done.

    Raises:
        GatewrightError: if the budget or the time is too small for anything, or the folder holds something else.
    """
    started = time.monotonic()
    from gatewright.boards import registry

    board = registry.get(board_name)
    limit = _budget(board, budget)
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise GatewrightError("A fit runs in one process, which uses all cores: start it without torchrun.")
    say("reading the data", None)
    from gatewright.train import fitting
    from gatewright.train import source as sources
    from gatewright.train.space import Space, bits_to_try

    job = sources.find(source, target=target, data_dir=data_dir)
    chip = Chip(board, fmax_mhz or board.planned_mhz)
    space = Space(
        job.dataset, board.fabric.lut_inputs, bits_to_try(job.dataset), job.recipe.seed if seed is None else seed
    )
    space = dataclasses.replace(space, bits=_affordable(space, chip, limit))
    settings = {
        "board": board.name,
        "budget": limit,
        "fmax": chip.fmax_mhz,
        "data": job.dataset.digest,
        "seed": space.seed,
    }
    if storage is not None:
        settings["folder"] = f"{socket.gethostname()}:{run.path.absolute()}"
    seconds = 60 * minutes
    plan = fitting.Plan(
        job=job,
        space=space,
        area=chip.area,
        budget=limit,
        seconds=seconds,
        behind=lambda graph, lanes: _behind(space, chip, graph, lanes) + _SPARE_SECONDS + _SPARE * seconds,
        run=run,
        url=storage or f"sqlite:///{run.path.absolute() / 'trials' / 'study.db'}",
        settings=settings,
    )
    found = fitting.fit(plan, started, watch, done)
    ended = time.monotonic()
    export(run, say, board_name=board.name, fmax_mhz=fmax_mhz, lanes=found.chosen.lanes)
    say("writing the page", None)
    page, plot = run.path / "pareto.html", run.path / "pareto.svg"
    values = _written(run, chip, limit, found) | {
        "minutes": minutes,
        "page": str(page),
        "tools": {"optuna": importlib.metadata.version("optuna")},
        "seconds": found.seconds + time.monotonic() - ended,
    }
    run.write_json("fit", values)
    searched([plan.trials, run.path], page, plot)
    return values


def _budget(board: Board, budget: int | None) -> int:
    """The cells that may be taken.

    Raises:
        GatewrightError: if the board has not so many.
    """
    if budget is not None and budget > board.cells:
        raise GatewrightError(
            f"The budget is {budget:,} {board.family.unit}, but {board.title} has {board.cells:,}: ask for less, or "
            "leave --budget out."
        )
    return math.floor(FILLED * board.cells) if budget is None else budget


def _affordable(space: Space, chip: Chip, limit: int) -> tuple[int, ...]:
    """Thresholds for each feature with which the smallest network is within the budget.

    Raises:
        GatewrightError: if there are none; the sentence says what the parts take that every network has.
    """
    smallest = {}
    for bits in space.bits:
        kept = {"depth": 1, "candidates": 1, "bits": bits, "group_tau": 1.0, "fill": 0.0}
        smallest[bits] = chip.parts(space.untrained(kept, 1), 0)
    found = tuple(bits for bits, parts in smallest.items() if sum(parts.values()) <= limit)
    if found:
        return found
    least = min(smallest.values(), key=lambda parts: sum(parts.values()))
    fixed = least["link"] + least["argmax"]
    raise GatewrightError(
        f"A budget of {limit:,} {chip.board.family.unit} is too small for any network on {chip.board.title}: the link "
        f"and the argmax alone need about {fixed:,.0f}, and the smallest network {sum(least.values()):,.0f}; raise "
        "--budget, use fewer features, or choose a larger board."
    )


def _behind(space: Space, chip: Chip, graph: GateGraph, lanes: int) -> float:
    """Seconds that the export of a network will take, from that of a small one of the same kind."""
    from gatewright.graph.passes.optimise import optimise
    from gatewright.hdl.verilog import emit

    kept = {"depth": 1, "candidates": 1, "bits": space.bits[0], "group_tau": 1.0, "fill": 0.0}
    small = optimise(space.untrained(kept, -(-_GATES // graph.classes)))
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        emit(small, chip.pipeline(small, lanes), Path(folder))
    return (time.monotonic() - started) * max(1.0, graph.gates / small.gates)


def _written(run: Run, chip: Chip, limit: int, found: Fitted) -> Values:
    """Write ``fit.json`` of each trial and of the network."""
    from gatewright.train.fitting import front

    common = {"board": chip.board.name, "unit": chip.board.family.unit, "budget": limit}
    for trial in found.trials:
        folder = Run(run.path / "trials" / trial.folder)
        folder.write_json("fit", common | _expected(folder, chip, trial.lanes))
    best = front(found.trials)
    return {
        **common,
        **_expected(run, chip, found.chosen.lanes),
        "accuracy_validation": found.values["accuracy_validation"],
        "accuracy_test": found.values["accuracy_test"],
        "layers": list(found.chosen.layers),
        "chosen": found.chosen.folder,
        "front": [trial.folder for trial in best],
        "trials": [dataclasses.asdict(trial) for trial in found.trials],
    }


def _expected(run: Run, chip: Chip, lanes: int) -> Values:
    """What a trained network is expected to take."""
    learned = run.load(run.learned)
    parts = chip.parts(learned, lanes)
    return {
        "digest": learned.digest,
        "lanes": lanes,
        "cells": round(sum(parts.values())),
        "parts": {part: round(number) for part, number in parts.items()},
    }
