"""Where a verb speaks: to people, who read lines, or to a program, which reads one JSON value."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewright.errors import GatewrightError

from . import show

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result alone: no progress, no next step.")]


@dataclass(frozen=True)
class Said:
    """What came out of a stage.

    Attributes:
        lines: for people.
        failure: one sentence if the thing asked for does not hold.
        values: for programs: what the stage wrote as JSON.
    """

    lines: tuple[RenderableType, ...]
    failure: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    def tell(self, console: Console) -> None:
        """Print the lines.

        Raises:
            GatewrightError: if the thing asked for does not hold.
        """
        for line in self.lines:
            console.print(line)
        self.demand()

    def demand(self) -> None:
        """Raise the failure, if there is one."""
        if self.failure:
            raise GatewrightError(self.failure)


class Terminal:
    """The two streams of a verb. Of the processes that torchrun starts, the first one speaks.

    Attributes:
        json: whether a program reads the result from standard output; progress then goes to standard error.
        quiet: whether there is no progress and no next step.
        console: where results go that people read.
        progress: where progress goes.
    """

    def __init__(self, *, as_json: bool = False, quiet: bool = False) -> None:
        self.mute = os.environ.get("RANK", "0") != "0"
        self.json, self.quiet = as_json, quiet
        self.console = show.console(quiet=True) if as_json or self.mute else show.console()
        if quiet or self.mute:
            self.progress = show.console(quiet=True)
        else:
            self.progress = show.console(stderr=True) if as_json else self.console

    def tell(self, said: Said, *following: str) -> None:
        """Print what came out, and the commands that come next.

        Raises:
            GatewrightError: if the thing asked for does not hold; what came out is printed before.
        """
        if self.json and not self.mute:
            sys.stdout.write(json.dumps(said.values, indent=2) + "\n")
        said.tell(self.console)
        if following and not self.quiet:
            show.hint(self.console, *following)
