"""Accuracy against area, and the runs that no other beats in both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matplotlib.ticker import NullFormatter

from ..picture import COLOURS, INK, Picture, drawing, legend, svg
from .labels import label

MOST_NAMES = 12
_LONGEST = 24


@dataclass(frozen=True)
class Point:
    """A run on a board.

    Attributes:
        run: its folder.
        board: name of the board; empty if none was built for.
        size: LUTs, or gates.
        accuracy: in percent.
    """

    run: str
    board: str
    size: int
    accuracy: float


def front(points: Iterable[Point]) -> list[Point]:
    """The points that no other beats: each more accurate than all that are not larger; by size, the smallest first."""
    best: list[Point] = []
    for point in sorted(points, key=lambda p: (p.size, -p.accuracy)):
        if not best or point.accuracy > best[-1].accuracy:
            best.append(point)
    return best


def pareto(
    points: Sequence[Point], unit: str, *, measure: str = "test accuracy", limit: float | None = None
) -> Picture:
    """One colour for each board; a line joins the runs on it that no other beats.

    Args:
        points: the runs.
        unit: of `Point.size`.
        measure: what `Point.accuracy` is.
        limit: of `Point.size`, if there was one.
    """
    if not points:
        return Picture("There is no plot: of no run both accuracy and area are known.")
    with drawing(3.4) as (figure, axes):
        handles, said = [], []
        boards = list(dict.fromkeys(point.board for point in points))
        for index, board in enumerate(boards):
            own = [point for point in points if point.board == board]
            best = front(own)
            colour = COLOURS[index % len(COLOURS)]
            rest = [point for point in own if point not in best]
            axes.plot([p.size for p in rest], [p.accuracy for p in rest], "o", mfc="none", mec=colour, ms=5)
            line = axes.plot(
                [p.size for p in best],
                [p.accuracy for p in best],
                "o-",
                color=colour,
                ms=5.5,
                lw=1,
                drawstyle="steps-post",
            )
            handles += line
            said.append(f"{board or 'gates'}: " + ", ".join(f"{p.run} {p.size:,}, {p.accuracy:.2f} %" for p in best))
        sizes = [point.size for point in points]
        if max(sizes) > 10 * max(1, min(sizes)) and min(sizes) > 0:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.margins(x=0.15)
        axes.set_ylim(*_limits([point.accuracy for point in points]))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.set_xlabel(unit)
        axes.set_ylabel(f"{measure}, %")
        if limit is not None:
            axes.axvline(limit, color=INK, lw=1, ls=":")
        if boards != [""]:
            legend(figure, handles, boards, columns=3)
        named = _named(points)
        short = names([point.run for point in points])
        places, others = ([(p.size, p.accuracy) for p in points if (p in named) == given] for given in (True, False))
        written = label(axes, places, [short[p.run] for p in points if p in named], others)
        title = measure.capitalize()
        counted = ", link and pins included where there are any" if boards != [""] else ""
        caption = (
            f"{title} against {unit}{counted}. A line joins the runs that no other beats: none is as small and more "
            "accurate."
        )
        if written < len(points):
            caption += f" {written:,} of {len(points):,} points have a name."
        if limit is not None:
            caption += f" The dotted line is the budget of {limit:,.0f}."
        return Picture(caption, svg(figure, f"{title} against {unit}. Not beaten: {'; '.join(said)}."))


def _limits(accuracies: Sequence[float]) -> tuple[float, float]:
    """Of the axis: with room around all points, half a percent at least, and little of it above 100 %."""
    low, high = min(accuracies), max(accuracies)
    room = max(0.5, 0.15 * (high - low))
    return low - room, min(high + room, 100 + 0.2 * room)


def _named(points: Sequence[Point]) -> list[Point]:
    """All points if they are few, else those of the fronts, the most accurate first."""
    if len(points) <= MOST_NAMES:
        return list(points)
    best = [one for board in {p.board: None for p in points} for one in front(p for p in points if p.board == board)]
    return sorted(best, key=lambda point: -point.accuracy)[:MOST_NAMES]


def names(runs: Iterable[str]) -> dict[str, str]:
    """For each folder so many of its last parts that it differs from all others; in the middle of a long name a dot."""
    given = {run: run.split("/") for run in runs}
    most = max(map(len, given.values()), default=1)
    for count in range(1, most + 1):
        found = {run: "/".join(parts[-count:]) for run, parts in given.items()}
        if len(set(found.values())) == len(given):
            break
    return {run: name if len(name) <= _LONGEST else f"{name[:11]}…{name[-12:]}" for run, name in found.items()}
