"""Names beside the points of a plot, where they cover neither one another nor a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import copysign, cos, dist, pi, sin

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from ..picture import INK

_SIZE, _MARK, _GAP = 8, 4.5, 1.5
"""Points: of the letters, from the middle of a mark to its edge, and what is left free around a name."""
_ANGLES = [turn * pi / 8 for turn in (6, 5, 7, 4, 8, 2, 0, 14, 12, 10, 3, 9, 1, 15, 11, 13)]
"""Tried in this order: above to the left first, where nothing stands and no line runs if nothing beats the point."""
_RINGS = range(7, 160, 9)
"""Points from a mark to its name. Beyond the first ring a line joins them."""
_CROSSED = 6.0
"""Points of distance that it is worth not to cover a line of the plot."""


Piece = tuple[tuple[float, float], tuple[float, float]]
"""Two ends of a straight line, in pixels."""


def label(
    axes: Axes,
    places: Sequence[tuple[float, float]],
    names: Sequence[str],
    others: Sequence[tuple[float, float]] = (),
) -> int:
    """Write a name beside each of some points; points that touch share a list of names.

    The limits, the scale and the labels of the axes are as they will stay.

    Args:
        axes: with the points and their lines drawn.
        places: of the points, in the units of the data.
        names: of them.
        others: points without a name, which no name covers either.

    Returns:
        How many names are written: those that find no free place are left out.
    """
    figure = axes.figure
    figure.draw_without_rendering()  # type: ignore[union-attr]
    point = figure.dpi / 72
    everything = np.reshape([*places, *others], (-1, 2))
    marks = [(x, y) for x, y in axes.transData.transform(everything).tolist()]
    plot = _Plot(axes.get_window_extent(), [_around(mark, (_MARK * point, _MARK * point)) for mark in marks])
    plot.lines += [piece for line in axes.get_lines() for piece in _pieces(line)]
    written = 0
    for heap in _heaps(marks[: len(places)], 2 * _MARK * point):
        mark, place = marks[heap[0]], places[heap[0]]
        listed = "\n".join(names[index] for index in heap)
        text = axes.annotate(listed, place, (0, 0), textcoords="offset points", size=_SIZE, ha="center", va="center")
        extent = text.get_window_extent()
        found = plot.take(mark, (0.5 * extent.width + _GAP * point, 0.5 * extent.height + _GAP * point), point)
        if found is None:
            text.remove()
            continue
        (right, up), leader = found
        text.set(position=(right / point, up / point), multialignment="left" if right > 0 else "right")
        written += len(heap)
        if leader is not None:
            end = (leader[1][0] - mark[0]) / point, (leader[1][1] - mark[1]) / point
            arrow = {"arrowstyle": "-", "color": INK, "lw": 0.5, "shrinkA": 0, "shrinkB": 3}
            axes.annotate("", place, end, textcoords="offset points", arrowprops=arrow)
    return written


def _heaps(marks: Sequence[tuple[float, float]], near: float) -> list[list[int]]:
    """Indices of marks that touch, or hang together by others that do; from the left, in a heap from above."""
    heaps: list[list[int]] = []
    for index, mark in enumerate(marks):
        touching = [heap for heap in heaps if any(dist(mark, marks[other]) < near for other in heap)]
        heaps = [heap for heap in heaps if heap not in touching] + [[*(i for heap in touching for i in heap), index]]
    for heap in heaps:
        heap.sort(key=lambda index: (-marks[index][1], marks[index][0], index))
    return sorted(heaps, key=lambda heap: marks[heap[0]])


@dataclass
class _Plot:
    """What stands where, in pixels.

    Attributes:
        room: for names.
        taken: by marks and names.
        lines: of the plot, which a name had better not cover.
        leaders: from marks to their names, which no name covers.
    """

    room: Bbox
    taken: list[Bbox]
    lines: list[Piece] = field(default_factory=list)
    leaders: list[Piece] = field(default_factory=list)

    def take(
        self, mark: tuple[float, float], half: tuple[float, float], point: float
    ) -> tuple[tuple[float, float], Piece | None] | None:
        """Take the cheapest free place of a name: its middle from the mark, and a line to it if it is far.

        None if there is no free place.

        Args:
            mark: that has the name.
            half: width and height of the name, by two.
            point: in pixels.
        """
        best, least = None, float("inf")
        for number, ring in enumerate(_RINGS):
            if ring >= least:
                break
            for right, up in _directions(half, ring * point):
                box = _around((mark[0] + right, mark[1] + up), half)
                leader = (mark, _nearest(box, mark)) if number else None
                if self._free(box, leader):
                    cost = ring + _CROSSED * sum(_touches(box, line) for line in self.lines)
                    if cost < least:
                        best, least = (right, up, box, leader), cost
        if best is None:
            return None
        right, up, box, leader = best
        self.taken.append(box)
        self.leaders += [leader] if leader else []
        return (right, up), leader

    def _free(self, box: Bbox, leader: Piece | None) -> bool:
        room = self.room
        inside = room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1
        if not inside or any(box.overlaps(other) for other in self.taken):
            return False
        if any(_touches(box, other) for other in self.leaders):
            return False
        # A line may leave from a heap of marks, and runs through no name.
        return leader is None or not any(
            _touches(other, leader) for other in self.taken if not other.contains(*leader[0])
        )


def _directions(half: tuple[float, float], ring: float) -> Iterator[tuple[float, float]]:
    """Middles of a box whose nearest edge or corner is about so far from the origin."""
    for angle in _ANGLES:
        x, y = cos(angle), sin(angle)
        yield ring * x + half[0] * _sign(x), ring * y + half[1] * _sign(y)


def _sign(value: float) -> float:
    return 0.0 if abs(value) < 1e-9 else copysign(1.0, value)


def _around(middle: Sequence[float], half: tuple[float, float]) -> Bbox:
    (x, y), (width, height) = middle, half
    return Bbox([[x - width, y - height], [x + width, y + height]])


def _nearest(box: Bbox, mark: tuple[float, float]) -> tuple[float, float]:
    return min(max(mark[0], box.x0), box.x1), min(max(mark[1], box.y0), box.y1)


def _pieces(line: Line2D) -> Iterator[Piece]:
    """A line as it is drawn; nothing of marks alone."""
    if line.get_linestyle() == "None":
        return
    corners = line.get_transform().transform(line.get_xydata()).tolist()
    for before, after in pairwise(corners):
        corner = (after[0], before[1]) if line.get_drawstyle() == "steps-post" else before
        yield before, corner
        yield corner, after


def _touches(box: Bbox, piece: Piece) -> bool:
    """Whether a straight line runs through a box: it is cut off at each edge, and something is left."""
    (x, y), (right, up) = piece[0], (piece[1][0] - piece[0][0], piece[1][1] - piece[0][1])
    start, end = 0.0, 1.0
    for step, low, high in ((right, box.x0 - x, box.x1 - x), (up, box.y0 - y, box.y1 - y)):
        if step == 0:
            if low > 0 or high < 0:
                return False
            continue
        near, far = sorted((low / step, high / step))
        start, end = max(start, near), min(end, far)
    return start < end
