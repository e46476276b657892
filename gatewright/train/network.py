"""Networks from recipes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError

from .data import Dataset, no_images
from .layers import GroupSum, GumbelGates, has_kernels, run
from .method import Mode
from .positions import Positions, offsets
from .recipes.digits import DIGITS
from .recipes.recipe import Recipe
from .wiring import butterfly, local, unique


def build(
    recipe: Recipe, inputs: int, classes: int, generator: torch.Generator, places: Tensor | None = None
) -> nn.Sequential:
    """Layers of gates and a GroupSum; in front of them, if there are several, the positions.

    Args:
        recipe: what they are like.
        inputs: bits that the first layer reads.
        classes: of the GroupSum.
        generator: draws wiring, logits and, later, the noise.
        places: (inputs, 2) row and column of the pixel that each bit is of, for local wiring and positions; None if
            they are no pixels.

    Raises:
        GatewrightError: if the last layer does not divide into the classes, or there are no places for local wiring,
            or fewer inputs than an operand of it has candidates, or `offsets` knows no positions.
    """
    positions = offsets(recipe, places)
    if recipe.wiring == "local" and places is None:
        raise no_images("wiring is 'local'", recipe.dataset, "choose random wiring")
    if recipe.layers[-1] % classes:
        nearest = max(classes, round(recipe.layers[-1] / classes) * classes)
        raise GatewrightError(
            f"The last layer has {recipe.layers[-1]} gates, which {classes} classes cannot share: choose {nearest}."
        )
    layers: list[nn.Module] = [Positions(positions)] if len(positions) > 1 else []
    if places is not None:
        # Gates stand where their inputs are from the position in the middle.
        places = places.roll(-positions[len(positions) // 2], dims=0)
    for depth, width in enumerate(recipe.layers):
        inner = depth < len(recipe.layers) - 1
        number = recipe.candidates[depth] if recipe.candidates else 1
        candidates: int | Tensor = number
        if recipe.wiring == "unique":
            candidates = unique(inputs, width, recipe.fan_in, generator)
        elif recipe.wiring == "butterfly":
            candidates = butterfly(inputs, width, recipe.fan_in, depth, generator, ordered=inner)
        elif places is not None and recipe.wiring == "local":
            if number > inputs:
                raise GatewrightError(
                    f"An operand of layer {depth + 1} has {number} candidates of {inputs} inputs: choose fewer."
                )
            groups = 1 if inner else classes
            candidates, places = local(places, width, recipe.fan_in, number, recipe.reach, groups, generator)
        layers.append(
            GumbelGates(
                inputs,
                width,
                fan_in=recipe.fan_in,
                candidates=candidates,
                tau=recipe.tau,
                noise_scale=recipe.noise_scale,
                method=recipe.method,
                precision=recipe.precision,
                init_scale=recipe.init_scale,
                residual=recipe.residual,
                ordered=inner,
                generator=generator,
            )
        )
        inputs = width
    return nn.Sequential(*layers, GroupSum(classes, recipe.group_tau, len(positions)))


def recipe_for(dataset: Dataset) -> Recipe:
    """The published recipe of a known data set, or one that follows the shape of the data."""
    if dataset.name == "digits":
        return DIGITS
    classes, features = len(dataset.class_names), len(dataset.feature_names)
    per_class = min(300, max(50, 4 * features // classes))
    return Recipe(
        name="default",
        dataset=dataset.name,
        layers=(per_class * classes,),
        fan_in=4,
        candidates=(32,),
        tau=2.0,
        group_tau=max(1.0, per_class**0.5 / 3),
    )


def gate_layers(network: nn.Sequential) -> list[GumbelGates]:
    """The layers of gates, in order."""
    return [layer for layer in network if isinstance(layer, GumbelGates)]


def scores(network: nn.Sequential, x: Tensor, mode: Mode) -> Tensor:
    """Scores (batch, classes) of bits (batch, inputs), divided by the temperature of the GroupSum.

    Where there are kernels, the whole network is one call of them; otherwise one layer follows the other.
    """
    last, layers = network[-1], gate_layers(network)
    if isinstance(last, GroupSum) and all(has_kernels(layer, x, mode) for layer in layers):
        seen = network[0](x) if isinstance(network[0], Positions) else x
        return last.scores(run(layers, last.classes, seen, mode))
    set_mode(network, mode)
    result: Tensor = network(x.float())
    set_mode(network, None)
    return result


def training_mode(network: nn.Sequential) -> Mode:
    """How the layers of gates compute in training, by their method."""
    return gate_layers(network)[0].method.mode


def set_mode(network: nn.Sequential, mode: Mode | None) -> None:
    """Make every layer of gates compute in one way; None lets training and evaluation decide."""
    for layer in gate_layers(network):
        layer.mode = mode


def anneal(network: nn.Sequential, recipe: Recipe, step: int) -> None:
    """Give every layer of gates the temperature and the noise of a step, 0 to ``recipe.steps``."""
    for layer in gate_layers(network):
        layer.tau = recipe.tau_schedule.at(step / recipe.steps)
        layer.noise_scale = recipe.noise_schedule.at(step / recipe.steps)
