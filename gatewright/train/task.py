"""A data set in the form in which a network is trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph

from .data import Dataset, no_images, validation
from .encode import fit
from .moves import Moves
from .recipes.recipe import Recipe
from .samples import Samples
from .teacher import Teacher
from .wiring import pixels


@dataclass(frozen=True)
class Task:
    """The three splits.

    Attributes:
        encoder: fitted on the training split.
        fit: what steps draw from.
        held_out: bits (samples, inputs) uint8 and labels (samples,) int64 that choose the checkpoint.
        test_words: (samples, features) uint16.
        test_labels: (samples,) int64.
        places: (inputs, 2) row and column of the pixel that each bit is of; None if the samples are no images.
    """

    encoder: Thermometer
    fit: Samples
    held_out: tuple[Tensor, Tensor]
    test_words: NDArray[np.uint16]
    test_labels: NDArray[np.int64]
    places: Tensor | None


def encoder_of(recipe: Recipe, dataset: Dataset) -> Thermometer:
    """The encoder of a recipe, fitted on the training split.

    Raises:
        GatewrightError: if the data cannot be encoded, or has no such margin.
    """
    kind: Any = recipe.thresholds
    return fit(
        dataset.x_train,
        dataset.feature_names,
        bits=recipe.bits,
        kind=kind,
        every=recipe.positions > 1,
        used=_read(recipe, dataset) if recipe.margin else None,
    )


def _read(recipe: Recipe, dataset: Dataset) -> NDArray[np.bool_]:
    """(features,) those that the margin of a recipe leaves."""
    if dataset.image is None:
        raise no_images(f"margin is {recipe.margin}", dataset.name, "set it to 0")
    height, width, channels = dataset.image
    if 2 * recipe.margin >= min(height, width):
        raise GatewrightError(
            f"The recipe's margin is {recipe.margin}, but the images of {dataset.name} have {height} x {width} pixels: "
            f"it must be below {min(height, width) / 2:g}."
        )
    read = np.zeros((height, width, channels), dtype=np.bool_)
    read[recipe.margin : height - recipe.margin, recipe.margin : width - recipe.margin] = True
    return read.ravel()


def prepare(recipe: Recipe, dataset: Dataset, teacher: GateGraph | None = None) -> Task:
    """Fit the encoder on the training split, and encode.

    Args:
        recipe: how.
        dataset: what.
        teacher: the network that is the recipe's teacher, if it has one.

    Raises:
        GatewrightError: if the data cannot be encoded, or not be moved as the recipe asks, or the teacher is not of it.
    """
    moves = Moves.of(recipe)
    moves.check(dataset)
    taught = Teacher.of(recipe, teacher, dataset)
    encoder = encoder_of(recipe, dataset)
    used, held = validation(dataset)
    held_out = torch.from_numpy(encoder(dataset.x_train[held]).astype(np.uint8))
    return Task(
        encoder,
        Samples.of(dataset, encoder, used, moves, taught),
        (held_out, torch.from_numpy(dataset.y_train[held].astype(np.int64))),
        encoder.words(dataset.x_test),
        dataset.y_test.astype(np.int64),
        pixels(encoder.feature, dataset.image),
    )
