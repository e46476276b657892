"""The whole flow in one go, and the page that tells about it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gatewright.run import Run

from . import stages
from .options import BoardName, RunFolder
from .terminal import Json, Quiet, Said, Terminal


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="The run folder; what is in it is replaced.")
    ] = Path("runs/digits"),
    board: BoardName = "icebreaker",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train on real digits, prove, build a bitstream: all in one go."""
    from rich.text import Text

    from gatewright import flow
    from gatewright.boards import registry

    registry.get(board)
    run, terminal = Run(out), Terminal(as_json=as_json, quiet=quiet)
    progress = terminal.progress
    begin = functools.partial(flow.train, "digits", run, overwrite=True)
    todo: tuple[tuple[str, Callable[[], Said]], ...] = (
        ("train", lambda: stages.train(progress, begin, run, ("train", "digits", "--out", str(out)))),
        ("export", lambda: stages.export(progress, run)),
        ("simulate", lambda: stages.simulate(progress, run)),
        ("prove", lambda: stages.prove(progress, run)),
        ("synthesize", lambda: stages.synthesize(progress, run, board)),
    )
    for title, stage in todo:
        started = time.monotonic()
        said = stage()
        head = Text(f"{title:<10}", style="bold").append(f" {time.monotonic() - started:6.1f} s", style="dim")
        for line in said.lines:
            if isinstance(line, str):  # The table of area is left to the page.
                terminal.console.print(head.append(f"  {line}", style="not bold not dim"))
                head = Text(" " * 19)
        said.demand()
    report(out, as_json=as_json, quiet=quiet)


def report(run: RunFolder, as_json: Json = False, quiet: Quiet = False) -> None:
    """Print a summary and write one self-contained HTML page."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said, following = stages.report(terminal.progress, Run(run))
    terminal.tell(said, *following)
