"""The only bridge out: trained layers become a GateGraph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import nn

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph, Provenance

from .layers import GroupSum
from .network import gate_layers
from .positions import Positions


def export(
    network: nn.Sequential,
    encoder: Thermometer,
    class_names: tuple[str, ...],
    provenance: Provenance | None = None,
) -> GateGraph:
    """The discrete network as a graph, gate for gate, without any optimisation.

    Layers and graph number operand patterns alike: ``2*a + b``, the first operand most significant.

    Raises:
        GatewrightError: if the network is not layers of gates and one GroupSum that fit the encoder and classes.
    """
    layers = gate_layers(network)
    last = network[-1] if len(network) else None
    looks = [layer.positions for layer in list(network)[:1] if isinstance(layer, Positions)]
    if not layers or not isinstance(last, GroupSum) or len(network) != len(looks) + len(layers) + 1:
        raise GatewrightError(
            "Only a Sequential of GumbelGates layers with one GroupSum at the end, and Positions at most in front, can "
            "be exported."
        )
    positions = looks[0] if looks else (0,)
    if last.positions != len(positions):
        raise GatewrightError(
            f"The GroupSum adds up {last.positions} positions, but the network has {len(positions)}: make them agree."
        )
    if layers[0].in_features != encoder.inputs or last.classes != len(class_names):
        raise GatewrightError(
            f"The network reads {layers[0].in_features} bits and has {last.classes} classes, but the encoder makes "
            f"{encoder.inputs} bits and {len(class_names)} classes are named."
        )
    operands, below = [], 2
    for layer in layers:
        operands.append(layer.wiring.cpu().numpy() + below)
        below += layer.in_features
    tables = np.concatenate([layer.tables() for layer in layers])
    fan_in = np.repeat([layer.fan_in for layer in layers], [layer.out_features for layer in layers])
    width = max(layer.fan_in for layer in layers)
    counted = np.arange(below, below + layers[-1].out_features)
    return GateGraph(
        encoder=encoder,
        fan_in=fan_in.astype(np.uint8),
        tables=tables,
        operands=np.concatenate([_padded(rows, width) for rows in operands]).astype(np.int32),
        groups=tuple(counted.reshape(last.classes, -1).astype(np.int32)),
        class_names=class_names,
        provenance=provenance or Provenance(),
        positions=positions,
    )


def _padded(operands: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Rows aligned to the right, with net 0 in front."""
    return np.pad(operands, ((0, 0), (width - operands.shape[1], 0)))
