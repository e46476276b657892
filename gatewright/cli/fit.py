"""`gatewright train --fit`: what is asked for, and what people see of it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run

from . import show
from .options import InterruptError
from .terminal import Said, Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from gatewright.train.fitting import Tried


MINUTES = 10.0
"""For everything, if nothing else is asked for."""


def demand(fit: str | None, *, alone: dict[str, bool], needed: dict[str, bool]) -> None:
    """Refuse options that do not go together.

    Args:
        fit: the board.
        alone: options that do not go with ``--fit``, and whether they are given.
        needed: options that go with it only.

    Raises:
        GatewrightError: if there are any.
    """
    given = [name for name, there in (alone if fit is not None else needed).items() if there]
    if not given:
        return
    if fit is None:
        raise GatewrightError(f"{given[0]} is for a fit: add --fit BOARD, or leave {given[0]} out.")
    why = {
        "--resume": "the same command goes on with a fit by itself",
        "--overwrite": "a fit begins anew in another --out",
        "--steps": "its steps follow from --minutes",
        "--teacher": "its networks learn from labels alone",
        "--tensorboard": "it has no event files",
    }
    raise GatewrightError(f"--fit does not go with {given[0]}: {why[given[0]]}; leave {given[0]} out.")


def fit(terminal: Terminal, source: str, out: Path, board: str, **options: Any) -> None:
    """Search, train, export, and tell."""

    def done(trial: Tried) -> None:
        terminal.progress.print(
            f"trial {trial.number + 1}: {100 * trial.accuracy:.2f} %, {trial.cells:,.0f} cells, "
            f"{_shape(trial.layers)} gates, {_counting(trial.lanes)}"
        )

    try:
        from gatewright import flow

        lines = show.Lines(terminal.progress)
        values = flow.fit(
            source,
            Run(out),
            board,
            say=lambda text, _: lines.say(f"fit: {text}"),
            watch=lambda title: show.training(terminal.progress, title),
            done=done,
            **options,
        )
    except KeyboardInterrupt as cause:
        raise InterruptError(
            "Interrupted; nothing is lost: start the same command again, and the search goes on.", cause
        ) from None
    terminal.tell(
        Said(tuple(_lines(values)), values=values),
        f"gatewright synthesize {out} --board {board}",
        f"gatewright prove {out}",
    )


def _lines(values: dict[str, Any]) -> list[Any]:
    """The front, the area by part beside the budget, and what came out."""
    spent = datetime.timedelta(seconds=round(values["seconds"]))
    over = values["cells"] > values["budget"]
    return [
        "trials that no other beats:",
        _front(values),
        "",
        _area(values),
        "",
        f"test accuracy {100 * values['accuracy_test']:.2f} %, validation {100 * values['accuracy_validation']:.2f} %, "
        f"{_shape(values['layers'])} gates, {_counting(values['lanes'])}, {spent}"
        + (", MORE than the budget" if over else ""),
        values["page"],
    ]


def _front(values: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("trial", "validation", values["unit"], "gates", "popcount", "candidates", "bits"):
        table.add_column(title, justify="right")
    named = {trial["folder"]: trial for trial in values["trials"]}
    for folder in values["front"]:
        trial = named[folder]
        table.add_row(
            str(trial["number"] + 1) + (" *" if folder == values["chosen"] else ""),
            f"{100 * trial['accuracy']:.2f} %",
            f"{trial['cells']:,.0f}",
            _shape(trial["layers"]),
            _counting(trial["lanes"]),
            str(trial["kept"]["candidates"]),
            str(trial["kept"]["bits"]),
        )
    table.caption = "* trained on for as long as the time allowed"
    table.caption_justify = "left"
    return table


def _area(values: dict[str, Any]) -> Table:
    from rich.table import Table

    table = Table("part", box=None, pad_edge=False)
    table.add_column(f"{values['unit']} expected", justify="right")
    for part, cells in values["parts"].items():
        table.add_row(part, f"{cells:,}")
    table.add_row("total", f"{values['cells']:,}", style="bold")
    table.add_row("budget", f"{values['budget']:,}")
    return table


def _shape(layers: Any) -> str:
    return " + ".join(f"{width:,}" for width in layers)


def _counting(lanes: int) -> str:
    return f"{lanes} lanes" if lanes else "parallel"
