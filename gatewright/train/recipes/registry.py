"""The recipes that are published, by name."""

from __future__ import annotations

from .digits import DIGITS
from .mnist_lut4 import MNIST_LUT4
from .mnist_lut6 import MNIST_LUT6
from .mnist_shared import MNIST_SHARED
from .mnist_wide import MNIST_WIDE
from .recipe import Recipe

NAMED: dict[str, Recipe] = {recipe.name: recipe for recipe in (DIGITS, MNIST_LUT4, MNIST_LUT6, MNIST_SHARED, MNIST_WIDE)}
"""What `gatewright train NAME` knows; a new recipe is a file beside this one and an entry here."""
