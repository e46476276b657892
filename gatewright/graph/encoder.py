"""The thermometer encoder: raw features to words, words to bits.

A raw feature is quantised to an unsigned word of ``word_width`` bits, and every input bit of the network
compares one word with one threshold. Training, the reference, the simulation and the board all see the
same words, so the encoder is exact everywhere: floating point ends where the word begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError

from .arrays import frozen

MAX_WORD_WIDTH = 16


@dataclass(frozen=True, eq=False)
class Thermometer:
    """Maps raw features to the input bits of a network.

    ``word[f] = clip(floor((x[f] - offset[f]) * scale[f]), 0, 2**word_width - 1)`` and
    ``bit[i] = word[feature[i]] > threshold[i]``.

    Attributes:
        feature_names: one name for each feature.
        word_width: bits of a word, 1 to 16.
        offset: (features,) float64.
        scale: (features,) float64, positive.
        feature: (inputs,) int32, the feature that each input bit reads.
        threshold: (inputs,) int32, 0 to ``2**word_width - 2``; sorted by feature, then strictly rising.

    Raises:
        GatewrightError: when a rule above is broken.
    """

    feature_names: tuple[str, ...]
    word_width: int
    offset: NDArray[np.float64]
    scale: NDArray[np.float64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.int32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "feature_names", tuple(self.feature_names))
        for name, dtype in (
            ("offset", np.float64),
            ("scale", np.float64),
            ("feature", np.int32),
            ("threshold", np.int32),
        ):
            object.__setattr__(self, name, frozen(getattr(self, name), dtype, f"encoder {name}"))
        _check(self)

    @classmethod
    def identity(cls, feature_names: tuple[str, ...]) -> Thermometer:
        """An encoder for features that are bits already: one word of one bit each, passed through."""
        n = len(feature_names)
        return cls(feature_names, 1, np.zeros(n), np.ones(n), np.arange(n, dtype=np.int32), np.zeros(n, np.int32))

    @property
    def features(self) -> int:
        """Number of raw features."""
        return len(self.feature_names)

    @property
    def inputs(self) -> int:
        """Number of input bits."""
        return len(self.feature)

    @property
    def bit_names(self) -> tuple[str, ...]:
        """What each bit says, such as ``"width > 3"``, where 3 is a word."""
        pairs = zip(self.feature.tolist(), self.threshold.tolist(), strict=True)
        return tuple(f"{self.feature_names[feature]} > {threshold}" for feature, threshold in pairs)

    def words(self, x: ArrayLike) -> NDArray[np.uint16]:
        """Quantise raw features (samples, features) to words of the same shape.

        Raises:
            GatewrightError: for another number of features, or a value that is not finite.
        """
        raw = np.asarray(x)
        if raw.ndim != 2 or raw.shape[1] != self.features:
            raise GatewrightError(
                f"The data has shape {raw.shape}, but the network reads {self.features} features: "
                f"pass one row of {self.features} numbers for each sample."
            )
        values = raw.astype(np.float64)
        bad = ~np.isfinite(values)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise GatewrightError(
                f"Row {row} holds {values[row, column]} in feature {self.feature_names[column]!r}: "
                "remove the row or fill in a finite number."
            )
        # What overflows is infinite, and clipped like everything beyond the last level.
        with np.errstate(over="ignore"):
            levels = np.floor((values - self.offset) * self.scale)
        return np.clip(levels, 0, 2**self.word_width - 1).astype(np.uint16)

    def bits(self, words: ArrayLike) -> NDArray[np.bool_]:
        """Compare words (samples, features) with the thresholds: (samples, inputs).

        Raises:
            GatewrightError: for another number of features.
        """
        values = np.asarray(words)
        if values.ndim != 2 or values.shape[1] != self.features:
            raise GatewrightError(
                f"The words have shape {values.shape}, but the encoder reads (samples, {self.features})."
            )
        return np.asarray(values[:, self.feature] > self.threshold, dtype=np.bool_)

    def __call__(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Encode raw features (samples, features) as bits (samples, inputs)."""
        return self.bits(self.words(x))


def _check(encoder: Thermometer) -> None:
    features, inputs = encoder.features, encoder.inputs
    if not 1 <= encoder.word_width <= MAX_WORD_WIDTH:
        raise GatewrightError(
            f"The encoder's word width is {encoder.word_width}: it must be 1 to {MAX_WORD_WIDTH} bits."
        )
    if features == 0 or inputs == 0:
        raise GatewrightError(
            f"The encoder has {features} features and {inputs} input bits: it needs at least one of each."
        )
    if not all(isinstance(name, str) and name for name in encoder.feature_names):
        raise GatewrightError("A feature of the encoder has an empty name: name every feature.")
    if len(set(encoder.feature_names)) != features:
        raise GatewrightError("Two features of the encoder have the same name: make the names unique.")
    for name, length in (("offset", features), ("scale", features), ("feature", inputs), ("threshold", inputs)):
        array = getattr(encoder, name)
        if array.shape != (length,):
            raise GatewrightError(f"The encoder's {name} has shape {array.shape}: it must be ({length},).")
    if not np.isfinite(encoder.offset).all() or not np.isfinite(encoder.scale).all() or (encoder.scale <= 0).any():
        raise GatewrightError("The encoder's offset and scale must be finite, and the scale positive.")
    if encoder.feature.min() < 0 or encoder.feature.max() >= features:
        raise GatewrightError(f"An input bit reads a feature outside 0 to {features - 1}.")
    if encoder.threshold.min() < 0 or encoder.threshold.max() > 2**encoder.word_width - 2:
        raise GatewrightError(f"A threshold is outside 0 to {2**encoder.word_width - 2}, so its bit would be constant.")
    step = np.diff(encoder.feature.astype(np.int64)) * 2**MAX_WORD_WIDTH + np.diff(encoder.threshold)
    if (step <= 0).any():
        raise GatewrightError("The encoder's thresholds must be sorted by feature and rise strictly within one.")
