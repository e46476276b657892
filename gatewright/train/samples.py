"""The samples that a network is fitted on, and those of them that a step takes, moved a little if they are images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gatewright.graph.encoder import Thermometer

from .data import Dataset
from .moves import STILL, Moves

_CHUNK = 256
"""Samples that are encoded at once, so that what lies between raw features and bits stays in the cache."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Encoded samples, those of images once for each way to move them.

    Attributes:
        packed: (ways, samples, bytes) uint8: the bits of a sample, the first in the lowest bit of the first byte.
        inputs: number of bits of a sample.
        labels: (samples,) int64.
    """

    packed: NDArray[np.uint8]
    inputs: int
    labels: Tensor

    @classmethod
    def of(cls, dataset: Dataset, encoder: Thermometer, rows: NDArray[np.intp], moves: Moves = STILL) -> Samples:
        """Encode rows of the training split.

        Args:
            dataset: of which `Moves.check` allows the moves.
            encoder: of its features.
            rows: (samples,) of the training split.
            moves: the ways in which images are moved.
        """
        x = dataset.x_train
        packed = np.empty((len(moves), len(rows), -(-encoder.inputs // 8)), dtype=np.uint8)
        for start in range(0, len(rows), _CHUNK):
            some = x[rows[start : start + _CHUNK]]
            for index, moved in enumerate(moves.each(some, dataset.image)):
                packed[index, start : start + _CHUNK] = np.packbits(encoder(moved), axis=1, bitorder="little")
        return cls(packed, encoder.inputs, torch.from_numpy(dataset.y_train[rows].astype(np.int64)))

    def __len__(self) -> int:
        """Number of samples, however often each of them is moved."""
        return len(self.labels)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Bits (count, inputs) uint8 and labels (count,) of random samples, each moved in a way of its own."""
        rows = torch.randint(len(self), (count,), generator=generator)
        ways = len(self.packed)
        moved = torch.randint(ways, (count,), generator=generator).numpy() if ways > 1 else 0
        bits = np.unpackbits(self.packed[moved, rows.numpy()], axis=1, count=self.inputs, bitorder="little")
        return torch.from_numpy(bits), self.labels[rows]
