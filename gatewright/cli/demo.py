"""The whole flow in one go, and the page that tells about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gatewright.run import Run

from . import show, stages
from .options import BoardName, RunFolder


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="The run folder; what is in it is replaced.")
    ] = Path("runs/digits"),
    board: BoardName = "icebreaker",
) -> None:
    """Train on real digits, prove, build a bitstream: all in one go."""
    from rich.text import Text

    from gatewright.boards import registry

    registry.get(board)
    run, console = Run(out), show.console()
    todo: tuple[tuple[str, Callable[[], stages.Said]], ...] = (
        ("train", lambda: stages.train(console, "digits", run, overwrite=True)),
        ("export", lambda: stages.export(console, run)),
        ("simulate", lambda: stages.simulate(console, run)),
        ("prove", lambda: stages.prove(console, run)),
        ("synthesize", lambda: stages.synthesize(console, run, board)),
    )
    for title, stage in todo:
        started = time.monotonic()
        said = stage()
        head = Text(f"{title:<10}", style="bold").append(f" {time.monotonic() - started:6.1f} s", style="dim")
        for line in said.lines:
            console.print(head.append(f"  {line}", style="not bold not dim"))
            head = Text(" " * 19)
        said.demand()
    report(out)


def report(run: RunFolder) -> None:
    """Print a summary and write one self-contained HTML page."""
    console = show.console()
    _, rows, commands = stages.report(console, Run(run))
    console.print()
    console.print(show.pairs(rows))
    console.print()
    show.hint(console, *commands)
