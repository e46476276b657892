"""The whole classifier: a stream of words in, a stream of results out."""

from __future__ import annotations

from amaranth.hdl import Cat, EnableInserter, Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from gatewright.graph.graph import GateGraph

from .argmax import Argmax, result_layout
from .encoder import Encoder
from .gates import Gates
from .pipeline import Pipeline
from .popcount import Popcount


class Classifier(wiring.Component):
    """A network as a feed-forward pipeline with one clock enable.

    All registers advance together, in every cycle in which the last result is taken or absent; ``words.ready`` says
    so. Reset clears only the chain of valid bits. Nothing combinational leads from a ready to a valid.

    Attributes:
        graph: the network.
        pipeline: where the registers stand.
        encoder, gates, popcount, argmax: the parts, in the order of the data.
        latency: cycles from the one in which words are taken to the one in which their result is valid, when
            nothing stalls. Every other place reads it here.
        initiation_interval: cycles from one sample to the next, when nothing stalls.

    Members:
        words: the word of each feature; feature 0 in the lowest bits.
        result: the label in the lowest bits, then the score of each class.
    """

    initiation_interval = 1

    def __init__(self, graph: GateGraph, pipeline: Pipeline | None = None) -> None:
        self.graph = graph
        self.pipeline = pipeline or Pipeline()
        self.encoder = Encoder(graph, self.pipeline)
        self.gates = Gates(graph, self.pipeline)
        self.popcount = Popcount(graph, self.pipeline)
        self.argmax = Argmax(graph, self.pipeline)
        self.latency: int = sum(part.latency for part in (self.encoder, self.gates, self.popcount, self.argmax))
        words = data.ArrayLayout(unsigned(graph.encoder.word_width), graph.encoder.features)
        super().__init__({"words": In(stream.Signature(words)), "result": Out(stream.Signature(result_layout(graph)))})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Chain the parts, and a valid bit for each cycle of latency beside them."""
        m = Module()
        advance = Signal()
        valid = Signal(self.latency)
        enabled = EnableInserter(advance)
        m.submodules.encoder = enabled(self.encoder)
        m.submodules.gates = enabled(self.gates)
        m.submodules.popcount = enabled(self.popcount)
        m.submodules.argmax = enabled(self.argmax)
        m.d.comb += [
            advance.eq(self.result.ready | ~self.result.valid),
            self.words.ready.eq(advance),
            self.encoder.words.eq(self.words.payload),
            self.gates.bits.eq(self.encoder.bits),
            self.popcount.counted.eq(self.gates.counted),
            self.argmax.scores.eq(self.popcount.scores),
            self.result.payload.eq(self.argmax.result),
            self.result.valid.eq(valid[-1]),
        ]
        with m.If(advance):
            m.d.sync += valid.eq(Cat(self.words.valid, valid)[: self.latency])
        return m
