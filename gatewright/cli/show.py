"""What people see: progress, results, and what to do next."""

from __future__ import annotations

import contextlib
import datetime
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gatewright.flow.say import Say
    from gatewright.train.progress import Progress

Stepped: TypeAlias = "Callable[[int, int], None]"
"""Told after each step: steps done, and steps of the whole run."""
QUIET_SECONDS = 5.0
"""Where nobody watches, progress is one line in this time."""
SURE = 0.02
"""Before so much is done, nobody knows the time left."""
_PLAIN_WIDTH = 160


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """The terminal. Text is printed as it is, so that a path may hold brackets.

    It is coloured where somebody looks at it, and not at all where ``NO_COLOR`` is set.
    """
    from rich.console import Console

    made = Console(quiet=quiet, stderr=stderr, highlight=False, markup=False, soft_wrap=True)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _PLAIN_WIDTH
    return made


@contextlib.contextmanager
def doing(console: Console, title: str) -> Iterator[Say]:
    """Show what is going on and the time left: a spinner on a terminal, a line now and then elsewhere."""
    pace = Pace()
    if not console.is_terminal:
        lines = Lines(console)
        yield lambda text, fraction: None if fraction == 1 else lines.say(f"{title}: {pace.told(text, fraction)}")
        return
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn("line"), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{title} ...", total=None)
        yield lambda text, fraction: bar.update(task, description=f"{title}: {pace.told(text, fraction)}")


@contextlib.contextmanager
def training(console: Console, title: str = "train") -> Iterator[tuple[Callable[[Progress], None], Stepped]]:
    """Show a training run: what to tell of each evaluation, and of each step.

    A progress bar with live numbers; a line now and then where nobody watches.
    """
    if not console.is_terminal:
        lines = Lines(console)
        yield lambda p: lines.say(f"{title}: step {p.step}/{p.steps}  {live(p)}"), lambda _step, _steps: None
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    count, numbers = TextColumn("{task.completed}/{task.total}"), TextColumn("{task.fields[live]}", markup=False)
    with Bar(TextColumn(title, markup=False), BarColumn(24), count, numbers, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None, live="")
        yield (
            lambda p: bar.update(task, total=p.steps, completed=p.step, live=live(p)),
            lambda step, steps: bar.update(task, total=steps, completed=step),
        )


def live(p: Progress) -> str:
    """The numbers of an evaluation on one line."""
    return (
        f"loss {p.loss:.3f}  accuracy {100 * p.accuracy:.2f} %  gap {100 * p.gap:+.2f}  unused {p.unused_gates:,}  "
        f"{_short(p.gates_per_second)} gates/s  {datetime.timedelta(seconds=round(p.seconds_left))} left"
    )


class Pace:
    """How far something is, and the time that is left at the speed that it has gone since it began."""

    def __init__(self) -> None:
        self._text, self._begun, self._first = "", 0.0, 0.0

    def told(self, text: str, fraction: float | None) -> str:
        """A line: what goes on, which fraction is done if that is known, and after a while the time left.

        Args:
            text: what goes on; another text begins anew.
            fraction: 0 to 1, of which all of this text is a part.
        """
        now = time.monotonic()
        if text != self._text:
            self._text, self._begun, self._first = text, now, fraction or 0.0
        if fraction is None:
            return text
        done, seconds = fraction - self._first, now - self._begun
        if done < SURE or seconds < QUIET_SECONDS:
            return f"{text} {fraction:.0%}"
        return f"{text} {fraction:.0%}, {datetime.timedelta(seconds=round(seconds * (1 - fraction) / done))} left"


class Lines:
    """Progress for a log: at most one line in some seconds.

    Attributes:
        console: where they go.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._last = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line, unless one was printed just before."""
        now = time.monotonic()
        if now - self._last >= QUIET_SECONDS:
            self._last = now
            self.console.print(text)


def hint(console: Console, *commands: str) -> None:
    """Say what to do next."""
    console.print("next: " + "\n      ".join(commands), style="dim")


def area(values: dict[str, Any]) -> Table:
    """LUTs, flip-flops and carries by part."""
    from rich.table import Table

    table = Table("part", box=None, pad_edge=False)
    for title in ("LUT", "FF", "carry"):
        table.add_column(title, justify="right")
    rows = [*values["parts"].items(), ("total", values["total"]), ("available", values["available"])]
    for part, cells in rows:
        table.add_row(
            part, *(str(cells[kind]) for kind in ("lut", "ff", "carry")), style="bold" if part == "total" else ""
        )
    return table


def pairs(rows: list[tuple[str, str]]) -> Table:
    """Titles beside what they are."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for title, text in rows:
        table.add_row(title, text)
    return table


def _short(number: float) -> str:
    """A number with three digits: 950, 12.3 k, 4.56 M, 7.89 G."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:#.3g}".rstrip(".") + unit
    return f"{number:.0f}"
