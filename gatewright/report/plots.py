"""Pictures of a run as SVG text, legible on light and on dark paper."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#7d8590"
COLOURS = ("#3b82f6", "#f59e0b", "#10b981", "#a855f7", "#ef4444", "#64748b")


def training_curve(metrics: Sequence[Mapping[str, float]]) -> str:
    """Discrete accuracy and loss against the step."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    left = figure.add_subplot()
    right = left.twinx()
    steps = [m["step"] for m in metrics]
    left.plot(steps, [100 * m["accuracy"] for m in metrics], color=COLOURS[0], label="discrete accuracy")
    left.plot(
        steps, [100 * (m["accuracy"] + m["gap"]) for m in metrics], color=COLOURS[2], lw=0.9, label="training mode"
    )
    right.plot(steps, [m["loss"] for m in metrics], color=COLOURS[1], lw=0.9, label="loss")
    left.set_xlabel("step")
    left.set_ylabel("validation accuracy, %")
    right.set_ylabel("loss")
    lines = [*left.get_lines(), *right.get_lines()]
    _legend(figure, lines, [str(line.get_label()) for line in lines])
    return _svg(figure, left, right)


def area_by_part(parts: Mapping[str, Mapping[str, int]]) -> str:
    """LUTs, flip-flops and carries of each part, as bars."""
    kinds = [
        (kind, colour, title)
        for kind, colour, title in (
            ("lut", COLOURS[0], "LUTs"),
            ("ff", COLOURS[2], "flip-flops"),
            ("carry", COLOURS[1], "carry"),
        )
        if any(cells[kind] for cells in parts.values())
    ]
    figure = Figure(figsize=(6.4, 0.8 + 0.2 * len(kinds) * len(parts)), layout="constrained")
    axes = figure.add_subplot()
    names = list(parts)[::-1]
    high = 0.8 / max(1, len(kinds))
    shown = []
    for index, (kind, colour, _) in enumerate(kinds):
        places = [i + high * ((len(kinds) - 1) / 2 - index) for i in range(len(names))]
        bars = axes.barh(places, [parts[name][kind] for name in names], height=0.9 * high, color=colour)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3, color=INK, fontsize=8)
        shown.append(bars)
    axes.set_yticks(range(len(names)), names)
    axes.margins(x=0.1)
    axes.spines["right"].set_visible(False)
    _legend(figure, shown, [title for _, _, title in kinds])
    return _svg(figure, axes)


def _legend(figure: Figure, handles: Sequence[Any], labels: list[str]) -> None:
    """Above the picture, where it covers nothing."""
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, labelcolor=INK)


def _svg(figure: Figure, *axes: Axes) -> str:
    for one in axes:
        one.patch.set_alpha(0)
        one.tick_params(colors=INK)
        one.xaxis.label.set_color(INK)
        one.yaxis.label.set_color(INK)
        one.spines["top"].set_visible(False)
        for spine in one.spines.values():
            spine.set_color(INK)
    figure.patch.set_alpha(0)
    buffer = io.StringIO()
    # Fixed identifiers and no date, so that the same run gives the same page.
    with rc_context({"svg.hashsalt": "gatewright", "svg.fonttype": "none", "font.size": 9}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
