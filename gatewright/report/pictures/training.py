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


def _gap(steps: list[float], lines: Sequence[Mapping[str, float]], train: Mapping[str, Any] | None) -> Picture:
    gaps = [100 * line["gap"] for line in lines]
    ends = [
        (100 * train[key], colour, title)
        for key, colour, title in (
            ("gap_sample", COLOURS[1], "noisy hard sample, test"),
            ("gap_mixture", COLOURS[3], "soft mixture, test"),
        )
        if train is not None and key in train
    ]
    with drawing(2.3) as (figure, axes):
        axes.axhline(0, color=INK, lw=0.8)
        shown = axes.plot(steps, gaps, color=COLOURS[0], lw=1, marker="." if len(steps) < 3 else "")
        for (gap, colour, _), marker in zip(ends, "o^", strict=False):
            shown += axes.plot([steps[-1]], [gap], marker, color=colour, ms=6, clip_on=False, zorder=5)
        axes.set_xlabel("step")
        axes.set_ylabel("gap, points")
        legend(figure, shown, ("validation", *(title for _, _, title in ends)))
        said = "".join(f"; {gap:+.2f} for the {title} split at the end" for gap, _, title in ends)
        alt = f"Discretization gap against the step: {gaps[-1]:+.2f} points at the end{said}."
    caption = "Discretization gap: accuracy in training mode minus that of the discrete network, on the same data."
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
