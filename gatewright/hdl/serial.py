"""Counting ones in hardware, a few at a time and one class after another (see `turns`)."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph

from . import counters
from .nets import hold, named
from .pipeline import Pipeline, registered, registers
from .turns import SET, lanes, listed, rounds


class SerialPopcount(wiring.Component):
    """The scores, one class after another: how many of its nets are 1.

    Each lane is the OR of what takes turns in it. A tree of counters counts the lanes, with a register in front of it,
    behind every ``pipeline.popcount`` levels and behind the last; an accumulator adds up the turns of a class. It
    starts from the number of times that the group lists net 1.

    Attributes:
        graph: the network.
        rounds: turns of a class.
        lanes: nets that are counted in a turn.
        levels: of counters.
        start: cycles from the registers of a class to the cycle in which the accumulator takes one of its turns.
        latency: cycles from the registers of the last turn of a class to its score.

    Members:
        counted: the registers of all classes, one class after another; all but those of one set are 0.
        chosen: for each turn of a class, and in it for each remainder by `SET`, whether it is that turn of a class with
            that remainder.
        first: whether the turn that the accumulator takes is the first of a class.
        zero: whether it is of class 0.
        fresh: whether it is of the first position, where there are several.
        carried: the score of the class from the positions before, where there are several.
        score: of a class, behind its last turn.
        index: of that class.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.rounds, self.lanes = rounds(graph, pipeline), lanes(graph, pipeline)
        self._every, self._counter = pipeline.popcount, pipeline.counter
        self.levels = counters.levels([self.lanes], self._counter)
        self.start = registers(self.levels, self._every) + bool(self._every)
        self.latency = self.start + 1
        members = {
            "counted": In(sum(len(listed(group)) for group in graph.groups)),
            "chosen": In(min(SET, graph.classes) * self.rounds),
            "first": In(1),
            "zero": In(1),
            "score": Out(bits_for(graph.max_score)),
            "index": Out(bits_for(graph.classes - 1)),
        }
        if graph.ring:
            members |= {"fresh": In(1), "carried": In(bits_for(graph.max_score))}
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """The lanes, the counters, the accumulator."""
        m = Module()
        score = Signal.like(self.score, name="total", reset_less=True)
        index = Signal.like(self.index, name="number", reset_less=True)
        following = named(m, Mux(self.zero, 0, index + 1)[: len(index)], "following")
        one, other = counters.rows(self._compressed(m))
        start = self._bias(following)
        if self.graph.ring:
            start = Mux(self.fresh, start, self.carried)
        m.d.sync += score.eq(Mux(self.first, start, score) + one + other)
        with m.If(self.first):
            m.d.sync += index.eq(following)
        m.d.comb += [self.score.eq(score), self.index.eq(index)]
        return m

    def _compressed(self, m: Module) -> list[Value]:
        """The lanes as columns of at most two bits."""
        lanes = named(m, self._lanes(m), "lanes")
        vectors: list[Value] = [hold(m, lanes, "lanes_held") if self._every else lanes]
        for level in range(1, self.levels + 1):
            vectors = counters.compress(m, f"level{level}", vectors, self._counter)
            if registered(level, self.levels, self._every):
                vectors = [hold(m, v, f"level{level}_held{i}") for i, v in enumerate(vectors)]
        return vectors

    def _lanes(self, m: Module) -> Value:
        """What is counted now, of the class whose turn it is."""
        groups, start = [], 0
        for group in self.graph.groups:
            groups.append(self.counted[start : start + len(listed(group))])
            start += len(listed(group))
        # What stands at each place in the classes of one remainder, if it is the turn of both.
        standing = []
        for first in range(min(SET, len(groups))):
            bits = _any(groups[first::SET])
            turn = self.chosen[first :: min(SET, len(groups))]
            standing.append(bits & Cat(turn[place % self.rounds] for place in range(len(bits))))
        places = named(m, _any(standing), "places")
        # Neighbours take turns in a lane: they may lie side by side on the chip.
        return _any([places[turn :: self.rounds] for turn in range(self.rounds)])

    def _bias(self, index: Value) -> Value:
        """How often the group of a class lists net 1, from all positions."""
        width = bits_for(self.graph.max_score)
        ones = [len(self.graph.positions) * int((group == 1).sum()) for group in self.graph.groups]
        if len(set(ones)) == 1:
            return Const(ones[0], width)
        value: Value = Const(0, width)
        for number, count in enumerate(ones):
            if count:
                value = Mux(index == number, Const(count, width), value)
        return value


def _any(vectors: list[Value]) -> Value:
    """The OR of vectors, bit by bit, as a tree: a chain of many would nest too deep."""
    while len(vectors) > 1:
        vectors = [vectors[i] | vectors[i + 1] for i in range(0, len(vectors) - 1, 2)] + vectors[len(vectors) & ~1 :]
    return vectors[0]
