"""The report: one self-contained HTML page about a run, made from what its verbs have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gatewright import __version__
from gatewright.errors import GatewrightError
from gatewright.graph.stats import stats
from gatewright.run import Run

from . import plots

VERBS = ("train", "export", "simulate", "prove")


def page(run: Run) -> str:
    """The page as HTML text. Verbs that have not run yet are named as missing, stale ones as stale.

    Raises:
        GatewrightError: if the run folder holds no network.
    """
    graph = run.load()
    results, missing = _results(run, graph.digest)
    metrics = _metrics(run.metrics)
    boards = {}
    for path in sorted((run.path / "boards").glob("*/synthesize.json")):
        name = f"boards/{path.parent.name}/synthesize"
        try:
            boards[path.parent.name] = run.read_json(name, graph.digest)
        except GatewrightError as error:
            missing.append(str(error))
    environment = Environment(
        loader=PackageLoader("gatewright.report", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        graph=graph,
        stats=stats(graph),
        results=results,
        boards=boards,
        missing=missing,
        curve=Markup(plots.training_curve(metrics)) if metrics else None,  # noqa: S704 (made here, from numbers)
        bars={name: Markup(plots.area_by_part(board["parts"])) for name, board in boards.items()},  # noqa: S704
        next_steps=_next_steps(run, results, boards),
        version=__version__,
    )


def _results(run: Run, digest: str) -> tuple[dict[str, dict[str, Any] | None], list[str]]:
    """What each verb wrote about this graph, or None, and a sentence for each that is absent or stale."""
    results: dict[str, dict[str, Any] | None] = dict.fromkeys(VERBS)
    missing: list[str] = []
    for verb in VERBS:
        try:
            # Training knows the graph as it was learned; what comes later, the optimised one.
            results[verb] = run.read_json(verb, run.load(run.learned).digest if verb == "train" else digest)
        except GatewrightError as error:
            missing.append(str(error))
    return results, missing


def _metrics(path: Path) -> list[dict[str, float]]:
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except (OSError, ValueError):
        return []


def _next_steps(run: Run, results: dict[str, Any], boards: dict[str, Any]) -> list[str]:
    """The commands that come next, as people type them."""
    steps = [f"gatewright {verb} {run.path}" for verb in VERBS[2:] if results[verb] is None]
    if not boards:
        return [*steps, f"gatewright synthesize {run.path} --board icebreaker"]
    return [*steps, *(f"gatewright flash {run.path} --board {name}" for name in boards)]
