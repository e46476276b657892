"""Networks from recipes."""

from __future__ import annotations

import torch
from torch import nn

from gatewright.errors import GatewrightError

from .data import Dataset
from .layers import GroupSum, GumbelGates, Mode
from .recipes.digits import DIGITS
from .recipes.recipe import Recipe


def build(recipe: Recipe, inputs: int, classes: int, generator: torch.Generator) -> nn.Sequential:
    """Layers of gates and a GroupSum; ``generator`` draws wiring, logits and, later, the noise.

    Raises:
        GatewrightError: if the last layer does not divide into the classes.
    """
    if recipe.layers[-1] % classes:
        nearest = max(classes, round(recipe.layers[-1] / classes) * classes)
        raise GatewrightError(
            f"The last layer has {recipe.layers[-1]} gates, which {classes} classes cannot share: choose {nearest}."
        )
    layers: list[nn.Module] = []
    for width in recipe.layers:
        layers.append(
            GumbelGates(
                inputs,
                width,
                tau=recipe.tau,
                noise_scale=recipe.noise_scale,
                init_scale=recipe.init_scale,
                residual=recipe.residual,
                generator=generator,
            )
        )
        inputs = width
    return nn.Sequential(*layers, GroupSum(classes, recipe.group_tau))


def recipe_for(dataset: Dataset) -> Recipe:
    """The published recipe of a known data set, or one that follows the shape of the data."""
    if dataset.name == "digits":
        return DIGITS
    classes, features = len(dataset.class_names), len(dataset.feature_names)
    per_class = min(200, max(20, 1200 // classes))
    width = min(8000, max(500, 4 * features))
    return Recipe(
        name="default",
        dataset=dataset.name,
        layers=(width, per_class * classes),
        group_tau=max(1.0, per_class**0.5 / 2),
    )


def gate_layers(network: nn.Sequential) -> list[GumbelGates]:
    """The layers of gates, in order."""
    return [layer for layer in network if isinstance(layer, GumbelGates)]


def set_mode(network: nn.Sequential, mode: Mode | None) -> None:
    """Make every layer of gates compute in one way; None lets training and evaluation decide."""
    for layer in gate_layers(network):
        layer.mode = mode
