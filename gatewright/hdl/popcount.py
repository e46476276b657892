"""Counting ones in hardware: a carry-save tree of 3:2 counters for each class, and one adder at its end.

The bits of a class stand in columns, one for each power of two. A level turns every three bits of a column into
one of the same column (their parity) and one of the next (their majority), until no column holds more than
two; an adder makes the score of what is left (C. S. Wallace, "A suggestion for a fast multiplier", 1964).
All classes go through the same number of levels, so all scores arrive together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph

from .gates import nets_counted
from .nets import Nets
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
        self._every = pipeline.popcount
        self.levels = 1 + max(_levels([len(c) for c in cols]) for cols in self._columns)
        self.latency = registers(self.levels, self._every)
        super().__init__(
            {
                "counted": In(len(self.inputs)),
                "scores": Out(data.ArrayLayout(unsigned(bits_for(graph.max_score)), graph.classes)),
            }
        )

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
            vectors = _compress(m, f"{name}_level{level}", vectors)
            if registered(level, self.levels, self._every):
                vectors = [_hold(m, v, f"{name}_level{level}_held{i}") for i, v in enumerate(vectors)]
        score = Signal(bits_for(self.graph.max_score), name=f"{name}_score")
        rows = [Cat(*(v[row] if row < len(v) else Const(0, 1) for v in vectors)) for row in range(2)]
        m.d.comb += score.eq(rows[0] + rows[1])
        if self._every:
            return _hold(m, score, f"{name}_score_held")
        return score


def columns(group: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The nets of a group by weight: column ``w`` holds those that count ``2**w``.

    A net that is listed n times stands in the columns of the ones of n; so does net 1, and net 0 nowhere.
    """
    nets, times = np.unique(group[group > 0], return_counts=True)
    weights = int(times.max(initial=1)).bit_length()
    return [nets[times >> w & 1 == 1].astype(np.int64) for w in range(weights)]


def _levels(heights: Sequence[int]) -> int:
    """How many levels of counters leave at most two bits in every column."""
    levels = 0
    while max(heights) > 2:
        carries = [0, *(h // 3 for h in heights)]
        heights = [h - 2 * (h // 3) + c for h, c in zip([*heights, 0], carries, strict=True)]
        levels += 1
    return levels


def _compress(m: Module, name: str, vectors: list[Value]) -> list[Value]:
    """One level of 3:2 counters: a parity and a majority for every three bits of a column."""
    kept: list[list[Value]] = [[] for _ in range(len(vectors) + 1)]
    for weight, vector in enumerate(vectors):
        third = len(vector) // 3
        kept[weight].append(vector[3 * third :])
        if third:
            a, b, c = (vector[i * third : (i + 1) * third] for i in range(3))
            parity = Signal(third, name=f"{name}_parity{weight}")
            majority = Signal(third, name=f"{name}_majority{weight}")
            m.d.comb += [parity.eq(a ^ b ^ c), majority.eq((a & b) | (c & (a | b)))]
            kept[weight].append(parity)
            kept[weight + 1].append(majority)
    joined = [Cat(*parts) for parts in kept]
    return joined if len(joined[-1]) else joined[:-1]


def _hold(m: Module, value: Value, name: str) -> Signal:
    held = Signal(len(value), name=name, reset_less=True)
    m.d.sync += held.eq(value)
    return held
