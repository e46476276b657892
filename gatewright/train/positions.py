"""The positions from which a network looks at an image: the same gates, moved over it, and one sum of what they say.

Weights that are shared over positions, and a sum over these, are what makes a convolution (LeCun et al., 1989); here
every gate of the network is shared. In hardware a position takes cycles of a serial popcount, and no gates.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError

from .data import no_images
from .recipes.recipe import Recipe


class Positions(nn.Module):
    """Copies of a batch, one behind the other, each as it is seen from a position; a `GroupSum` of as many adds up.

    Args:
        positions: of the ring of inputs, as `GateGraph.positions`.
    """

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__()
        self.positions = positions

    def forward(self, x: Tensor) -> Tensor:
        """Bits (positions * batch, inputs) of bits (batch, inputs)."""
        return torch.cat([x.roll(-position, dims=1) for position in self.positions])

    def extra_repr(self) -> str:
        """Shown by `print`."""
        return f"{len(self.positions)}"


def offsets(recipe: Recipe, places: Tensor | None) -> tuple[int, ...]:
    """The positions of a recipe on the ring of its inputs, rising from 0.

    They are those of a square grid, ``stride`` pixels apart. From one, a pixel is read in place of another as far above
    and to the left of it as the position is from the first; where an image ends, it begins anew.

    Args:
        recipe: with ``positions`` rows and columns.
        places: (inputs, 2) row and column of the pixel that each input is of, of all in a rectangle; None if they are
            no pixels.

    Raises:
        GatewrightError: if there are several positions but no image, or its pixels have not equally many inputs, or
            the grid is larger than the image.
    """
    if recipe.positions == 1:
        return (0,)
    if places is None:
        raise no_images(f"positions are {recipe.positions}", recipe.dataset, "set them to 1")
    places = places - places.min(dim=0).values
    height, width = (places.max(dim=0).values + 1).tolist()
    pixel = places[:, 0] * width + places[:, 1]
    last = (recipe.positions - 1) * recipe.stride
    if last >= min(height, width):
        raise GatewrightError(
            f"The recipe's {recipe.positions} positions, {recipe.stride} pixels apart, do not fit an image of "
            f"{height} x {width} pixels: choose fewer, or nearer ones."
        )
    each, rest = divmod(len(places), height * width)
    if rest or not torch.equal(pixel, torch.arange(height * width).repeat_interleave(each)):
        raise GatewrightError(
            "The pixels have different numbers of thresholds, so that an image cannot be moved bit by bit: set bits to "
            "1, or thresholds to 'uniform'."
        )
    steps = range(0, last + 1, recipe.stride)
    return tuple(each * (width * row + column) for row in steps for column in steps)
