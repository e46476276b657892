"""Fits a thermometer encoder on the training split."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import MAX_WORD_WIDTH, Thermometer

WORD_WIDTH = 8
"""Bits of a word where the caller names none; whole numbers whose range fits keep their values."""

Kind = Literal["quantile", "uniform"]


def fit(
    x: NDArray[Any],
    feature_names: tuple[str, ...],
    *,
    bits: int,
    kind: Kind = "quantile",
    word_width: int | None = None,
    every: bool = False,
    used: NDArray[np.bool_] | None = None,
) -> Thermometer:
    """Choose words and thresholds from training data.

    A feature of whole numbers whose range fits a word becomes words as it is; every other one is quantised
    affinely from its range. Thresholds lie at the quantiles of a feature, or evenly over its range; equal ones
    are merged, and ones that would make a constant bit are dropped, so a constant feature gets none. Where no feature
    has more than one, a word is that one bit: whoever sends the words compares, and the hardware does not.

    Args:
        x: (samples, features), finite.
        feature_names: one for each feature.
        bits: thresholds for each feature, at most.
        kind: where they lie.
        word_width: bits of a word; if None, 8, or the fewest that hold the data where all of it is exact, or 1.
        every: give constant features thresholds as well.
        used: (features,) those that may have thresholds; all if None.

    Raises:
        GatewrightError: if every feature is constant, a range is beyond floating point, or ``bits`` or
            ``word_width`` is out of range.
    """
    if bits < 1:
        raise GatewrightError(f"The encoder was asked for {bits} bits a feature: ask for at least 1.")
    if word_width is not None and not 1 <= word_width <= MAX_WORD_WIDTH:
        raise GatewrightError(f"The word width is {word_width}: it must be 1 to {MAX_WORD_WIDTH} bits.")
    low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
    varied = high > low
    read = np.ones(len(low), dtype=np.bool_) if used is None else used
    if not (varied & read).any():
        raise GatewrightError("Every feature is constant in the training data: there is nothing to learn from.")
    most = WORD_WIDTH if word_width is None else word_width
    with np.errstate(over="ignore"):
        span = high - low
        whole = _whole(x) & (span < 2**most)
        offset = np.where(whole & (low >= 0) & (high < 2**most), 0.0, low)
        # The highest value falls into the highest word.
        scale = np.where(whole | ~varied, 1.0, 2**most * (1 - 2.0**-20) / np.where(varied, span, 1.0))
    for index in np.flatnonzero(~np.isfinite(scale) | (scale <= 0))[:1]:
        raise GatewrightError(
            f"Feature {feature_names[index]!r} runs from {low[index]:g} to {high[index]:g}, which floating point "
            "cannot divide into steps: rescale it."
        )
    width = most
    if word_width is None and whole[varied].all():
        width = int((high - offset)[varied].max()).bit_length()
    features, thresholds = [], []
    for index in np.flatnonzero((varied | every) & read):
        levels = np.floor((x[:, index].astype(np.float64) - offset[index]) * scale[index])
        chosen = _thresholds(np.clip(levels, 0, 2**width - 1).astype(np.int64), bits, kind, 2**width - 1)
        features += [int(index)] * len(chosen)
        thresholds += chosen
    feature, threshold = np.array(features, np.int32), np.array(thresholds, np.int32)
    if word_width is None and len(np.unique(feature)) == len(feature):
        # The level above the threshold becomes word 1, and all that is below it word 0.
        offset[feature] += threshold / scale[feature]
        width, threshold = 1, np.zeros_like(threshold)
    return Thermometer(feature_names, width, offset, scale, feature, threshold)


def _whole(x: NDArray[Any]) -> NDArray[np.bool_]:
    """For each feature, whether all its values are whole numbers."""
    if x.dtype.kind in "biu":
        return np.ones(x.shape[1], dtype=np.bool_)
    return np.array([bool((column == np.floor(column)).all()) for column in x.T], dtype=np.bool_)


def _thresholds(words: NDArray[np.int64], bits: int, kind: Kind, top: int) -> list[int]:
    """Rising thresholds t for which some words are above t and some are not; at least one.

    Of words that are all the same, the thresholds lie next to them, below the highest word ``top``.

    The quantiles are values of the data, the lower of two neighbours.
    """
    low, high = int(words.min()), int(words.max())
    if low == high:
        first = max(0, min(low, top - bits))
        return list(range(first, min(first + bits, top)))
    shares = np.arange(1, bits + 1) / (bits + 1)
    if kind == "uniform":
        places = np.floor(low + shares * (high - low)).astype(np.int64)
    else:
        ranks = np.floor(shares * (len(words) - 1)).astype(np.int64)
        places = np.searchsorted(np.cumsum(np.bincount(words)), ranks, side="right")
    # A feature that is mostly at its highest value still gets a bit.
    return [int(t) for t in np.unique(places) if t < high] or [high - 1]
