"""The verb that puts runs side by side."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import show
from .terminal import Json, Quiet, Said, Terminal

if TYPE_CHECKING:
    from rich.table import Table

DASH = "-"
MOST_FIELDS = 6
"""Of a recipe, on a terminal."""


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or the folder of a sweep.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write a page, too, as compare.html.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put runs side by side: accuracy, area, clock, proof."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    with show.doing(terminal.progress, "compare") as say:
        say("reading the runs", None)
        from gatewright import flow

        values = flow.compare(runs, out)
    lines: list[Any] = [_networks(values["runs"])]
    if values["runs"][0]["recipe"]:
        lines += ["", _recipes(values["runs"])]
    lines += _boards(values["runs"])
    if not values["same_data"]:
        lines += ["", "The runs were trained on different data: their accuracies say nothing about one another."]
    lines += [str(out)] if out is not None else []
    terminal.tell(Said(tuple(lines), values=values), *_following(runs, out, values["runs"]))


def _following(paths: list[Path], out: Path | None, runs: list[dict[str, Any]]) -> list[str]:
    """The page, if there is none yet, and what the most accurate run still lacks, or its report."""
    page = [] if out is not None else [shlex.join(["gatewright", "compare", *map(str, paths), "--out", "compare.html"])]
    best = max(runs, key=lambda run: -1.0 if run["accuracy"] is None else run["accuracy"])
    if not best["exported"]:
        verb = "export"
    elif not best["simulated"]:
        verb = "simulate"
    elif not best["proven"]:
        verb = "prove"
    elif not best["boards"]:
        verb = "synthesize"
    else:
        verb = "report"
    return [*page, shlex.join(["gatewright", verb, best["run"]])]


def _networks(runs: list[dict[str, Any]]) -> Table:
    """What each run reaches."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    table.add_column("data", overflow="fold")
    for title in ("test %", "gap", "gates", "cycles"):
        table.add_column(title, justify="right")
    for title in ("simulated", "proven"):
        table.add_column(title)
    for run in runs:
        table.add_row(
            run["run"],
            run["dataset"] or DASH,
            _percent(run["accuracy"], ".2f"),
            _percent(run["gap"], "+.2f"),
            f"{run['gates']:,}",
            _number(run["latency_cycles"], ",d"),
            _verdict(run["simulated"]),
            _verdict(run["proven"]),
        )
    return table


def _recipes(runs: list[dict[str, Any]]) -> Table:
    """What differs in the recipes."""
    from rich.table import Table

    from gatewright.report.compare import brief

    fields = list(runs[0]["recipe"])
    table = Table(box=None, pad_edge=False)
    table.add_column("run", overflow="fold")
    for name in fields[:MOST_FIELDS]:
        table.add_column(name, overflow="fold")
    for run in runs:
        table.add_row(run["run"], *(brief(run["recipe"][name]) for name in fields[:MOST_FIELDS]))
    if len(fields) > MOST_FIELDS:
        table.caption = f"and {len(fields) - MOST_FIELDS} more fields, with --json or --out"
        table.caption_justify = "left"
    return table


def _boards(runs: list[dict[str, Any]]) -> list[Any]:
    """What each run takes of each board: LUTs by part."""
    names = sorted({name for run in runs for name in run["boards"]})
    parts = list(dict.fromkeys(part for run in runs for board in run["boards"].values() for part in board["parts"]))
    return [line for name in names for line in ("", f"{name}: LUTs by part, Fmax, latency", _board(runs, name, parts))]


def _board(runs: list[dict[str, Any]], name: str, parts: list[str]) -> Table:
    from rich.table import Table

    # One space between columns, so that 80 letters hold the six parts.
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("run", overflow="fold")
    for title in (*parts, "LUTs", "FF", "MHz", "ns"):
        table.add_column(title, justify="right", no_wrap=True)
    for run in runs:
        board = run["boards"].get(name)
        if board is None:
            table.add_row(run["run"], *[DASH] * (len(parts) + 4))
            continue
        table.add_row(
            run["run"],
            *(_number(board["parts"].get(part, {}).get("lut"), ",d") for part in parts),
            f"{board['total']['lut']:,}",
            f"{board['total']['ff']:,}",
            _number(board["fmax_mhz"], ".1f"),
            _number(board["latency_ns"], ",.0f"),
        )
    return table


def _percent(share: float | None, form: str) -> str:
    return DASH if share is None else format(100 * share, form)


def _number(value: float | None, form: str) -> str:
    return DASH if value is None else format(value, form)


def _verdict(held: bool | None) -> str:
    return DASH if held is None else "yes" if held else "NO"
