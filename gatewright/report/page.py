"""The report: one self-contained HTML page about a run, made from what its verbs have written."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from gatewright import __version__
from gatewright.graph.stats import stats
from gatewright.run import Run

from . import plots
from .results import collect
from .summary import next_steps


def page(run: Run) -> str:
    """The page as HTML text. Verbs that have not run yet are named as missing, stale ones as stale.

    Raises:
        GatewrightError: if the run folder holds no network.
    """
    results = collect(run)
    metrics = _metrics(run.metrics)
    environment = Environment(
        loader=PackageLoader("gatewright.report", "."),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        graph=results.graph,
        stats=stats(results.graph),
        results=results.verbs,
        boards=results.boards,
        silicon=results.silicon,
        missing=results.missing,
        curve=Markup(plots.training_curve(metrics)) if metrics else None,  # noqa: S704 (made here, from numbers)
        bars={name: Markup(plots.area_by_part(board["parts"])) for name, board in results.boards.items()},  # noqa: S704
        next_steps=next_steps(run, results),
        version=__version__,
    )


def _metrics(path: Path) -> list[dict[str, float]]:
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except (OSError, ValueError):
        return []
