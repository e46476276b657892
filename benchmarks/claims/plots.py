"""Pictures of a study: accuracy and gap against steps, depth and temperature."""

from __future__ import annotations

import io
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gatewright.run import write_whole

from .table import METHODS, Result, grouped

COLOURS = {"softmax": "#64748b", "gumbel-soft": "#f59e0b", "gumbel": "#0f766e", "hard": "#a855f7"}
GAPS = {"gap_sample": "gap to the noisy sample", "gap_mixture": "gap to the mixture"}


def draw(results: Sequence[Result], folder: Path) -> None:
    """``curves``, ``gaps`` and ``temperature`` as SVG and PNG, as far as there are runs to show."""
    groups = grouped(results)
    if any(key[3] == 1 for key in groups):
        write(curves(results), folder / "curves")
        write(gaps(results), folder / "gaps")
    if any(key[3] != 1 for key in groups):
        write(temperature(results), folder / "temperature")


def curves(results: Sequence[Result]) -> Figure:
    """Held-out accuracy of the discrete network against the step, temperature 1, mean and range over seeds."""
    groups = {key[:3]: runs for key, runs in grouped(results).items() if key[3] == 1}
    panels = sorted({key[:2] for key in groups})
    figure = Figure(figsize=(1.2 + 2.6 * len(panels), 3.2), layout="constrained")
    axes = _row(figure, len(panels))
    for axis, (start, depth) in zip(axes, panels, strict=True):
        for method, label in METHODS.items():
            runs = groups.get((start, depth, method), [])
            if not runs:
                continue
            steps = [line["step"] for line in runs[0]["curve"]]
            values = [[100 * line["accuracy"] for line in run["curve"]] for run in runs]
            each = list(zip(*values, strict=True))
            axis.plot(steps, [statistics.mean(v) for v in each], color=COLOURS[method], label=label, lw=1.3)
            axis.fill_between(
                steps, [min(v) for v in each], [max(v) for v in each], color=COLOURS[method], alpha=0.15, lw=0
            )
        axis.set_title(f"{start} start, {depth} layers", fontsize=9)
        axis.set_xlabel("step")
    axes[0].set_ylabel("held-out accuracy, discrete, %")
    _legend(figure, axes)
    return figure


def gaps(results: Sequence[Result]) -> Figure:
    """Both gaps against the number of layers, temperature 1."""
    groups = {key[:3]: runs for key, runs in grouped(results).items() if key[3] == 1}
    starts = sorted({key[0] for key in groups})
    figure = Figure(figsize=(1.2 + 5.2 * len(starts), 3.2), layout="constrained")
    axes = _row(figure, 2 * len(starts), shared=False)
    panels = [(start, key, title) for start in starts for key, title in GAPS.items()]
    for axis, (start, key, title) in zip(axes, panels, strict=True):
        for method, label in METHODS.items():
            found = {place[1]: runs for place, runs in groups.items() if place[::2] == (start, method)}
            _points(axis, {depth: [100 * run[key] for run in runs] for depth, runs in found.items()}, method, label)
        axis.axhline(0, color="#94a3b8", lw=0.6)
        axis.set_xticks(sorted({depth for name, depth, _ in groups if name == start}))
        axis.set_xlabel("layers")
        axis.set_title(f"{start} start, {title}", fontsize=9)
    axes[0].set_ylabel("gap, points")
    _legend(figure, axes)
    return figure


def temperature(results: Sequence[Result]) -> Figure:
    """Accuracy and gaps of gumbel against its temperature, where most temperatures were tried."""
    groups = {key: runs for key, runs in grouped(results).items() if key[2] == "gumbel"}
    start, depth = max((key[:2] for key in groups), key=lambda place: sum(key[:2] == place for key in groups))
    chosen = {key[3]: runs for key, runs in groups.items() if key[:2] == (start, depth)}
    figure = Figure(figsize=(8, 3), layout="constrained")
    axes = _row(figure, 3, shared=False)
    for axis, (key, title) in zip(axes, {"accuracy": "discrete accuracy, %", **GAPS}.items(), strict=True):
        _points(axis, {tau: [100 * run[key] for run in runs] for tau, runs in chosen.items()}, "gumbel", title)
        axis.set_title(title, fontsize=9)
        axis.set_xscale("log")
        axis.set_xticks(list(chosen), [f"{tau:g}" for tau in chosen])
        axis.minorticks_off()
        axis.set_xlabel("temperature")
    figure.suptitle(f"gumbel, {start} start, {depth} layers", fontsize=10)
    return figure


def _points(axis: Axes, values: Mapping[float, Sequence[float]], method: str, label: str) -> None:
    """A line through the means, and a mark for each seed."""
    means = [statistics.mean(each) for each in values.values()]
    axis.plot(list(values), means, "o-", color=COLOURS[method], label=label, lw=1.2, ms=4)
    places, each = [at for at, found in values.items() for _ in found], [y for found in values.values() for y in found]
    axis.plot(places, each, "_", color=COLOURS[method], ms=7)


def _legend(figure: Figure, axes: list[Axes]) -> None:
    """Each method once, though not every panel may have it."""
    lines = {str(line.get_label()): line for axis in axes for line in axis.get_legend_handles_labels()[0]}
    names = [name for name in METHODS.values() if name in lines]
    figure.legend([lines[name] for name in names], names, loc="outside lower center", ncols=4, frameon=False)


def _row(figure: Figure, count: int, shared: bool = True) -> list[Axes]:
    axes = list(figure.subplots(1, count, sharey=shared, squeeze=False)[0])
    for axis in axes:
        axis.grid(alpha=0.25)
        axis.tick_params(labelsize=8)
    return axes


def write(figure: Figure, path: Path) -> None:
    """As ``path.svg`` and ``path.png``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for kind in ("svg", "png"):
        buffer = io.BytesIO()
        with rc_context({"svg.hashsalt": "gatewright", "svg.fonttype": "none", "font.size": 9}):
            figure.savefig(buffer, format=kind, dpi=110, metadata={"Date": None} if kind == "svg" else None)
        write_whole(path.with_suffix(f".{kind}"), buffer.getvalue())
