"""Counting ones in hardware, a few at a time: an accumulator for each class, fed by its shift register (`shift`)."""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph

from . import counters
from .gates import nets_counted
from .nets import Nets, hold
from .pipeline import Pipeline, registered, registers
from .popcount import scores_layout
from .shift import listed, shift, steps, widths, within_gates


class SerialPopcount(wiring.Component):
    """The score of each class: how many of its nets are 1.

    A tree of counters counts the lanes of a class, with a register behind every ``pipeline.popcount`` levels and
    behind the last; an accumulator adds them up. It starts from the number of times that the group lists net 1.

    Attributes:
        graph: the network.
        steps: cycles in which the nets of a sample arrive.
        levels: of counters.
        shifts: whether the shift registers stand here, not in the gates.
        start: cycles from the nets, or from the first lanes of a sample if the shift registers stand in the gates, to
            the cycle in which the accumulators start anew.
        latency: cycles from the nets, or the first lanes, to the scores; they stand for one cycle.

    Members:
        counted: the value of each net that groups list, constants left out, rising; or, if the shift registers stand
            in the gates, the bits that leave them.
        load: whether the shift registers are loaded in this cycle; only if ``shifts``.
        first: whether the accumulators start anew.
        scores: one number for each class.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.steps = steps(graph, pipeline)
        self._widths = widths(graph, pipeline)
        self._lanes, self._every, self._counter = pipeline.lanes, pipeline.popcount, pipeline.counter
        self.levels = counters.levels([max(self._widths)], self._counter)
        self.shifts = not within_gates(graph, pipeline)
        self.start = registers(self.levels, self._every) + self.shifts
        self.latency = self.start + self.steps
        members = {"counted": In(sum(self._widths)), "first": In(1), "scores": Out(scores_layout(graph))}
        if self.shifts:
            members |= {"counted": In(len(nets_counted(graph))), "load": In(1)}
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Each class by itself."""
        m = Module()
        lanes = self.counted
        if self.shifts:
            nets = Nets(self.graph.nets)
            nets.place(nets_counted(self.graph), self.counted)
            lanes = shift(m, self.load, [nets.take(listed(group)) for group in self.graph.groups], self._lanes)
        start = 0
        for index, (group, width) in enumerate(zip(self.graph.groups, self._widths, strict=True)):
            bits = lanes[start : start + width]
            start += width
            m.d.comb += self.scores[index].eq(self._count(m, f"class{index}", bits, int((group == 1).sum())))
        return m

    def _count(self, m: Module, name: str, bits: Value, bias: int) -> Value:
        width = bits_for(self.graph.max_score)
        if not len(bits):
            return Const(bias, width)
        vectors: list[Value] = [bits]
        for level in range(1, self.levels + 1):
            vectors = counters.compress(m, f"{name}_level{level}", vectors, self._counter)
            if registered(level, self.levels, self._every):
                vectors = [hold(m, v, f"{name}_level{level}_held{i}") for i, v in enumerate(vectors)]
        score = Signal(width, name=f"{name}_score", reset_less=True)
        one, other = counters.rows(vectors)
        m.d.sync += score.eq(Mux(self.first, Const(bias, width), score) + one + other)
        return score
