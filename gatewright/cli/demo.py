"""The whole flow in one go, and the page that tells about it."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewright.errors import GatewrightError
from gatewright.run import Run

from . import stages
from .options import BoardName, DataDir, RunFolder, model_names
from .terminal import Json, Quiet, Said, Terminal

if TYPE_CHECKING:
    from rich.console import Console

Stages = tuple[tuple[str, Callable[[], Said]], ...]
"""What each is called, and what runs it."""


def demo(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="RUN",
            help="The run folder; what is in it is replaced. runs/digits or runs/MODEL otherwise.",
        ),
    ] = None,
    board: BoardName = "icebreaker",
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="Take this trained network, such as mnist, and train nothing.",
            autocompletion=model_names,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train on real digits, prove, build a bitstream: all in one go."""
    from rich.text import Text

    from gatewright.boards import registry

    registry.get(board)
    terminal = Terminal(as_json=as_json, quiet=quiet)
    run = Run(out or Path("runs") / (model or "digits"))
    if model is not None:
        todo = _loaded(terminal.progress, run, board, model, data_dir)
    elif data_dir is None:
        todo = _trained(terminal.progress, run, board)
    else:
        raise GatewrightError("--data-dir is for a model's test split, and digits need none: add --model NAME.")
    for title, stage in todo:
        started = time.monotonic()
        said = stage()
        head = Text(f"{title:<10}", style="bold").append(f" {time.monotonic() - started:6.1f} s", style="dim")
        for line in said.lines:
            if isinstance(line, str):  # The table of area is left to the page.
                terminal.console.print(head.append(f"  {line}", style="not bold not dim"))
                head = Text(" " * 19)
        said.demand()
    report(run.path, as_json=as_json, quiet=quiet)


def _trained(progress: Console, run: Run, board: str) -> Stages:
    """The stages of a network that is trained on digits."""
    from gatewright import flow

    begin = functools.partial(flow.train, "digits", run, overwrite=True)
    return (
        ("train", lambda: stages.train(progress, begin, run, ("train", "digits", "--out", str(run.path)))),
        ("export", lambda: stages.export(progress, run)),
        *_checked(progress, run, board),
    )


def _loaded(progress: Console, run: Run, board: str, name: str, data_dir: Path | None) -> Stages:
    """The stages of a network that comes with the package, exported and built as it asks for."""
    from gatewright.boards import registry as boards
    from gatewright.models import registry

    options = registry.get(name).options
    # No clock is asked for that the board's own is faster than.
    fmax = max(options.fmax_mhz, boards.get(board).planned_mhz)

    def export() -> Said:
        lanes, bare = options.lanes or None, options.without_encoder
        return stages.export(progress, run, board=board, fmax=fmax, lanes=lanes, without_encoder=bare)

    return (
        ("model", lambda: stages.model(progress, run, name, data_dir)),
        ("export", export),
        *_checked(progress, run, board, selftest=options.selftest),
    )


def _checked(progress: Console, run: Run, board: str, *, selftest: bool = True) -> Stages:
    """The stages behind the export."""
    return (
        ("simulate", lambda: stages.simulate(progress, run)),
        ("prove", lambda: stages.prove(progress, run)),
        ("synthesize", lambda: stages.synthesize(progress, run, board, selftest=selftest)),
    )


def report(run: RunFolder, as_json: Json = False, quiet: Quiet = False) -> None:
    """Print a summary and write one self-contained HTML page."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said, following = stages.report(terminal.progress, Run(run))
    terminal.tell(said, *following)
