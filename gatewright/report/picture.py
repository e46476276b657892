"""A picture on a page, and how Matplotlib's figures become one that follows the colours of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 4.6
"""Inches of a figure: a phone shows it at four fifths of its size, where its letters can still be read."""
INK, LINE = "#656d76", "#d8dee4"
COLOURS = ("#2f6fde", "#d97706", "#12966a", "#9d4edd", "#d6336c", "#0f8b9d", "#7c6f57", "#8b95a1")
"""Each stands for a variable of the style sheet, which has another value on dark paper."""

_VARIABLES = {INK: "--soft", LINE: "--line"} | {colour: f"--c{index}" for index, colour in enumerate(COLOURS)}
_STYLE: dict[Any, Any] = {
    # Text stays text, so that it can be searched and read aloud.
    "svg.fonttype": "none",
    # A dollar in a name is a dollar.
    "text.parse_math": False,
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Picture:
    """A picture, or why there is none.

    Attributes:
        caption: what it shows, and how to read it; or one sentence that says why it is not there.
        markup: HTML that holds its own text for those who cannot see it; None if there is no picture.
    """

    caption: str
    markup: Markup | None = None


@contextmanager
def drawing(height: float, rows: int = 1, columns: int = 1, **given: Any) -> Iterator[tuple[Figure, Any]]:
    """A figure of `WIDTH` by ``height`` inches in the style of the page, and its axes, as ``Figure.subplots`` gives."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        yield figure, figure.subplots(rows, columns, **given)


def svg(figure: Figure, alt: str) -> Markup:
    """A figure as SVG inside the page. The same figure gives the same text."""
    buffer = io.StringIO()
    # No date. The salt keeps the names in one picture apart from those in another.
    with rc_context({**_STYLE, "svg.hashsalt": alt}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = buffer.getvalue()
    # What it says about itself, and its style, which would hold for the whole page. No text of ours holds a "<" here.
    text = re.sub(r"<(metadata|style).*?</\1>\s*|<!--.*?-->\s*", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', "<g", text)
    text = re.sub(r"(style=\"font: [\d.]+px)[^;\"<]*", r"\1 system-ui, sans-serif", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    head = Markup('<svg role="img" aria-label="{}" class="plot"').format(alt)
    return Markup(text.replace("<svg", head, 1))  # noqa: S704 - Matplotlib has escaped its texts.


def standalone(picture: Picture) -> str:
    """A picture as a file of its own, in the colours of light paper; ``""`` if there is none."""
    if picture.markup is None:
        return ""
    text = str(picture.markup)
    for colour, variable in _VARIABLES.items():
        text = text.replace(f"var({variable})", colour)
    return text


def legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str], columns: int = 0) -> None:
    """Above the picture, where it covers nothing."""
    if handles:
        figure.legend(
            handles, list(labels), loc="outside upper left", ncols=columns or len(labels), handlelength=1.2,
            columnspacing=1.2,
        )  # fmt: skip


def bare(axes: Axes, grid: str = "x") -> None:
    """Bars need lines along one axis alone."""
    axes.grid(visible=False)
    axes.grid(visible=True, axis=grid)  # type: ignore[arg-type]
    axes.tick_params(length=0)
