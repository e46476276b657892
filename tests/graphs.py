"""Random graphs and encoders for properties.

The graphs contain, often, what breaks passes and hardware: constants as operands, the same operand twice,
tables that ignore an operand, constant gates, dead gates, equal gates, nets listed twice in a group, biases,
classes that never score and classes that always tie.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph


def identity(inputs):
    """An encoder of one-bit features."""
    return Thermometer.identity(tuple(f"x{i}" for i in range(inputs)))


def random_encoder(rng, features, word_width, thresholds):
    """Up to ``thresholds`` random thresholds for each feature, at least one in all."""
    levels = 2**word_width - 1
    chosen = [
        np.sort(rng.choice(levels, min(levels, int(rng.integers(0, thresholds + 1))), replace=False))
        for _ in range(features)
    ]
    if not any(len(c) for c in chosen):
        chosen[0] = np.array([int(rng.integers(0, levels))])
    return Thermometer(
        tuple(f"x{i}" for i in range(features)),
        word_width,
        np.zeros(features),
        np.ones(features),
        np.repeat(np.arange(features), [len(c) for c in chosen]),
        np.concatenate(chosen),
    )


def random_graph(rng, inputs=8, layers=2, width=16, classes=3, fan_in=2, per_class=None, encoder=None, ring=False):
    """A layered graph; ``fan_in`` is the largest; the last layer is counted, ``per_class`` nets a class.

    With ``ring``, it often looks at its inputs from several positions.
    """
    encoder = encoder or identity(inputs)
    gates = []
    previous = list(range(2, 2 + encoder.inputs))
    for _ in range(layers):
        start = 2 + encoder.inputs + len(gates)
        for _ in range(width):
            k = int(rng.integers(1, fan_in + 1)) if rng.random() < 0.3 else fan_in
            pool = previous if rng.random() < 0.9 else list(range(start))
            operands = [int(n) for n in rng.choice(pool, k)]
            if rng.random() < 0.1:
                operands[int(rng.integers(k))] = int(rng.integers(2))
            table = int(rng.integers(0, 2 ** min(2**k, 63))) if k < 6 else int.from_bytes(rng.bytes(8), "little")
            gates.append((table, operands))
        previous = list(range(start, start + width)) or previous
    per_class = per_class or max(1, len(previous) // classes)
    groups = [[int(n) for n in rng.choice(previous, per_class)] for _ in range(classes)]
    for group in groups:
        if rng.random() < 0.2:
            group.append(1)
        if rng.random() < 0.1:
            group[:] = [0]
        if rng.random() < 0.1:
            group.append(int(rng.integers(0, 2 + encoder.inputs)))
    if classes > 2 and rng.random() < 0.2:
        groups[-1] = list(groups[0])
    count = int(rng.integers(1, min(4, encoder.inputs) + 1)) if ring else 1
    positions = sorted(rng.choice(encoder.inputs, count, replace=False).tolist()) if ring else [0]
    return GateGraph.build(encoder, gates, groups, positions=positions)


@st.composite
def encoders(draw, max_features=4, max_word_width=4, max_thresholds=3):
    """Random encoders; some features have no threshold."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random_encoder(
        rng,
        draw(st.integers(1, max_features)),
        draw(st.integers(1, max_word_width)),
        draw(st.integers(1, max_thresholds)),
    )


@st.composite
def graphs(draw, max_inputs=6, max_layers=4, max_width=12, max_classes=4, max_fan_in=6, encoder=None, ring=False):
    """Random graphs behind an identity encoder, or behind ``encoder`` (a strategy); ``ring`` as in `random_graph`."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return random_graph(
        rng,
        inputs=draw(st.integers(1, max_inputs)),
        layers=draw(st.integers(0, max_layers)),
        width=draw(st.integers(1, max_width)),
        classes=draw(st.integers(2, max_classes)),
        fan_in=draw(st.integers(1, max_fan_in)),
        encoder=draw(encoder) if encoder is not None else None,
        ring=ring,
    )
