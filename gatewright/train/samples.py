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
from .teacher import Teacher

_CHUNK = 256
"""Samples that are encoded at once, so that what lies between raw features and bits stays in the cache."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Encoded samples, those of images once for each way to move them.

    Attributes:
        packed: (ways, samples, bytes) uint8: the bits of a sample, the first in the lowest bit of the first byte.
        inputs: number of bits of a sample.
        labels: (samples,) int64.
        teacher: whose opinion of a sample counts beside its label; None for no one's.
        scores: (ways, samples, classes): the teacher's of each moved sample; None without one.
    """

    packed: NDArray[np.uint8]
    inputs: int
    labels: Tensor
    teacher: Teacher | None = None
    scores: NDArray[np.generic] | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        encoder: Thermometer,
        rows: NDArray[np.intp],
        moves: Moves = STILL,
        teacher: Teacher | None = None,
    ) -> Samples:
        """Encode rows of the training split.

        Args:
            dataset: of which `Moves.check` allows the moves.
            encoder: of its features.
            rows: (samples,) of the training split.
            moves: the ways in which images are moved.
            teacher: who is asked about each of them.
        """
        x = dataset.x_train
        opinions: list[list[NDArray[np.generic]]] = [[] for _ in range(len(moves))]
        packed = np.empty((len(moves), len(rows), -(-encoder.inputs // 8)), dtype=np.uint8)
        for start in range(0, len(rows), _CHUNK):
            some = x[rows[start : start + _CHUNK]]
            for index, moved in enumerate(moves.each(some, dataset.image)):
                packed[index, start : start + _CHUNK] = np.packbits(encoder(moved), axis=1, bitorder="little")
                if teacher is not None:
                    opinions[index].append(teacher.scores(moved))
        scores = None if teacher is None else np.stack([np.concatenate(each) for each in opinions])
        labels = torch.from_numpy(dataset.y_train[rows].astype(np.int64))
        return cls(packed, encoder.inputs, labels, teacher, scores)

    def __len__(self) -> int:
        """Number of samples, however often each of them is moved."""
        return len(self.labels)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Random samples, each moved in a way of its own.

        Returns:
            Bits (count, inputs) uint8, and labels (count,) int64; with a teacher, in place of the labels, the
            probability of each class, (count, classes) float32.
        """
        rows = torch.randint(len(self), (count,), generator=generator)
        ways = len(self.packed)
        moved = torch.randint(ways, (count,), generator=generator).numpy() if ways > 1 else 0
        bits = np.unpackbits(self.packed[moved, rows.numpy()], axis=1, count=self.inputs, bitorder="little")
        labels = self.labels[rows]
        if self.teacher is None or self.scores is None:
            return torch.from_numpy(bits), labels
        return torch.from_numpy(bits), self.teacher.targets(self.scores[moved, rows.numpy()], labels)
