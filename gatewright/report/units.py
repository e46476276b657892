"""Words of the encoder in the units of the data."""

from __future__ import annotations

from math import floor, log10

import numpy as np

from gatewright.graph.encoder import Thermometer


def value(encoder: Thermometer, feature: int, word: float) -> str:
    """The least raw value of a feature that has this word, in digits that tell it from that of the next word."""
    step = 1 / float(encoder.scale[feature])
    raw = float(encoder.offset[feature]) + word * step
    size = max(abs(raw), step)
    digits = floor(log10(size)) - floor(log10(step)) + 1
    if not 1e-4 <= size < 1e9:
        return f"{raw:.{min(max(1, digits), 6)}g}"
    return np.format_float_positional(raw, precision=max(0, -floor(log10(step))), unique=False, trim="-")
