"""What the inputs of a network say of the data, also where the host encodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph

from .units import value


@dataclass(frozen=True)
class Source:
    """The features of the data, and which bit of them each input of a network is.

    Attributes:
        encoder: of the data.
        bits: (inputs,) bits of the encoder.
        on_host: whether the network was exported without that encoder.
    """

    encoder: Thermometer
    bits: NDArray[np.int64]
    on_host: bool

    @property
    def feature(self) -> NDArray[np.int32]:
        """(inputs,) the feature of each input."""
        return np.asarray(self.encoder.feature[self.bits])

    def comparison(self, index: int) -> str:
        """What an input says, such as ``"width ≥ 3.5"``."""
        bit = self.bits[index]
        feature, threshold = int(self.encoder.feature[bit]), int(self.encoder.threshold[bit])
        return f"{self.encoder.feature_names[feature]} ≥ {value(self.encoder, feature, threshold + 1)}"

    def levels(self, words: NDArray[Any]) -> NDArray[np.int64]:
        """The words of the data, (samples, features): from bits of the host the least that they can have been.

        Args:
            words: that the network reads, (samples, its features).
        """
        if not self.on_host:
            return np.asarray(words, dtype=np.int64)
        found = np.zeros((len(words), self.encoder.features), np.int64)
        reached = np.asarray(words, dtype=np.int64) * (self.encoder.threshold[self.bits] + 1)
        for index, feature in enumerate(self.feature.tolist()):
            np.maximum(found[:, feature], reached[:, index], out=found[:, feature])
        return found


def source(graph: GateGraph, learned: GateGraph | None = None) -> Source:
    """Where the inputs of a network come from.

    Args:
        graph: the network.
        learned: as it was learned, with the encoder of the data, if that is known.
    """
    if learned is not None and learned.encoder.feature_names != graph.encoder.feature_names:
        places = {name: bit for bit, name in enumerate(learned.encoder.bit_names)}
        bits = [places.get(name, -1) for name in graph.encoder.feature_names]
        if -1 not in bits:
            return Source(learned.encoder, np.array(bits, dtype=np.int64), on_host=True)
    return Source(graph.encoder, np.arange(graph.encoder.inputs), on_host=False)
