"""The label in hardware: the lowest index wins a tie. A balanced tournament, or one score after another."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph

from .nets import hold, named
from .pipeline import Pipeline, registered, registers


class Argmax(wiring.Component):
    """The first class with the highest score, and the scores beside it.

    In each round neighbours are compared, and the right one wins only if it is greater. The winner's side is
    the next bit of its index. A register stands behind every ``pipeline.argmax`` rounds and behind the last.

    Attributes:
        graph: the network.
        rounds: of the tournament.
        latency: cycles from scores to result, at least 1.

    Members:
        scores: one number for each class.
        result: the label and the same scores.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.rounds = bits_for(graph.classes - 1)
        self._every = pipeline.argmax or self.rounds
        self.latency = registers(self.rounds, self._every)
        layout = result_layout(graph)
        super().__init__({"scores": In(layout["scores"].shape), "result": Out(layout)})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the rounds in order."""
        m = Module()
        scores: Value = self.scores.as_value()
        entrants: list[tuple[Value, Value]] = [(self.scores[i], Const(0, 0)) for i in range(self.graph.classes)]
        for number in range(1, self.rounds + 1):
            entrants = _round(m, number, entrants)
            if registered(number, self.rounds, self._every):
                scores = hold(m, scores, f"scores{number}")
                entrants = [
                    (hold(m, score, f"score{number}_{i}"), hold(m, index, f"index{number}_{i}"))
                    for i, (score, index) in enumerate(entrants)
                ]
        m.d.comb += [self.result.label.eq(entrants[0][1]), self.result.scores.eq(scores)]
        return m


class SerialArgmax(wiring.Component):
    """The first class with the highest score so far, and the scores, of a serial popcount.

    Attributes:
        graph: the network.
        latency: cycles from the last score to the result.

    Members:
        score: of a class; class 0 comes first.
        index: of that class.
        done: whether the score is complete, and to be taken in this cycle.
        result: the label and the scores, when those of all classes have been taken.
    """

    def __init__(self, graph: GateGraph) -> None:
        self.graph = graph
        self.latency = 1
        width = bits_for(graph.max_score)
        members = {"score": In(width), "index": In(bits_for(graph.classes - 1)), "done": In(1)}
        super().__init__(members | {"result": Out(result_layout(graph))})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """A shift register of scores, and the best of them."""
        m = Module()
        scores = Signal(len(self.result.scores.as_value()), reset_less=True)
        best = Signal.like(self.score, reset_less=True)
        label = Signal.like(self.index, reset_less=True)
        with m.If(self.done):
            m.d.sync += scores.eq(Cat(scores[len(best) :], self.score))
            with m.If((self.index == 0) | (self.score > best)):
                m.d.sync += [best.eq(self.score), label.eq(self.index)]
        m.d.comb += [self.result.label.eq(label), self.result.scores.eq(scores)]
        return m


def result_layout(graph: GateGraph) -> data.StructLayout:
    """The bits of a result: the label lowest, then the score of each class."""
    scores = data.ArrayLayout(unsigned(bits_for(graph.max_score)), graph.classes)
    return data.StructLayout({"label": unsigned(bits_for(graph.classes - 1)), "scores": scores})


def _round(m: Module, number: int, entrants: list[tuple[Value, Value]]) -> list[tuple[Value, Value]]:
    """The winners of each pair; one that has no neighbour goes on."""
    winners: list[tuple[Value, Value]] = []
    for left, right in zip(entrants[::2], entrants[1::2], strict=False):
        name = f"round{number}_{len(winners)}"
        greater, score = Signal(name=f"{name}_greater"), Signal(len(left[0]), name=f"{name}_score")
        m.d.comb += [greater.eq(right[0] > left[0]), score.eq(Mux(greater, right[0], left[0]))]
        index = named(m, Mux(greater, right[1], left[1]), f"{name}_index") if number > 1 else Const(0, 0)
        winners.append((score, Cat(index, greater)))
    if len(entrants) % 2:
        score_value, index_value = entrants[-1]
        winners.append((score_value, Cat(index_value, Const(0, 1))))
    return winners
