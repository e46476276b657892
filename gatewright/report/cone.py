"""Who depends on whom: the readers of each feature through the whole network, and the cone behind a few nets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.positions import unrolled
from gatewright.graph.schedule import runs

from .source import Source

_BITS = 64


@dataclass(frozen=True)
class Readers:
    """How much depends on each feature.

    Attributes:
        gates: (features,) gates that read it, straight or through other gates; one counts from each position.
        votes: (classes, features) counted nets that depend on it; a net that is listed twice counts twice.
    """

    gates: NDArray[np.int64]
    votes: NDArray[np.int64]


def readers(graph: GateGraph, source: Source) -> Readers:
    """Count them, 64 features of the data at a time: a word for each net holds which of them it depends on."""
    graph = unrolled(graph)
    features, feature = source.encoder.features, source.feature
    gates, votes = np.zeros(features, np.int64), np.zeros((graph.classes, features), np.int64)
    order = list(runs(graph))
    for first in range(0, features, _BITS):
        own = np.flatnonzero((feature >= first) & (feature < first + _BITS))
        if not len(own):
            continue
        reach = np.zeros(graph.nets, dtype=np.uint64)
        reach[2 + own] = np.uint64(1) << (feature[own] - first).astype(np.uint64)
        for run in order:
            # Net 0 fills the rows, and depends on nothing.
            found = np.bitwise_or.reduce(reach[graph.operands[run]], axis=1)
            reach[graph.first_gate + run.start : graph.first_gate + run.stop] = found
        stop = min(features, first + _BITS)
        gates[first:stop] = _counts(reach[graph.first_gate :])[: stop - first]
        for index, group in enumerate(graph.groups):
            votes[index, first:stop] = _counts(reach[group])[: stop - first]
    return Readers(gates, votes)


def _counts(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each bit, in how many words it is 1."""
    return np.array([int((words >> np.uint64(bit) & np.uint64(1)).sum()) for bit in range(_BITS)])


@dataclass(frozen=True)
class Cone:
    """Part of a network: what lies behind a few counted nets, as far as it was followed.

    Attributes:
        roots: the counted nets, each with the classes that count it.
        gates: nets of gates, in rising order.
        leaves: input nets, and gates that were not followed further, in rising order.
        whole: whether it is the whole network.
    """

    roots: tuple[tuple[int, tuple[int, ...]], ...]
    gates: tuple[int, ...]
    leaves: tuple[int, ...]
    whole: bool


def cones(graph: GateGraph, gates: int, leaves: int, of: int) -> list[Cone]:
    """The whole network if it has at most so many gates and leaves, else what lies behind some nets of each class.

    Args:
        graph: the network.
        gates: most gates of one.
        leaves: most inputs, and gates that are not followed; a little more where a single gate reads more.
        of: most classes. One that counts constants alone has no cone.
    """
    everything = _behind(graph, (net for group in graph.groups for net in group.tolist()), gates, leaves)
    if everything is not None:
        found = _cone(graph, *everything, set(range(graph.classes)), whole=True)
        return [found] if found.roots else []
    counting = [index for index, group in enumerate(graph.groups) if (group > 1).any()]
    return [_of_class(graph, index, gates, leaves) for index in counting[:of]]


def _of_class(graph: GateGraph, index: int, gates: int, leaves: int) -> Cone:
    group = graph.groups[index]
    inside: set[int] = set()
    outside: set[int] = set()
    for net in dict.fromkeys(group[group > 1].tolist()):
        more = _behind(graph, [*inside, *outside, net], gates, leaves)
        if more is None:
            break
        inside, outside = more
    if not inside and not outside:
        inside, outside = _cut(graph, int(group.max()), gates)
    return _cone(graph, inside, outside, {index}, whole=False)


def _behind(graph: GateGraph, roots: Iterable[int], gates: int, leaves: int) -> tuple[set[int], set[int]] | None:
    """Gates and inputs behind some nets; None if there are too many."""
    inside: set[int] = set()
    outside: set[int] = set()
    todo = list(roots)
    while todo:
        net = todo.pop()
        if net < 2 or net in inside or net in outside:
            continue
        if net < graph.first_gate:
            outside.add(net)
        else:
            inside.add(net)
            todo += graph.gate(net - graph.first_gate).operands
        if len(inside) > gates or len(outside) > leaves:
            return None
    return inside, outside


def _cut(graph: GateGraph, root: int, gates: int) -> tuple[set[int], set[int]]:
    """The gates nearest to a net, and what they read."""
    inside: dict[int, None] = {}
    todo = [root]
    for net in todo:
        if net >= graph.first_gate and len(inside) < gates and net not in inside:
            inside[net] = None
            todo += graph.gate(net - graph.first_gate).operands
    return set(inside), {net for net in todo if net > 1 and net not in inside}


def _cone(graph: GateGraph, inside: set[int], outside: set[int], classes: set[int], *, whole: bool) -> Cone:
    counted: dict[int, list[int]] = {}
    for index in sorted(classes):
        for net in graph.groups[index].tolist():
            if net in inside or net in outside:
                counted.setdefault(net, []).append(index)
    roots = tuple((net, tuple(dict.fromkeys(found))) for net, found in sorted(counted.items()))
    return Cone(roots, tuple(sorted(inside)), tuple(sorted(outside)), whole)
