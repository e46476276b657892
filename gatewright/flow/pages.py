"""The verbs that write a page: report, compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, read_whole, write_whole

from . import split

if TYPE_CHECKING:
    from gatewright.graph.graph import GateGraph
    from gatewright.report.answers import Answers


def report(run: Run) -> Path:
    """Write ``report.html`` from what the other verbs have written."""
    from gatewright.report.answers import answer
    from gatewright.report.page import page

    graph = run.load()
    try:
        answers: Answers | str = answer(graph, *split.kept(run, graph))
    except GatewrightError as error:
        answers = str(error)
    write_whole(run.report, page(run, answers, before_training(run)))
    return run.report


def before_training(run: Run) -> GateGraph | None:
    """The network before the first step, drawn again from the recipe and its seed; None if the run does not tell."""
    try:
        text = read_whole(run.recipe, "train the network again").decode()
        learned = run.load(run.learned)
    except (GatewrightError, UnicodeDecodeError):
        return None
    import torch

    from gatewright.report.image import shape
    from gatewright.train.export import export
    from gatewright.train.network import build
    from gatewright.train.recipes.recipe import Recipe
    from gatewright.train.wiring import pixels

    try:
        recipe = Recipe.from_toml(text, str(run.recipe))
        generator = torch.Generator().manual_seed(recipe.seed)
        places = pixels(learned.encoder.feature, shape(learned.encoder.feature_names))
        network = build(recipe, learned.inputs, learned.classes, generator, places)
        initial = export(network, learned.encoder, learned.class_names)
    except GatewrightError:
        return None
    return initial if initial.gates == learned.gates else None


def compare(paths: Sequence[Path], out: Path | None = None) -> dict[str, Any]:
    """Put runs side by side.

    Args:
        paths: run folders, and folders of sweeps for all of their runs.
        out: where to write a page; nowhere if None.
    """
    from gatewright.report import compare as comparison

    rows = comparison.compare(paths)
    if out is not None:
        write_whole(out, comparison.page(rows))
    return comparison.values(rows)


def searched(paths: Sequence[Path], page: Path, plot: Path) -> None:
    """Write the page and the plot of the runs of a search."""
    from gatewright.report import compare as comparison
    from gatewright.report.picture import standalone

    rows = comparison.compare(paths)
    write_whole(page, comparison.page(rows))
    write_whole(plot, standalone(comparison.searched(rows)))
