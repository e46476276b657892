"""Networks from recipes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError

from .data import Dataset
from .layers import GroupSum, GumbelGates, Mode, run
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
    for width, candidates in zip(recipe.layers, recipe.candidates or [1] * len(recipe.layers), strict=True):
        layers.append(
            GumbelGates(
                inputs,
                width,
                fan_in=recipe.fan_in,
                candidates=candidates,
                tau=recipe.tau,
                noise_scale=recipe.noise_scale,
                init_scale=recipe.init_scale,
                residual=recipe.residual,
                ordered=len(layers) < len(recipe.layers) - 1,
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
    per_class = min(100, max(20, 600 // classes))
    width = min(4000, max(500, 2 * features))
    return Recipe(
        name="default",
        dataset=dataset.name,
        layers=(width, per_class * classes),
        fan_in=4,
        candidates=(16, 1),
        tau=2.0,
        group_tau=max(1.0, per_class**0.5 / 2),
    )


def gate_layers(network: nn.Sequential) -> list[GumbelGates]:
    """The layers of gates, in order."""
    return [layer for layer in network if isinstance(layer, GumbelGates)]


def scores(network: nn.Sequential, x: Tensor, mode: Mode) -> Tensor:
    """Scores (batch, classes) of bits (batch, inputs), divided by the temperature of the GroupSum.

    On a CPU the whole network is one call of the kernels; the softmax mixture, and any other device, take one layer
    after the other.
    """
    last = network[-1]
    if mode is not Mode.MIXTURE and x.device.type == "cpu" and isinstance(last, GroupSum):
        return run(gate_layers(network), last.classes, x, mode) / last.tau
    set_mode(network, mode)
    result: Tensor = network(x.float())
    set_mode(network, None)
    return result


def set_mode(network: nn.Sequential, mode: Mode | None) -> None:
    """Make every layer of gates compute in one way; None lets training and evaluation decide."""
    for layer in gate_layers(network):
        layer.mode = mode
