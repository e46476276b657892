"""The samples that a network is fitted on, and those of them that a step takes, moved a little if they are images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer

from .data import Dataset

_CHUNK = 256
"""Samples that are encoded at once, so that what lies between raw features and bits stays in the cache."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Encoded samples, those of images once for each shift.

    Attributes:
        packed: (shifts, samples, bytes) uint8: the bits of a sample, the first in the lowest bit of the first byte.
        inputs: number of bits of a sample.
        labels: (samples,) int64.
    """

    packed: NDArray[np.uint8]
    inputs: int
    labels: Tensor

    @classmethod
    def of(cls, dataset: Dataset, encoder: Thermometer, rows: NDArray[np.intp], shift: int = 0) -> Samples:
        """Encode rows of the training split.

        Args:
            dataset: of which `check_shift` allows the shift.
            encoder: of its features.
            rows: (samples,) of the training split.
            shift: pixels by which an image is moved at most, up or down and left or right; what moves in is 0.
        """
        x = dataset.x_train
        packed = np.empty(((2 * shift + 1) ** 2, len(rows), -(-encoder.inputs // 8)), dtype=np.uint8)
        for start in range(0, len(rows), _CHUNK):
            some = x[rows[start : start + _CHUNK]]
            for index, moved in enumerate(_moved(some, dataset.image, shift)):
                packed[index, start : start + _CHUNK] = np.packbits(encoder(moved), axis=1, bitorder="little")
        return cls(packed, encoder.inputs, torch.from_numpy(dataset.y_train[rows].astype(np.int64)))

    def __len__(self) -> int:
        """Number of samples, however often each of them is moved."""
        return len(self.labels)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Bits (count, inputs) uint8 and labels (count,) of random samples, each moved by a shift of its own."""
        rows = torch.randint(len(self), (count,), generator=generator)
        shifts = len(self.packed)
        moves = torch.randint(shifts, (count,), generator=generator).numpy() if shifts > 1 else 0
        bits = np.unpackbits(self.packed[moves, rows.numpy()], axis=1, count=self.inputs, bitorder="little")
        return torch.from_numpy(bits), self.labels[rows]


def check_shift(shift: int, dataset: Dataset) -> None:
    """Demand that samples can be moved.

    Raises:
        GatewrightError: if they are no images, or nothing of an image could be left.
    """
    if shift and dataset.image is None:
        raise GatewrightError(
            f"The recipe's shift is {shift}, but {dataset.name} holds no images: set it to 0, or save them in a .npz "
            "file as (samples, height, width) or (samples, height, width, channels)."
        )
    if shift and dataset.image is not None and shift >= min(dataset.image[:2]):
        height, width, _ = dataset.image
        raise GatewrightError(
            f"The recipe's shift is {shift}, but the images of {dataset.name} have {height} x {width} pixels: "
            f"it must be below {min(height, width)}."
        )


def _moved(x: NDArray[np.generic], image: tuple[int, int, int] | None, shift: int) -> Iterator[NDArray[np.generic]]:
    """All ``(2 * shift + 1)**2`` ways to move images (samples, features), each of that shape again, row by row.

    The first moves them up and left as far as it goes, the next one pixel less to the left.
    """
    if image is None or not shift:
        yield x
        return
    height, width, channels = image
    frame = np.pad(x.reshape(len(x), *image), ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    for row in range(2 * shift, -1, -1):
        for column in range(2 * shift, -1, -1):
            yield frame[:, row : row + height, column : column + width].reshape(len(x), height * width * channels)
