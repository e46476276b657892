"""The bit-exact reference: 64 samples in a word, every gate of a run at once, or by kernels where that pays.

NumPy alone is enough. Where Numba is installed, its kernels (`compiled`) take over from the first evaluation on that
is long enough to pay for loading them; both give the same scores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError

from .graph import GateGraph
from .positions import rotated
from .schedule import runs

_CHUNK_BYTES = 1 << 26
_WORTH_LOADING = 1 << 30
_ONES = np.uint64(2**64 - 1)


def evaluate(graph: GateGraph, bits: ArrayLike) -> NDArray[np.int32]:
    """Scores (samples, classes) int32 of input bits (samples, inputs).

    Memory beside the bits and the scores stays near 64 MiB, or near what 512 samples take if that is more.

    Raises:
        GatewrightError: for another number of inputs, or a value other than 0 and 1.
    """
    values = np.asarray(bits)
    if values.ndim != 2 or values.shape[1] != graph.inputs:
        raise GatewrightError(f"The bits have shape {values.shape}, but the network reads (samples, {graph.inputs}).")
    if values.dtype != np.bool_:
        ones = values != 0
        if not np.array_equal(ones, values):
            raise GatewrightError("The bits hold a value other than 0 and 1: encode the features first.")
        values = ones
    from_one = _kernels(graph.gates * len(graph.positions) * len(values)) or by_numpy
    scores = from_one(graph, rotated(values, graph.positions[0]))
    for position in graph.positions[1:]:
        scores += from_one(graph, rotated(values, position))
    return scores


def by_numpy(graph: GateGraph, bits: NDArray[np.bool_]) -> NDArray[np.int32]:
    """As `evaluate`, of bits that are Booleans, from position 0 alone, by NumPy."""
    schedule = list(runs(graph))
    samples = max(64, _CHUNK_BYTES // (8 * _rows(graph, schedule)) * 64)
    chunks = [bits[i : i + samples] for i in range(0, len(bits), samples)]
    scores = [_scores(graph, schedule, chunk) for chunk in chunks]
    return np.concatenate(scores) if scores else np.zeros((0, graph.classes), dtype=np.int32)


def _kernels(work: int) -> Callable[[GateGraph, NDArray[np.bool_]], NDArray[np.int32]] | None:
    """As `by_numpy`, by Numba, if so many gates times samples pay for loading it, or if it is there already."""
    if work < _WORTH_LOADING and f"{__package__}.compiled" not in sys.modules:
        return None
    try:
        from .compiled import by_kernels
    except (ImportError, RuntimeError):
        # Numba is absent, or has no folder that it could keep its kernels in.
        return None
    return by_kernels


def _rows(graph: GateGraph, schedule: list[slice]) -> int:
    """How many rows of words are held at once: the nets, and what the longest run takes in `_outputs`."""
    longest = max((run.stop - run.start for run in schedule), default=0)
    width: int = graph.operands.shape[1]
    return graph.nets + longest * (2 * width + 2)


def _scores(graph: GateGraph, schedule: list[slice], bits: NDArray[np.bool_]) -> NDArray[np.int32]:
    samples = len(bits)
    nets = np.zeros((graph.nets, -(-samples // 64)), dtype=np.uint64)
    nets[1] = _ONES
    packed = np.packbits(bits.T, axis=1, bitorder="little")
    nets[2 : graph.first_gate].view(np.uint8)[:, : packed.shape[1]] = packed
    for run in schedule:
        nets[graph.first_gate + run.start : graph.first_gate + run.stop] = _outputs(graph, run, nets)
    counts = np.empty((samples, graph.classes), dtype=np.int32)
    for index, group in enumerate(graph.groups):
        counts[:, index] = _popcount(nets, group, samples)
    return counts


def _outputs(graph: GateGraph, run: slice, nets: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Select each output from the table: a tree of multiplexers, one level for each operand."""
    return _select(graph.tables[run], [nets[column] for column in graph.operands[run].T], 0)


def _select(tables: NDArray[np.uint64], operands: list[NDArray[np.uint64]], pattern: int) -> NDArray[np.uint64]:
    """The outputs when ``pattern`` is added to that of the operands: branch by branch, one value held a level."""
    if not operands:
        return np.asarray((_ONES * (tables >> np.uint64(pattern) & np.uint64(1)))[:, None])
    first, rest = operands[0], operands[1:]
    low = _select(tables, rest, pattern)
    high = _select(tables, rest, pattern + (1 << len(rest)))
    return np.asarray(low ^ (low ^ high) & first)


def _popcount(nets: NDArray[np.uint64], group: NDArray[np.int32], samples: int) -> NDArray[np.int32]:
    """For each sample, the number of nets of a group that are 1."""
    total = np.zeros(samples, dtype=np.int32)
    block = max(1, min(1024, _CHUNK_BYTES // max(1, samples)))
    for start in range(0, len(group), block):
        rows = nets[group[start : start + block]].view(np.uint8)
        total += np.unpackbits(rows, axis=1, count=samples, bitorder="little").sum(axis=0, dtype=np.int32)
    return total
