"""The thermometer encoder in hardware: words in, the input bits that are read out."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from gatewright.graph.graph import GateGraph
from gatewright.graph.stats import inputs_read

from .identifiers import identifiers
from .nets import named, whole
from .pipeline import Pipeline

_OWN = ("clk", "rst", "advance", "words", "bits", "unused")
"""Names that the module has already."""


def called(graph: GateGraph) -> tuple[str, ...]:
    """What the features of a network are called in its hardware."""
    return identifiers(graph.encoder.feature_names, _OWN)


class Encoder(wiring.Component):
    """Compares words with the thresholds that a gate or a group reads: one comparator for each.

    The outcome has the name of the feature and the threshold, ``petal_width_gt_21``; of words of one bit the feature's.
    Of a network that looks from several positions, it goes into a ring of registers.

    Attributes:
        graph: the network.
        identifiers: one for each feature.
        nets: the input nets that are read, rising.
        latency: cycles from words to bits; 0 for a ring.

    Members:
        words: the word of each feature.
        load: of a ring: take the outcome in.
        move: of a ring: go on by one position, where nothing is taken in.
        bits: the value of each of ``nets``.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.nets = inputs_read(graph)
        self._ring = graph.ring
        self.latency = 0 if self._ring else int(pipeline.encoder)
        encoder = graph.encoder
        self.identifiers = called(graph)
        super().__init__(
            {
                "words": In(data.ArrayLayout(unsigned(encoder.word_width), encoder.features)),
                "bits": Out(len(self.nets)),
            }
            | ({"load": In(1), "move": In(1)} if self._ring else {})
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """One comparison for each bit."""
        m = Module()
        encoder = self.graph.encoder
        inputs = self.nets - 2
        read = list(zip(encoder.feature[inputs].tolist(), encoder.threshold[inputs].tolist(), strict=True))
        names = [self.identifiers[f] + (f"_gt_{t}" if encoder.word_width > 1 else "") for f, t in read]
        bits = Cat(*(named(m, self.words[f] > t, name) for (f, t), name in zip(read, names, strict=True)))
        if self._ring:
            ring = Signal(len(self.nets), reset_less=True)
            m.d.comb += self.bits.eq(ring)
            with m.If(self.load | self.move):
                m.d.sync += ring.eq(Mux(self.load, bits, Cat(ring[1:], ring[0])))
        elif self.latency:
            held = Signal(len(self.nets), reset_less=True)
            m.d.comb += self.bits.eq(held)
            m.d.sync += held.eq(bits)
        else:
            m.d.comb += whole(self.bits, bits)
        return m
