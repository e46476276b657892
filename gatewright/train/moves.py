"""How images are moved, so that a network does not learn them by heart: mirrored, turned, scaled and shifted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from .data import Dataset, no_images
from .recipes.recipe import Recipe

Image = tuple[int, int, int]
"""Height, width and channels."""


@dataclass(frozen=True)
class Moves:
    """The ways to move an image: each shift of it as it is, turned and scaled either way; and the same mirrored.

    Attributes:
        shift: pixels, at most, up or down and left or right.
        rotation: degrees by which an image is turned about its centre, in either direction; 0 for never.
        scaling: part by which it is enlarged about its centre, or a smaller one would have been; 0 for never.
        mirror: whether left and right are exchanged in half of the ways.
    """

    shift: int = 0
    rotation: float = 0.0
    scaling: float = 0.0
    mirror: bool = False

    @classmethod
    def of(cls, recipe: Recipe) -> Moves:
        """Those of a recipe."""
        return cls(recipe.shift, recipe.rotation, recipe.scaling, recipe.mirror)

    def __len__(self) -> int:
        """How many ways there are."""
        return (2 * self.shift + 1) ** 2 * len(self._maps()) * (1 + self.mirror)

    def check(self, dataset: Dataset) -> None:
        """Demand that samples can be moved.

        Raises:
            GatewrightError: if they are no images, or nothing of an image could be left.
        """
        for name, still in (("shift", "0"), ("rotation", "0"), ("scaling", "0"), ("mirror", "false")):
            if getattr(self, name) and dataset.image is None:
                raise no_images(f"{name} is {str(getattr(self, name)).lower()}", dataset.name, f"set it to {still}")
        if self.shift and dataset.image is not None and self.shift >= min(dataset.image[:2]):
            height, width, _ = dataset.image
            raise GatewrightError(
                f"The recipe's shift is {self.shift}, but the images of {dataset.name} have {height} x {width} pixels: "
                f"it must be below {min(height, width)}."
            )

    def each(self, x: NDArray[np.generic], image: Image | None) -> Iterator[NDArray[np.generic]]:
        """Images (samples, features) in every way, each of that shape and type again; what comes in is 0.

        As they are first, then turned one way and the other, then enlarged and shrunk; each of these moved up and left
        as far as it goes first, then one pixel less to the left, and so on, row by row. And all of it mirrored.
        """
        for seen in (x, _mirrored(x, image)) if self.mirror else (x,):
            for turned in self._maps():
                yield from _shifted(seen if turned is None else _mapped(seen, image, turned), image, self.shift)

    def _maps(self) -> list[NDArray[np.float64] | None]:
        """For each way but the shifts, the matrix from a place in the result to that in the image; None for neither."""
        angle, factor = math.radians(self.rotation), 1 + self.scaling
        turns = (-angle, angle) if angle else ()
        scales = (1 / factor, factor) if factor != 1 else ()
        turned = [np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]]) for t in turns]
        return [None, *turned, *(np.eye(2) * scale for scale in scales)]


STILL = Moves()
"""None but the image as it is."""


def _mirrored(x: NDArray[np.generic], image: Image | None) -> NDArray[np.generic]:
    """Images (samples, features), left and right of each exchanged."""
    return x if image is None else x.reshape(len(x), *image)[:, :, ::-1].reshape(x.shape)


def _mapped(x: NDArray[np.generic], image: Image | None, matrix: NDArray[np.float64]) -> NDArray[np.generic]:
    """Images (samples, features) each of whose pixels is interpolated bilinearly at another place of the image.

    That place is the matrix times row and column, counted from the centre. Whole numbers are rounded to the nearest.
    """
    if image is None:
        return x
    height, width, channels = image
    centre = np.array([[height - 1], [width - 1]]) / 2
    row, column = matrix @ (np.indices((height, width)).reshape(2, -1) - centre) + centre
    pixels = x.reshape(len(x), height * width, channels)
    found = np.zeros(pixels.shape)
    for down in (0, 1):
        for right in (0, 1):
            near_row, near_column = np.floor(row).astype(int) + down, np.floor(column).astype(int) + right
            share = (1 - np.abs(row - near_row)) * (1 - np.abs(column - near_column))
            inside = (near_row >= 0) & (near_row < height) & (near_column >= 0) & (near_column < width)
            from_pixel = near_row[inside] * width + near_column[inside]
            found[:, inside] += pixels[:, from_pixel] * share[inside, None]
    whole = np.rint(found) if x.dtype.kind in "biu" else found
    return whole.astype(x.dtype).reshape(x.shape)


def _shifted(x: NDArray[np.generic], image: Image | None, shift: int) -> Iterator[NDArray[np.generic]]:
    """All ``(2 * shift + 1)**2`` shifts of images (samples, features), each of that shape again."""
    if image is None or not shift:
        yield x
        return
    height, width, channels = image
    frame = np.pad(x.reshape(len(x), *image), ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    for row in range(2 * shift, -1, -1):
        for column in range(2 * shift, -1, -1):
            yield frame[:, row : row + height, column : column + width].reshape(len(x), height * width * channels)
