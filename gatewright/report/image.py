"""Features that are the pixels of an image, and images inside the page."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from math import isqrt

import numpy as np
from markupsafe import Markup
from matplotlib.image import imsave
from numpy.typing import NDArray

SMALLEST = 7
"""Side of the smallest square that numbered features are taken for: 49 columns of a table are rarely just numbered."""

Shape = tuple[int, int, int]
"""Height, width and channels."""


def shape(names: Sequence[str]) -> Shape | None:
    """The image whose pixels features are, row by row, by their names; None if they are none.

    Either the names end in row and column, from 0 and without a gap, as ``pixel_3_4``; or they are numbered, as
    ``x0``, ``x1`` and so on, and fill a square of one or three channels.
    """
    places = [re.fullmatch(r"(.*?)_?(\d+)_(\d+)", name) for name in names]
    found = [(int(place[2]), int(place[3])) for place in places if place is not None]
    if len(found) == len(names) > 1:
        height, width = (1 + max(numbers) for numbers in zip(*found, strict=True))
        if min(height, width) > 1 and found == [(row, column) for row in range(height) for column in range(width)]:
            return height, width, 1
    if any(re.fullmatch(rf"\D*{index}", name) is None for index, name in enumerate(names)):
        return None
    for channels in (1, 3):
        side = isqrt(len(names) // channels)
        if side >= SMALLEST and side * side * channels == len(names):
            return side, side, channels
    return None


def grey(values: NDArray[np.floating], alt: str) -> Markup:
    """An image: (height, width) or (height, width, 3), 0 to 1."""
    levels = np.clip(values, 0, 1)
    colours = levels if levels.ndim == 3 else np.repeat(levels[:, :, None], 3, axis=2)
    return _png(np.concatenate([colours, np.ones((*colours.shape[:2], 1))], axis=2), alt, "")


def heat(values: NDArray[np.floating], alt: str) -> Markup:
    """A heat-map of (height, width), 0 to 1: the higher, the less of the paper shows through."""
    levels = np.clip(values, 0, 1)
    colour = np.broadcast_to(np.array([0.18, 0.44, 0.87]), (*levels.shape, 3))
    return _png(np.concatenate([colour, levels[:, :, None]], axis=2), alt, "heat")


def _png(pixels: NDArray[np.floating], alt: str, kind: str) -> Markup:
    buffer = io.BytesIO()
    imsave(buffer, np.round(255 * pixels).astype(np.uint8), format="png")
    data = base64.b64encode(buffer.getvalue()).decode()
    height, width = pixels.shape[:2]
    return Markup('<img class="pixels {}" width="{}" height="{}" alt="{}" src="data:image/png;base64,{}">').format(
        kind, width, height, alt, data
    )
