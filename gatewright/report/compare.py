"""Runs side by side: what each reaches, what it takes, and which of them no other beats."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gatewright import __version__
from gatewright.errors import GatewrightError
from gatewright.run import Run

from .picture import Picture
from .pictures.pareto import Point, pareto
from .results import Values, collect
from .stages import stages
from .template import render


@dataclass(frozen=True)
class Compared:
    """What is known of one run; None stands for what is not.

    Attributes:
        run: its folder.
        dataset: name of the data.
        data_digest: of the data.
        accuracy: of the discrete network on the test split, 0 to 1; None if it has not been read.
        accuracy_validation: likewise on the split that chose the checkpoint.
        gap: discretization gap on the test split, on the other one if that has not been read, 0 to 1.
        gates: of the optimised network, of the learned one before export.
        exported: whether it is exported.
        latency_cycles: of the classifier.
        simulated: whether the Verilog equals the network on all vectors.
        proven: whether it does for every input.
        boards: for each board ``device``, ``parts``, ``total``, ``available``, ``fmax_mhz``, ``clock_mhz`` and
            ``latency_ns``.
        expected: what a search for a chip expected of it: ``board``, ``unit``, ``budget``, ``cells`` and ``parts``.
        recipe: its fields, or those in which the runs differ.
        outdated: stages that are stale or failed.
    """

    run: str
    dataset: str | None
    data_digest: str | None
    accuracy: float | None
    accuracy_validation: float | None
    gap: float | None
    gates: int
    exported: bool
    latency_cycles: int | None
    simulated: bool | None
    proven: bool | None
    boards: dict[str, Values]
    expected: Values | None
    recipe: dict[str, Any]
    outdated: tuple[str, ...]


_OF_BOARD = ("device", "parts", "total", "available", "fmax_mhz", "clock_mhz", "latency_ns")
_OF_FIT = ("board", "unit", "budget", "cells", "parts")
_NOT_COMPARED = ("name", "dataset")


def compare(paths: Sequence[Path]) -> list[Compared]:
    """Read runs, and all runs of a folder that a sweep has made.

    Raises:
        GatewrightError: if a folder holds neither, a network is damaged, or there are fewer than two runs.
    """
    runs = list(dict.fromkeys(run for path in paths for run in _runs(path)))
    if len(runs) < 2:
        raise GatewrightError(
            f"{runs[0].path} alone cannot be compared: pass two runs or more, or the folder of a sweep."
            if runs
            else "There is nothing to compare: pass two runs or more, or the folder of a sweep."
        )
    rows = [_compared(run) for run in runs]
    differing = _differing([row.recipe for row in rows])
    return [replace(row, recipe={name: row.recipe.get(name) for name in differing}) for row in rows]


def values(rows: Iterable[Compared]) -> Values:
    """Plain values for JSON."""
    listed = list(rows)
    return {"same_data": same_data(listed), "runs": [asdict(row) for row in listed]}


def same_data(rows: Iterable[Compared]) -> bool:
    """Whether all runs were trained on the same data, as far as they tell."""
    return len({row.data_digest for row in rows if row.data_digest is not None}) <= 1


def page(rows: Sequence[Compared]) -> str:
    """The comparison as one self-contained HTML page."""
    boards = sorted({name for row in rows for name in row.boards})
    expected = [row.expected for row in rows if row.expected is not None]
    return render(
        "compare.html",
        rows=rows,
        boards=boards,
        parts=parts(rows),
        fields=list(rows[0].recipe),
        brief=brief,
        same_data=same_data(rows),
        expected=expected,
        pareto=_plot(rows),
        version=__version__,
    )


def _plot(rows: Sequence[Compared]) -> Picture:
    """What a search chose from, if all runs are its own; else what was measured."""
    if all(row.expected is not None for row in rows):
        return searched(rows)
    tested = not any(row.accuracy is None and row.accuracy_validation is not None for row in rows)
    measure = "test accuracy" if tested else "validation accuracy"
    return pareto(points(rows, tested=tested), "LUTs" if any(row.boards for row in rows) else "gates", measure=measure)


def searched(rows: Sequence[Compared]) -> Picture:
    """Validation accuracy against expected cells, of runs that a search has made."""
    found = [
        (
            row.expected,
            Point(row.run, row.expected["board"], round(row.expected["cells"]), 100 * row.accuracy_validation),
        )
        for row in rows
        if row.expected is not None and row.accuracy_validation is not None
    ]
    unit = f"{found[0][0]['unit']} expected" if found else ""
    limits = {expected["budget"] for expected, _ in found}
    limit = limits.pop() if len(limits) == 1 else None
    return pareto([point for _, point in found], unit, measure="validation accuracy", limit=limit)


def points(rows: Sequence[Compared], *, tested: bool = True) -> list[Point]:
    """Accuracy on the test or the validation split against LUTs for each board; against gates without any board."""
    reached = [(row, row.accuracy if tested else row.accuracy_validation) for row in rows]
    known = [(row, 100 * accuracy) for row, accuracy in reached if accuracy is not None]
    if any(row.boards for row in rows):
        return [
            Point(row.run, board, values["total"]["lut"], accuracy)
            for row, accuracy in known
            for board, values in row.boards.items()
        ]
    return [Point(row.run, "", row.gates, accuracy) for row, accuracy in known]


def parts(rows: Iterable[Compared]) -> list[str]:
    """The parts of a design that any board tells, in their order."""
    return list(dict.fromkeys(part for row in rows for board in row.boards.values() for part in board["parts"]))


def brief(value: Any) -> str:
    """A value of a recipe in few letters: layers as ``gatewright sweep`` takes them, or how many equal ones."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if not isinstance(value, list):
        return "\N{EN DASH}" if value is None else str(value)
    if len(value) > 2 and len(set(value)) == 1:
        return f"{len(value)} of {value[0]}"
    return "x".join(map(str, value)) or "none"


