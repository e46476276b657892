"""Where on the input the network looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph

from .. import image
from ..cone import Readers, readers
from ..picture import COLOURS, Picture, bare, drawing, svg
from ..source import Source

MOST_BARS = 24
MOST_CLASSES = 20


def features(graph: GateGraph, source: Source) -> Picture:
    """How much of the network depends on each feature: over the pixels of an image, as bars otherwise."""
    counted, names = readers(graph, source), source.encoder.feature_names
    shape = image.shape(names)
    return _bars(names, counted) if shape is None else _maps(graph, counted, shape)


def _maps(graph: GateGraph, counted: Readers, shape: image.Shape) -> Picture:
    whole = _map(counted.gates, shape)
    unread = int((counted.gates == 0).sum())
    top = int(counted.gates.max(initial=0))
    alt = f"Heat-map of {shape[0]} by {shape[1]} pixels: {unread} are read by nothing, one by {top:,} gates."
    first = '<figure class="first">{}<figcaption>all gates: 0 to {:,}</figcaption></figure>'
    highest = max(1.0, whole.max())
    parts = [Markup(first).format(image.heat(whole / highest, alt), int(whole.max()))]  # noqa: S704 - constant
    if graph.classes <= MOST_CLASSES:
        # One scale for all classes, so that they can be compared.
        maps = [_map(votes, shape) for votes in counted.votes]
        highest = max(1.0, *(one.max() for one in maps))
        for name, one in zip(graph.class_names, maps, strict=True):
            alt = f"The same for the votes of class {name}: at most {int(one.max()):,} depend on one pixel."
            parts.append(
                Markup("<figure>{}<figcaption>{}: to {:,}</figcaption></figure>").format(
                    image.heat(one / highest, alt), name, int(one.max())
                )
            )
    caption = (
        f"Gates that depend on each pixel, straight or through other gates; {unread:,} of {len(counted.gates):,} "
        f"pixels are read by nothing."
    )
    if graph.classes <= MOST_CLASSES:
        caption += " Then for each class: of the nets that it counts, how many depend on the pixel."
    if shape[2] > 1:
        caption += " The channels of a pixel are added up."
    return Picture(caption, Markup('<div class="maps">{}</div>').format(Markup("").join(parts)))


def _map(counts: NDArray[np.int64], shape: image.Shape) -> NDArray[np.floating]:
    return np.asarray(counts.reshape(shape).sum(axis=2), dtype=np.float64)


def _bars(names: Sequence[str], counted: Readers) -> Picture:
    order = np.argsort(-counted.gates, kind="stable")[:MOST_BARS]
    with drawing(0.7 + 0.2 * len(order)) as (figure, axes):
        places = np.arange(len(order))[::-1]
        drawn = axes.barh(places, counted.gates[order], height=0.75, color=COLOURS[0])
        axes.bar_label(drawn, fmt="{:,.0f}", padding=3, fontsize=8)
        axes.set_yticks(places, [_short(names[index]) for index in order])
        axes.set_xlabel("gates that depend on it")
        axes.margins(x=0.12)
        bare(axes)
        listed = ", ".join(f"{names[index]} {counted.gates[index]:,}" for index in order)
        caption = "Gates that depend on each feature, straight or through other gates."
        if len(names) > len(order):
            caption += f" The {len(order)} of {len(names):,} features that most depend on."
        unread = int((counted.gates == 0).sum())
        if unread:
            caption += f" {unread:,} features are read by no gate."
        return Picture(caption, svg(figure, f"Gates that depend on each feature: {listed}."))


def _short(name: str) -> str:
    return name if len(name) <= 22 else f"{name[:20]}…"
