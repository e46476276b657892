"""A network without its encoder, for a host that encodes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .encoder import Thermometer
from .graph import GateGraph
from .stats import inputs_read


def read(graph: GateGraph) -> NDArray[np.int64]:
    """The input bits that a gate or a group reads, rising; the first if none is read; all if they stand on a ring.

    Bits count from 0, as the columns of ``graph.encoder.bits``.
    """
    bits = inputs_read(graph) - 2
    return bits if len(bits) else np.zeros(1, np.int64)


def encoded(graph: GateGraph) -> GateGraph:
    """The same gates and groups behind an encoder that passes bits through: a feature of one bit for each bit `read`.

    Those columns of what ``graph.encoder.bits`` makes of a sample's words are the words of the same sample here. A
    feature is called after what its bit says, such as ``"width > 3"``, where 3 is a word. All patterns of bits are
    inputs of the result, also those that no word produces.
    """
    kept, said = read(graph), graph.encoder.bit_names
    names = tuple(said[bit] for bit in kept.tolist())
    net = np.zeros(graph.nets, np.int32)
    net[1] = 1
    net[kept + 2] = np.arange(2, 2 + len(kept))
    net[graph.first_gate :] = np.arange(graph.gates) + 2 + len(kept)
    groups = tuple(net[group] for group in graph.groups)
    return replace(graph, encoder=Thermometer.identity(names), operands=net[graph.operands], groups=groups)
