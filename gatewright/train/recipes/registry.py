"""The recipes that are published, by name."""

from __future__ import annotations

from .digits import DIGITS
from .fashion_lut4 import FASHION_LUT4
from .fashion_wide import FASHION_WIDE
from .mnist_lut4 import MNIST_LUT4
from .mnist_lut6 import MNIST_LUT6
from .mnist_shared import MNIST_SHARED
from .mnist_small import MNIST_SMALL
from .mnist_wide import MNIST_WIDE
from .recipe import Recipe

_ALL = (DIGITS, FASHION_LUT4, FASHION_WIDE, MNIST_LUT4, MNIST_LUT6, MNIST_SHARED, MNIST_SMALL, MNIST_WIDE)

NAMED: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}
"""What `gatewright train NAME` knows; a new recipe is a file beside this one and an entry here."""
