"""The verb that trains many recipes and keeps them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import show
from .options import DataDir, InterruptError, Source, Target
from .terminal import Json, Quiet, Said, Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from gatewright.train.sweep import Trial

SHOWN = 10
"""Trials in the table at the end."""


def sweep(
    source: Source,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to make; each trial is a run in it.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUES",
            help="A field of the recipe, as tau=0.5:2, batch=32:256:log, fan_in=2,4,6 or layers=500,1000x300.",
        ),
    ] = None,
    trials: Annotated[int, typer.Option(metavar="N", min=1, help="Recipes to try.")] = 20,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Train each so often; the mean counts.")] = 1,
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="Any storage of Optuna's; DIR/sweep.db otherwise.")
    ] = None,
    target: Target = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of the search, and first of the networks'.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Training steps of each.")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Try many recipes; the best on held-out data wins.

    The same command goes on with a sweep that was interrupted; started several times at once, it shares the work.
    """
    terminal = Terminal(as_json=as_json, quiet=quiet)

    def done(trial: Trial) -> None:
        terminal.progress.print(
            f"trial {trial.number + 1}: {_accuracy(trial.accuracy)}  {trial.why or _values(trial.kept)}"
        )

    try:
        from gatewright import flow

        values = flow.sweep(
            source,
            out,
            vary=vary or [],
            trials=trials,
            seeds=seeds,
            storage=storage,
            target=target,
            data_dir=data_dir,
            seed=seed,
            steps=steps,
            watch=lambda title: show.training(terminal.progress, title),
            done=done,
        )
    except KeyboardInterrupt as cause:
        raise InterruptError(
            "Interrupted; nothing is lost: start the same command again, and the sweep goes on, bit for bit.", cause
        ) from None
    table = _table(values["trials"], out)
    elsewhere = (f"{values['elsewhere']} trials are with other processes.",) if values["elsewhere"] else ()
    tested = values["accuracy_test"]
    best = () if tested is None else (f"test accuracy of the best {_accuracy(tested)}",)
    terminal.tell(Said((table, *best, *elsewhere), values=values), f"gatewright export {values['best']}")


def _table(trials: list[dict[str, Any]], out: Path) -> Table:
    """The best trials."""
    from rich.table import Table

    fields = list(trials[0]["kept"])
    table = Table("trial", "validation", *fields, "folder", box=None, pad_edge=False)
    for trial in trials[:SHOWN]:
        kept = [_value(trial["kept"][field]) for field in fields]
        table.add_row(str(trial["number"] + 1), _accuracy(trial["accuracy"]), *kept, f"{out}/{trial['folder']}")
    return table


def _accuracy(accuracy: float | None) -> str:
    return "no network" if accuracy is None else f"{100 * accuracy:.2f} %"


def _values(kept: dict[str, Any]) -> str:
    return "  ".join(f"{name}={_value(value)}" for name, value in kept.items())


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