def _runs(path: Path) -> list[Run]:
    """The run in a folder, or the runs of a sweep's folder: each trial is one, or holds one for each seed."""
    if _is_run(path):
        return [Run(path)]
    found = [
        Run(folder)
        for trial in sorted(path.glob("trial-*"))
        for folder in (trial, *sorted(trial.glob("seed-*")))
        if _is_run(folder)
    ]
    if not found:
        raise GatewrightError(
            f"{path} is neither a run nor the folder of a sweep: pass what `gatewright train` or `gatewright sweep` "
            "has written."
        )
    return found


def _is_run(path: Path) -> bool:
    run = Run(path)
    return run.network.is_file() or run.learned.is_file()


def _compared(run: Run) -> Compared:
    """One run, with all fields of its recipe."""
    if not run.network.is_file():
        return _learned(run)
    results = collect(run)
    train, export = results.verbs["train"] or {}, results.verbs["export"] or {}
    states = {stage.name: stage.state for stage in stages(run, results)}
    return Compared(
        **_trained(run, train),
        gates=results.graph.gates,
        exported=True,
        latency_cycles=export.get("latency_cycles"),
        simulated=_held(states["simulated"]),
        proven=_held(states["proven"]),
        boards={name: {key: board[key] for key in _OF_BOARD} for name, board in results.boards.items()},
        expected=None if results.learned is None else _expected(run, results.learned.digest),
        outdated=tuple(f"{name}: {state}" for name, state in states.items() if state in ("stale", "failed", "damaged")),
    )


def _held(state: str) -> bool | None:
    return {"done": True, "failed": False}.get(state)


def _learned(run: Run) -> Compared:
    """A run that is trained and not exported."""
    learned = run.load(run.learned)
    try:
        train = run.read_json("train", learned.digest)
    except GatewrightError:
        train = {}
    return Compared(
        **_trained(run, train),
        gates=learned.gates,
        exported=False,
        latency_cycles=None,
        simulated=None,
        proven=None,
        boards={},
        expected=_expected(run, learned.digest),
        outdated=(),
    )


def _expected(run: Run, digest: str) -> Values | None:
    """What ``fit.json`` says of the network as it was learned."""
    try:
        values = run.read_json("fit", digest)
        return {key: values[key] for key in _OF_FIT}
    except (GatewrightError, KeyError):
        return None


def _trained(run: Run, train: Mapping[str, Any]) -> dict[str, Any]:
    try:
        recipe = tomllib.loads(run.recipe.read_text())
    except (OSError, ValueError):
        recipe = {}
    return {
        "run": str(run.path),
        "dataset": train.get("dataset"),
        "data_digest": train.get("data_digest"),
        "accuracy": train.get("accuracy_test"),
        "accuracy_validation": train.get("accuracy_validation"),
        "gap": train.get("gap"),
        "recipe": recipe,
    }


def _differing(recipes: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields whose values are not the same in all recipes."""
    names = dict.fromkeys(name for recipe in recipes for name in recipe if name not in _NOT_COMPARED)
    return [name for name in names if any(recipe.get(name) != recipes[0].get(name) for recipe in recipes)]
