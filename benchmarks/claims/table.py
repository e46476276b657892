"""Results of runs as tables: mean and spread over seeds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]
"""What a run leaves: ``setting``, ``recipe``, ``curve`` and the numbers of `training.measure`."""

METHODS = {"softmax": "softmax (DiffLogic)", "gumbel-soft": "gumbel-soft", "gumbel": "gumbel", "hard": "hard"}

_ENDS = (
    ("accuracy, %", "accuracy", 100, 2),
    ("gap to the noisy sample", "gap_sample", 100, 2),
    ("gap to the mixture", "gap_mixture", 100, 2),
    ("unused, %", "unused", 100, 1),
    ("dead, %", "dead", 100, 1),
)
_PACE = (
    ("steps to converge", "converged_step", 1, 0),
    ("seconds", "converged_seconds", 1, 1),
    ("CPU seconds", "converged_cpu_seconds", 1, 1),
    ("steps to softmax's end", "caught_up_step", 1, 0),
    ("CPU ms a step", "ms_a_step", 1, 1),
)
_CONVERGED = ("converged_step", "converged_seconds", "converged_cpu_seconds")
_LEARNED = 0.2
"""Held-out accuracy below which a network of ten classes is taken to be at chance."""


def grouped(results: Sequence[Result]) -> dict[tuple[str, int, str, float], list[Result]]:
    """Results that differ in nothing but the seed: by start, number of layers, method and temperature."""
    groups: dict[tuple[str, int, str, float], list[Result]] = {}
    for result in results:
        recipe = result["recipe"]
        key = result["start"], len(recipe["layers"]), recipe["method"], recipe["tau"]
        groups.setdefault(key, []).append(result)
    return dict(sorted(groups.items(), key=lambda item: (*item[0][:2], list(METHODS).index(item[0][2]), item[0][3])))


def caught_up(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Results with ``caught_up_step``: the first evaluation that comes within 0.5 points of where softmax ended.

    That is held-out accuracy, against the last evaluation of the softmax run of the same start, depth and seed; None
    if it never comes there, or there is no such run, or it has not learned. A run that has not learned has not
    converged either.
    """
    ends = {
        (result["start"], len(result["recipe"]["layers"]), result["recipe"]["seed"]): result["curve"][-1]["accuracy"]
        for result in results
        if result["recipe"]["method"] == "softmax" and _learned(result)
    }
    found = []
    for result in results:
        end = ends.get((result["start"], len(result["recipe"]["layers"]), result["recipe"]["seed"]), 2.0)
        steps = (line["step"] for line in result["curve"] if line["accuracy"] >= end - 0.005)
        nothing = {} if _learned(result) else dict.fromkeys(_CONVERGED)
        found.append({**result, **nothing, "caught_up_step": next(steps, None)})
    return found


def _learned(result: Result) -> bool:
    return bool(result["curve"][-1]["accuracy"] >= _LEARNED)


def markdown(results: Sequence[Result]) -> str:
    """Where runs end, and how fast: mean ± standard deviation over seeds; shares in per cent, gaps in points."""
    groups = grouped(caught_up(results))
    ends = _table(groups, _ENDS, {"trace of the Hessian": trace_cell})
    return ends + "\n" + _table(groups, _PACE, {"seeds": lambda runs: str(len(runs))})


def _table(
    groups: Mapping[tuple[str, int, str, float], list[Result]],
    columns: Sequence[tuple[str, str, int, int]],
    more: Mapping[str, Callable[[list[Result]], str]],
) -> str:
    names = ["start", "layers", "method", "tau", *(column[0] for column in columns), *more]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for (start, depth, method, tau), runs in groups.items():
        cells = [start, str(depth), METHODS[method], f"{tau:g}"]
        cells += [spread([run[key] for run in runs], scale, digits) for _, key, scale, digits in columns]
        lines.append("| " + " | ".join([*cells, *(cell(runs) for cell in more.values())]) + " |")
    return "\n".join(lines) + "\n"


def spread(values: Sequence[float | None], scale: float = 1, digits: int = 2) -> str:
    """Mean ± standard deviation; a dash where a value is missing."""
    known = [scale * value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return "-"
    mean = f"{statistics.mean(known):,.{digits}f}"
    return mean if len(known) == 1 else f"{mean} ± {statistics.stdev(known):,.{digits}f}"


def trace_cell(runs: Sequence[Result]) -> str:
    """Mean over seeds ± the standard error of the mean's estimate."""
    if any(run["trace"] is None for run in runs):
        return "-"
    error = sum(run["trace_error"] ** 2 for run in runs) ** 0.5 / len(runs)
    return f"{statistics.mean(run['trace'] for run in runs):.3f} ± {error:.3f}"
