"""What several verbs have in common: arguments, options, and what an interrupt does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from gatewright.errors import GatewrightError


def board_names(incomplete: str) -> list[str]:
    """The boards and chips whose name begins so, for a shell that completes it."""
    from gatewright.boards import registry

    return [board.name for board in registry.all() if board.name.startswith(incomplete)]


def source_names(incomplete: str) -> list[str]:
    """The recipes and data sets whose name begins so, for a shell that completes it."""
    from gatewright.train.data import NAMED as DATA_SETS
    from gatewright.train.recipes.registry import NAMED as RECIPES

    return [name for name in dict.fromkeys((*RECIPES, *DATA_SETS)) if name.startswith(incomplete)]


def model_names(incomplete: str) -> list[str]:
    """The trained networks whose name begins so, for a shell that completes it."""
    from gatewright.models import registry

    return [name for name in registry.names() if name.startswith(incomplete)]


RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")]
BoardName = Annotated[
    str, typer.Option("--board", metavar="NAME", help="See `gatewright boards`.", autocompletion=board_names)
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="DATA|RECIPE|RUN",
        help="A data set (digits, mnist, ..., FILE.npz, FILE.csv), a recipe (its name, FILE.toml), or a run to repeat.",
        autocompletion=source_names,
    ),
]
Fmax = Annotated[
    float | None, typer.Option("--fmax", metavar="MHZ", min=0.001, help="Clock that the registers must reach.")
]
Latency = Annotated[int | None, typer.Option("--latency", metavar="N", min=1, help="Most cycles to a result.")]
Lanes = Annotated[
    int | None,
    typer.Option(
        "--lanes", metavar="N", min=0, help="Count serially, N bits in a cycle, class after class: small and slow."
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="COLUMN", help="The column of a CSV that holds the class.")
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="FOLDER", help="Where named data sets lie (or $GATEWRIGHT_DATA)."),
]

P = ParamSpec("P")


class Terminated(KeyboardInterrupt):
    """SIGTERM has come. It ends what is under way as Ctrl-C does, so that no program that was started stays behind."""


class InterruptError(GatewrightError):
    """The user pressed Ctrl-C, or the system asked to end; the sentence says how to go on.

    Attributes:
        status: of the process, 128 and the number of the signal.
    """

    def __init__(self, sentence: str, cause: KeyboardInterrupt) -> None:
        super().__init__(sentence)
        self.status = 143 if isinstance(cause, Terminated) else 130


def interruptible(verb: Callable[P, None]) -> Callable[P, None]:
    """A verb that ends with a sentence when it is interrupted."""

    @functools.wraps(verb)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
        except KeyboardInterrupt as cause:
            raise InterruptError(
                "Interrupted; what was there before is kept: run the same command again.", cause
            ) from None

    return wrapped
