"""The whole classifier: a stream of words in, a stream of results out."""

from __future__ import annotations

from amaranth.hdl import Cat, EnableInserter, Module, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from gatewright.graph.graph import GateGraph

from .argmax import Argmax, result_layout
from .encoder import Encoder
from .gates import Gates
from .nets import named
from .pipeline import Pipeline
from .popcount import Popcount
from .serial import SerialPopcount
from .shift import steps


class Classifier(wiring.Component):
    """A network as a feed-forward pipeline with one clock enable.

    All registers advance together, in every cycle in which the last result is taken or absent: in the cycles in
    which the signal ``advance`` is 1. Reset clears what says which results are valid, and ``phase``. Nothing
    combinational leads from a ready to a valid.

    With a parallel popcount, words are taken in every such cycle. From every state of the registers, the result is
    that of the words taken ``latency`` advancing cycles before, and valid exactly if they were.

    With a serial popcount of N = ``initiation_interval`` steps, the register ``phase`` counts 0 to N - 1 with every
    advancing cycle, whether words come or not, and words are taken in phase N - 1 alone. A state is legal if
    ``phase`` < N; reset leads to a legal state, and every cycle leads from one to one. From every state with
    ``phase`` = N - 1, whatever the other registers hold, the result ``latency`` advancing cycles later is that of the
    words of this cycle, and valid exactly if they were. From every legal state, one cycle later and ever after, a
    result is valid in phase (``latency`` - 1) mod N alone.

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

    def __init__(self, graph: GateGraph, pipeline: Pipeline | None = None) -> None:
        self.graph = graph
        self.pipeline = pipeline or Pipeline()
        self.initiation_interval = steps(graph, self.pipeline)
        self.encoder = Encoder(graph, self.pipeline)
        self.gates = Gates(graph, self.pipeline)
        self.popcount = (SerialPopcount if self.initiation_interval > 1 else Popcount)(graph, self.pipeline)
        self.argmax = Argmax(graph, self.pipeline)
        self.latency: int = sum(part.latency for part in (self.encoder, self.gates, self.popcount, self.argmax))
        words = data.ArrayLayout(unsigned(graph.encoder.word_width), graph.encoder.features)
        super().__init__({"words": In(stream.Signature(words)), "result": Out(stream.Signature(result_layout(graph)))})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Chain the parts, and beside them what says which results are valid."""
        m = Module()
        advance = Signal()
        enabled = EnableInserter(advance)
        m.submodules.encoder = enabled(self.encoder)
        m.submodules.gates = enabled(self.gates)
        m.submodules.popcount = enabled(self.popcount)
        m.submodules.argmax = enabled(self.argmax)
        m.d.comb += [
            advance.eq(self.result.ready | ~self.result.valid),
            self.encoder.words.eq(self.words.payload),
            self.gates.bits.eq(self.encoder.bits),
            self.popcount.counted.eq(self.gates.counted),
            self.argmax.scores.eq(self.popcount.scores),
            self.result.payload.eq(self.argmax.result),
        ]
        if self.initiation_interval > 1:
            self._serial(m, advance)
        else:
            self._parallel(m, advance)
        return m

    def _parallel(self, m: Module, advance: Signal) -> None:
        """A valid bit for each cycle of latency."""
        valid = Signal(self.latency)
        m.d.comb += [self.words.ready.eq(advance), self.result.valid.eq(valid[-1])]
        with m.If(advance):
            m.d.sync += valid.eq(Cat(self.words.valid, valid)[: self.latency])

    def _serial(self, m: Module, advance: Signal) -> None:
        """The phase, what happens when, and a valid bit for each sample that is on its way."""
        interval = self.initiation_interval
        phase = Signal(range(interval))
        last = Signal()
        # In the cycle after the one in which words are taken, the phase is 0.
        ready = self.latency - 2
        taken = Signal(ready // interval + 1)
        valid = Signal()
        counted = self.encoder.latency + self.gates.latency
        shifting = self.gates if self.gates.shifts else self.popcount
        load = counted - self.gates.shifts
        m.d.comb += [
            last.eq(phase == interval - 1),
            self.words.ready.eq(advance & last),
            self.result.valid.eq(valid),
            shifting.load.eq(self._flag(m, advance, phase, load, "load")),
            self.popcount.first.eq(self._flag(m, advance, phase, counted + self.popcount.start, "first")),
        ]
        with m.If(advance):
            m.d.sync += [
                phase.eq(phase + 1),
                valid.eq(taken[-1] & (phase == ready % interval)),
            ]
            with m.If(last):
                m.d.sync += [phase.eq(0), taken.eq(Cat(self.words.valid, taken)[: len(taken)])]

    def _flag(self, m: Module, advance: Signal, phase: Signal, cycle: int, name: str) -> Value:
        """Whether some sample was taken ``cycle`` cycles ago, or would have been: from a register where it can be."""
        interval = self.initiation_interval
        if cycle == 0:
            return phase == interval - 1
        flag = Signal(name=name, reset_less=True)
        soon = named(m, phase == (cycle - 2) % interval, f"{name}_next")
        with m.If(advance):
            m.d.sync += flag.eq(soon)
        return flag
