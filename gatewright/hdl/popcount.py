"""Counting ones in hardware, all at once: carry-save counters for each class, and one adder at their end.

All classes go through the same number of levels, so all scores arrive together.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph

from . import counters
from .gates import nets_counted
from .nets import Nets, hold
from .pipeline import Pipeline, registered, registers


class Popcount(wiring.Component):
    """The score of each class: how many of its nets are 1.

    Net 1 is a constant that is added, net 0 is nothing, and a net that a group lists several times counts as
    often. A register stands behind every ``pipeline.popcount`` levels and behind the adder, the last of them.

    Attributes:
        graph: the network.
        inputs: the nets that groups list, constants left out, rising.
        levels: of counters, and one for the adder.
        latency: cycles from nets to scores.

    Members:
        counted: the value of each of ``inputs``.
        scores: one number for each class.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.inputs = nets_counted(graph)
        self._columns = [columns(group) for group in graph.groups]
        self._every, self._counter = pipeline.popcount, pipeline.counter
        self.levels = 1 + max(counters.levels([len(c) for c in cols], self._counter) for cols in self._columns)
        self.latency = registers(self.levels, self._every)
        super().__init__({"counted": In(len(self.inputs)), "scores": Out(scores_layout(graph))})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Each class by itself."""
        m = Module()
        nets = Nets(self.graph.nets)
        nets.place(self.inputs, self.counted)
        for index, cols in enumerate(self._columns):
            m.d.comb += self.scores[index].eq(self._count(m, f"class{index}", [nets.take(c) for c in cols]))
        return m

    def _count(self, m: Module, name: str, vectors: list[Value]) -> Value:
        for level in range(1, self.levels):
            vectors = counters.compress(m, f"{name}_level{level}", vectors, self._counter)
            if registered(level, self.levels, self._every):
                vectors = [hold(m, v, f"{name}_level{level}_held{i}") for i, v in enumerate(vectors)]
        score = Signal(bits_for(self.graph.max_score), name=f"{name}_score")
        first, second = counters.rows(vectors)
        m.d.comb += score.eq(first + second)
        if self._every:
            return hold(m, score, f"{name}_score_held")
        return score


def scores_layout(graph: GateGraph) -> data.ArrayLayout:
    """The bits of the scores, class 0 lowest."""
    return data.ArrayLayout(unsigned(bits_for(graph.max_score)), graph.classes)


def columns(group: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The nets of a group by weight: column ``w`` holds those that count ``2**w``.

    A net that is listed n times stands in the columns of the ones of n; so does net 1, and net 0 nowhere.
    """
    nets, times = np.unique(group[group > 0], return_counts=True)
    weights = int(times.max(initial=1)).bit_length()
    return [nets[times >> w & 1 == 1].astype(np.int64) for w in range(weights)]
