"""Training: loss, accuracy, gap and undecided gates against the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.ticker import LogLocator, NullLocator

from ..picture import COLOURS, INK, Picture, drawing, legend, svg


def training(lines: Sequence[Mapping[str, float]], train: Mapping[str, Any] | None) -> tuple[Picture, ...]:
    """Pictures of loss, accuracy, gap, and gates that are undecided.

    Args:
        lines: of ``metrics.jsonl``, in order.
        train: of ``train.json``, for the gaps at the end; None if it is not known.
    """
    if not lines:
        return (Picture("There are no training curves: metrics.jsonl is absent or holds no evaluation."),)
    steps = [line["step"] for line in lines]
    return _loss(steps, lines), _accuracy(steps, lines), _gap(steps, lines, train), _undecided(steps, lines)


def _loss(steps: list[float], lines: Sequence[Mapping[str, float]]) -> Picture:
    losses = [line["loss"] for line in lines]
    with drawing(2.3) as (figure, axes):
        axes.plot(steps, losses, color=COLOURS[1], marker="." if len(steps) < 3 else "")
        axes.set_xlabel("step")
        axes.set_ylabel("loss")
        if min(losses) > 0 and max(losses) > 20 * min(losses):
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.yaxis.set_minor_locator(NullLocator())
        alt = f"Loss against the step: {losses[0]:.3g} at step {steps[0]:,}, {losses[-1]:.3g} at step {steps[-1]:,}."
        return Picture("Loss, the mean over the steps since the last evaluation.", svg(figure, alt))


def _accuracy(steps: list[float], lines: Sequence[Mapping[str, float]]) -> Picture:
    discrete = [100 * line["accuracy"] for line in lines]
    trained = [100 * (line["accuracy"] + line["gap"]) for line in lines]
    with drawing(2.3) as (figure, axes):
        shown = [
            *axes.plot(steps, trained, color=COLOURS[2], lw=1, marker="." if len(steps) < 3 else ""),
            *axes.plot(steps, discrete, color=COLOURS[0], marker="." if len(steps) < 3 else ""),
        ]
        # The climb from nothing says little, and would flatten what comes after it.
        low, high = sorted(discrete)[len(discrete) // 10], max(*discrete, *trained)
        axes.set_ylim(max(0.0, low - 0.3 * (high - low) - 1), min(100.5, high + 1))
        axes.set_xlabel("step")
        axes.set_ylabel("validation accuracy, %")
        legend(figure, shown[::-1], ("discrete network", "training mode"))
        alt = f"Validation accuracy, discrete: {discrete[-1]:.2f} % at the end, {max(discrete):.2f} % at best."
        return Picture(
            "Accuracy on held-out samples, with the network as it trains and as it is deployed.", svg(figure, alt)
        )


_MODES = (
    ("gap_sample", COLOURS[1], "noisy hard sample", "o"),
    ("gap_mixture", COLOURS[3], "soft mixture", "^"),
)
"""The two ways to measure a gap: key, colour, title and mark."""


def _gap(steps: list[float], lines: Sequence[Mapping[str, float]], train: Mapping[str, Any] | None) -> Picture:
    """Both gaps against the step; the one in training mode where the lines do not tell both, or it is neither."""
    curves = [
        (title, colour, [100 * line[key] for line in lines])
        for key, colour, title, _ in _MODES
        if all(key in line for line in lines)
    ]
    own = [100 * line["gap"] for line in lines]
    if own not in [gaps for _, _, gaps in curves]:
        curves.insert(0, ("training mode", COLOURS[0], own))
    tested = train is not None and train.get("split", "test") == "test"
    ends = [mode for mode in _MODES if train is not None and tested and mode[0] in train]
    with drawing(2.3) as (figure, axes):
        axes.axhline(0, color=INK, lw=0.8)
        shown, titles, said = [], [], []
        for title, colour, gaps in curves:
            shown += axes.plot(steps, gaps, color=colour, lw=1, marker="." if len(steps) < 3 else "")
            titles.append(f"{title}, validation")
            said.append(f"{gaps[-1]:+.2f} points at the end for the {title} on the validation split")
        for key, colour, title, marker in ends:
            gap = 100 * train[key] if train is not None else 0.0
            shown += axes.plot([steps[-1]], [gap], marker, color=colour, ms=6, clip_on=False, zorder=5)
            titles.append(f"{title}, test")
            said.append(f"{gap:+.2f} for the {title} on the test split")
        axes.set_xlabel("step")
        axes.set_ylabel("gap, points")
        legend(figure, shown, titles, columns=2)
        alt = f"Discretization gap against the step: {'; '.join(said)}."
    caption = "Discretization gap: accuracy in training mode minus that of the discrete network, on the same data."
    if len(curves) > 1:
        caption = (
            "Both discretization gaps: accuracy by a noisy hard sample, and by the soft mixture without noise, minus "
            "that of the discrete network, on the same data."
        )
    if ends:
        caption += " The marks are the two gaps of the network that was kept, on the test split."
    return Picture(caption, svg(figure, alt))


def _undecided(steps: list[float], lines: Sequence[Mapping[str, float]]) -> Picture:
    counts = [line["unused_gates"] for line in lines if "unused_gates" in line]
    if len(counts) < len(lines):
        return Picture("How many gates were undecided is not told by metrics.jsonl.")
    with drawing(2.3) as (figure, axes):
        axes.plot(steps, counts, color=COLOURS[3], marker="." if len(steps) < 3 else "")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("step")
        axes.set_ylabel("undecided gates")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        alt = f"Undecided gates against the step: {counts[0]:,} at step {steps[0]:,}, {counts[-1]:,} at the end."
    caption = "Gates whose distribution over functions has more entropy than the lowest 5 % had before training."
    return Picture(caption, svg(figure, alt))
