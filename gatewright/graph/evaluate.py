"""The bit-exact reference: 64 samples in a word, every gate of a run at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError

from .graph import GateGraph
from .schedule import runs

_CHUNK_BYTES = 1 << 26
_ONES = np.uint64(2**64 - 1)


def evaluate(graph: GateGraph, bits: ArrayLike) -> NDArray[np.int32]:
    """Scores (samples, classes) int32 of input bits (samples, inputs).

    Memory stays near 64 MiB, or one word of 64 samples for each net if that is more.

    Raises:
        GatewrightError: for another number of inputs, or a value other than 0 and 1.
    """
    values = np.asarray(bits)
    if values.ndim != 2 or values.shape[1] != graph.inputs:
        raise GatewrightError(f"The bits have shape {values.shape}, but the network reads (samples, {graph.inputs}).")
    if values.dtype != np.bool_:
        if not np.isin(values, (0, 1)).all():
            raise GatewrightError("The bits hold a value other than 0 and 1: encode the features first.")
        values = values.astype(np.bool_)
    samples = max(64, _CHUNK_BYTES // (8 * graph.nets) * 64)
    chunks = [values[i : i + samples] for i in range(0, len(values), samples)]
    scores = [_scores(graph, chunk) for chunk in chunks]
    return np.concatenate(scores) if scores else np.zeros((0, graph.classes), dtype=np.int32)


def _scores(graph: GateGraph, bits: NDArray[np.bool_]) -> NDArray[np.int32]:
    samples = len(bits)
    nets = np.zeros((graph.nets, -(-samples // 64)), dtype=np.uint64)
    nets[1] = _ONES
    packed = np.packbits(bits.T, axis=1, bitorder="little")
    nets[2 : graph.first_gate].view(np.uint8)[:, : packed.shape[1]] = packed
    for run in runs(graph):
        nets[graph.first_gate + run.start : graph.first_gate + run.stop] = _outputs(graph, run, nets)
    counts = np.empty((samples, graph.classes), dtype=np.int32)
    for index, group in enumerate(graph.groups):
        counts[:, index] = _popcount(nets, group, samples)
    return counts


def _outputs(graph: GateGraph, run: slice, nets: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Select each output from the table: a tree of multiplexers, one level for each operand."""
    operands, tables = graph.operands[run], graph.tables[run]
    width = operands.shape[1]
    leaf = [(_ONES * (tables >> np.uint64(i) & np.uint64(1)))[:, None] for i in range(1 << width)]
    for column in range(width):
        operand = nets[operands[:, width - 1 - column]]
        leaf = [low ^ (low ^ high) & operand for low, high in zip(leaf[::2], leaf[1::2], strict=True)]
    return leaf[0]


def _popcount(nets: NDArray[np.uint64], group: NDArray[np.int32], samples: int) -> NDArray[np.int32]:
    """For each sample, the number of nets of a group that are 1."""
    total = np.zeros(samples, dtype=np.int32)
    for start in range(0, len(group), 1024):
        rows = nets[group[start : start + 1024]].view(np.uint8)
        total += np.unpackbits(rows, axis=1, count=samples, bitorder="little").sum(axis=0, dtype=np.int32)
    return total
