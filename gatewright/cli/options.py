"""What several verbs have in common: arguments, options, and what an interrupt does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from gatewright.errors import GatewrightError

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")]
BoardName = Annotated[str, typer.Option("--board", metavar="NAME", help="See `gatewright boards`.")]
Fmax = Annotated[
    float | None, typer.Option("--fmax", metavar="MHZ", min=0.001, help="Clock that the registers must reach.")
]
Latency = Annotated[int | None, typer.Option("--latency", metavar="N", min=1, help="Most cycles to a result.")]
Lanes = Annotated[
    int | None,
    typer.Option(
        "--lanes", metavar="N", min=0, help="Count serially, N bits of each class in a cycle: small and slow."
    ),
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="COLUMN", help="The column of a CSV that holds the class.")
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="FOLDER", help="Where named data sets lie (or $GATEWRIGHT_DATA)."),
]

SOURCES = "A data set (digits, mnist, ..., FILE.npz, FILE.csv), a recipe (its name, FILE.toml), or a run to repeat."

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
