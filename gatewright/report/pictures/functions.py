"""What the gates compute: before training, after it, and after the passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import levels, runs
from gatewright.graph.table import NAMES

from ..kinds import KINDS, kinds
from ..picture import COLOURS, Picture, bare, drawing, legend, svg

MOST_ROWS = 10
"""Layers or levels that are shown one by one; what is deeper is one row."""
_STAGES = {"before training": COLOURS[7], "trained": COLOURS[0], "optimised": COLOURS[1]}
_SHADES = (COLOURS[7], COLOURS[6], COLOURS[0], COLOURS[1], COLOURS[2], COLOURS[5], COLOURS[3], COLOURS[4])


@dataclass(frozen=True)
class _Row:
    """Gates of one layer: a title, and how many of each kind."""

    title: str
    counts: NDArray[np.intp]


def functions(initial: GateGraph | None, learned: GateGraph | None, optimised: GateGraph) -> tuple[Picture, ...]:
    """Gates by kind in each layer; and by function, where all gates have two operands.

    Args:
        initial: the network before the first step, if it is known.
        learned: the network as it was learned, if it is known.
        optimised: the network after the passes.
    """
    stages = [("before training", initial), ("trained", learned)]
    rows = [row for title, graph in stages if graph is not None for row in _rows(title, "layer", graph, _layers(graph))]
    depth = levels(optimised)[optimised.first_gate :]
    rows += _rows("optimised", "level", optimised, depth)
    pictures = [_by_layer(rows, before=initial is not None)]
    shown = [
        (title, graph) for title, graph in [*stages, ("optimised", optimised)] if graph is not None and graph.gates
    ]
    widest = max((int(graph.fan_in.max()) for _, graph in shown), default=0)
    if widest:
        pictures.append(_by_name(shown) if widest <= 2 else _by_ones(shown, widest))
    return tuple(pictures)


def _layers(graph: GateGraph) -> NDArray[np.intp]:
    """For each gate its layer, from 1: a learned network has its layers one after another."""
    layer = np.zeros(graph.gates, dtype=np.intp)
    for number, run in enumerate(runs(graph), 1):
        layer[run] = number
    return layer


def _rows(stage: str, word: str, graph: GateGraph, layer: NDArray[np.integer]) -> list[_Row]:
    if not graph.gates:
        return [_Row(f"{stage}: no gates", np.zeros(len(KINDS), dtype=np.intp))]
    kind, last = kinds(graph), int(layer.max())
    shown = np.minimum(layer, MOST_ROWS)
    rows = []
    for number in range(1, min(last, MOST_ROWS) + 1):
        deeper = " and on" if number == MOST_ROWS < last else ""
        counts = np.bincount(kind[shown == number], minlength=len(KINDS))
        rows.append(_Row(f"{stage}, {word} {number}{deeper}", counts))
    return rows


def _by_layer(rows: Sequence[_Row], *, before: bool) -> Picture:
    present = [index for index in range(len(KINDS)) if any(row.counts[index] for row in rows)]
    with drawing(0.75 + 0.22 * len(rows)) as (figure, axes):
        handles = []
        places = np.arange(len(rows))[::-1]
        left = np.zeros(len(rows))
        for index in present:
            share = np.array([100 * row.counts[index] / max(1, row.counts.sum()) for row in rows])
            handles.append(axes.barh(places, share, left=left, height=0.8, color=_SHADES[index]))
            left += share
        for place, row in zip(places, rows, strict=True):
            axes.text(101, place, f"{row.counts.sum():,}", va="center", fontsize=8)
        axes.set_yticks(places, [row.title for row in rows])
        axes.set_xlim(0, 100)
        axes.set_xlabel("gates, %")
        bare(axes)
        legend(figure, handles, [KINDS[index] for index in present], columns=4)
        said = "; ".join(f"{row.title}: {_listed(row)}" for row in rows)
        alt = f"Gates by kind, layer by layer. {said}."
        caption = "What the gates compute, by the operands that matter and up to complements; on the right, how many."
        if not before:
            caption += (
                " The network before training is not shown: this run does not hold the recipe that it follows from."
            )
        return Picture(caption, svg(figure, alt))


def _listed(row: _Row) -> str:
    return ", ".join(f"{count:,} {KINDS[index]}" for index, count in enumerate(row.counts) if count) or "none"


def _by_name(stages: Sequence[tuple[str, GateGraph]]) -> Picture:
    shown = [(title, _named(graph)) for title, graph in stages]
    with drawing(3.6) as (figure, axes):
        high = 0.84 / len(shown)
        places = np.arange(len(NAMES))[::-1]
        handles = []
        for number, (title, counts) in enumerate(shown):
            offset = high * ((len(shown) - 1) / 2 - number)
            handles.append(axes.barh(places + offset, counts, height=high, color=_STAGES[title]))
        axes.set_yticks(places, [name.replace("_", " ") for name in NAMES])
        axes.set_xlabel("gates")
        axes.set_ylim(-0.6, len(NAMES) - 0.4)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        bare(axes)
        legend(figure, handles, [title for title, _ in shown])
        said = "; ".join(
            f"{title}: {', '.join(f'{count:,} {name}' for name, count in zip(NAMES, counts, strict=True) if count)}"
            for title, counts in shown
        )
        caption = "The sixteen functions of two operands a and b. The passes move complements into the readers."
        return Picture(caption, svg(figure, f"Gates by function. {said}."))


def _by_ones(stages: Sequence[tuple[str, GateGraph]], widest: int) -> Picture:
    patterns = 1 << widest
    with drawing(2.6) as (figure, axes):
        handles, said = [], []
        for title, graph in stages:
            tables = graph.tables[graph.fan_in == widest]
            if not len(tables):
                continue
            ones = np.unpackbits(tables.view(np.uint8).reshape(-1, 8), axis=1).sum(axis=1, dtype=np.int64)
            share = 100 * np.bincount(ones, minlength=patterns + 1) / len(tables)
            handles += axes.plot(np.arange(patterns + 1), share, color=_STAGES[title], marker=".", ms=4, lw=1.2)
            said.append((title, float(ones.mean())))
        axes.set_xlabel(f"patterns of {patterns} that a table answers with 1")
        axes.set_ylabel("gates, %")
        axes.set_ylim(bottom=0)
        legend(figure, handles, [title for title, _ in said])
        means = ", ".join(f"{title} {mean:.1f}" for title, mean in said)
        caption = (
            f"How often the tables of {widest} operands say 1. In the middle are those that are as often 1 as 0, at "
            "the ends those that tell few patterns from all others."
        )
        return Picture(
            caption, svg(figure, f"Patterns of {patterns} that a table answers with 1, in the mean: {means}.")
        )


def _named(graph: GateGraph) -> NDArray[np.intp]:
    """How many gates have each of the sixteen functions; a gate of one operand reads it as b."""
    tables = np.where(graph.fan_in == 1, graph.tables | graph.tables << np.uint64(2), graph.tables)
    return np.bincount(tables.astype(np.int64), minlength=len(NAMES))
