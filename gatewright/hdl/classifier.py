"""The whole classifier: a stream of words in, a stream of results out."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, EnableInserter, Module, Mux, Signal, Value, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .argmax import Argmax, SerialArgmax, result_layout
from .encoder import Encoder
from .gates import Gates
from .nets import named
from .pipeline import Pipeline, standard
from .popcount import Popcount
from .sample import Sample, filling
from .serial import SerialPopcount
from .turns import SET, built, interval, rounds, standing, starts


class Classifier(wiring.Component):
    """A network as a feed-forward pipeline with one clock enable.

    All registers advance together, in every cycle in which the last result is taken or absent: in the cycles in
    which the signal ``advance`` is 1. Reset clears what says which results are valid, and ``phase``. Nothing
    combinational leads from a ready to a valid. L is ``latency``, N is ``initiation_interval``.

    With a parallel popcount, N is 1, and words are taken in every such cycle. From every state of the registers, the
    result is that of the words taken L advancing cycles before, and valid exactly if they were.

    With a serial popcount, words stand for N advancing cycles, and are taken in the last of them. The register
    ``phase`` is 0 while no words are offered, counts to N - 1 from the first cycle in which they are, and starts anew.
    A phase is legal if it is below N; reset leads to a legal one, and every cycle leads from one to one. From every
    state with phase 0, whatever the other registers hold, the result L advancing cycles later is that of the words
    that stand in this cycle and in the next N - 1. From every legal state, the result L - N + 1 advancing cycles later
    is valid exactly if words are taken in this one.

    A network that looks from several positions has a serial popcount. The words that stand in phase 0 go into a ring of
    registers, which moves between the passes of the positions (see `turns`); the rest is as with one position. Where
    that ring is filled bit by bit, the words are what it holds in phase 0, and nothing may come in while they are
    offered.

    Attributes:
        graph: the network.
        pipeline: where the registers stand.
        encoder, gates, popcount, argmax: the parts, in the order of the data.
        latency: cycles from the first in which words are offered to the one in which their result is valid, when
            nothing stalls and no other words are being taken. Every other place reads it here.
        initiation_interval: cycles from one sample to the next, when nothing stalls.

    Members:
        words: the word of each feature; feature 0 in the lowest bits. Of a ring that is filled, see `sample.filling`.
        result: the label in the lowest bits, then the score of each class.

    Args:
        graph: the network.
        pipeline: `standard` if None.
        ring: one that is filled bit by bit; only of a network that is `sample.fillable`.
        back: whether it has turned once round when the words are taken, so that it holds them as they were offered.
    """

    def __init__(
        self, graph: GateGraph, pipeline: Pipeline | None = None, *, ring: Sample | None = None, back: bool = False
    ) -> None:
        self.graph = graph
        self.pipeline = pipeline or standard(graph)
        graph = built(graph)
        if graph.ring and not self.pipeline.lanes:
            raise GatewrightError(
                f"The network looks from {len(graph.positions)} positions, one after another, so that it is counted "
                "serially: give its popcount lanes, such as --lanes 64."
            )
        self.encoder = ring or Encoder(graph, self.pipeline)
        self.gates = Gates(graph, self.pipeline)
        self._rounds = rounds(graph, self.pipeline)
        self.serial = self._rounds > 0
        self.popcount = (SerialPopcount if self.serial else Popcount)(graph, self.pipeline)
        self.argmax = SerialArgmax(graph) if self.serial else Argmax(graph, self.pipeline)
        parts = (self.encoder, self.gates, self.popcount, self.argmax)
        front = self.encoder.latency + self.gates.latency
        self.initiation_interval = interval(graph, self.pipeline, front, back=back)
        self._standing = standing(graph, self.pipeline, front)
        self.latency: int = sum(part.latency for part in parts) + self.initiation_interval - 1
        words = data.ArrayLayout(unsigned(graph.encoder.word_width), graph.encoder.features)
        offered = filling(ring) if ring else stream.Signature(words)
        super().__init__({"words": In(offered), "result": Out(stream.Signature(result_layout(graph)))})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Chain the parts, and beside them what says which results are valid."""
        m = Module()
        advance = Signal()
        enabled = EnableInserter(advance)
        bits = self._encoder(m, advance)
        m.submodules.gates = enabled(self.gates)
        m.submodules.popcount = enabled(self.popcount)
        m.submodules.argmax = enabled(self.argmax)
        ready: Value = advance
        taken: Value = self.words.valid
        if self.serial:
            last = self._serial(m, advance)
            ready, taken = advance & last, taken & last
        else:
            m.d.comb += [self.popcount.counted.eq(self.gates.counted), self.argmax.scores.eq(self.popcount.scores)]
        valid = Signal(self.latency - self.initiation_interval + 1)
        m.d.comb += [
            advance.eq(self.result.ready | ~self.result.valid),
            self.gates.bits.eq(bits),
            self.words.ready.eq(ready),
            self.result.payload.eq(self.argmax.result),
            self.result.valid.eq(valid[-1]),
        ]
        with m.If(advance):
            m.d.sync += valid.eq(Cat(taken, valid)[: len(valid)])
        return m

    def _encoder(self, m: Module, advance: Signal) -> Value:
        """The bits of the words, or of the ring that holds them."""
        if isinstance(self.encoder, Encoder):
            m.submodules.encoder = EnableInserter(advance)(self.encoder)
            m.d.comb += self.encoder.words.eq(self.words.payload)
            return self.encoder.bits
        # A ring is filled whether or not a result waits.
        m.submodules.encoder = self.encoder
        m.d.comb += [
            self.encoder.fill.eq(self.words.fill),
            self.encoder.coming.eq(self.words.coming),
            self.words.held.eq(self.encoder.held),
        ]
        if self.encoder.cleared:
            m.d.comb += self.encoder.clear.eq(self.words.clear)
        return self.encoder.held

    def _serial(self, m: Module, advance: Signal) -> Value:
        """The phase, and what happens in which; whether it is the last."""
        phase = Signal(range(self.initiation_interval))
        last = Signal()
        m.d.comb += [
            last.eq(phase == self.initiation_interval - 1),
            self.popcount.counted.eq(self.gates.counted),
            self.argmax.score.eq(self.popcount.score),
            self.argmax.index.eq(self.popcount.index),
        ]
        counting = named(m, advance & (phase.any() | self.words.valid), "counting")
        with m.If(counting):
            m.d.sync += phase.eq(Mux(last, 0, phase + 1))
        ring = self.graph.ring
        turn = self._passes(m, counting, phase, last) if ring else phase
        # The inputs that stand in the cycle of turn t are those of turn t, when they have come to the last gates; the
        # upper bits of a turn are its class, the lower ones its turn in it.
        front = max(1, self.encoder.latency + self.gates.latency - 1)
        low, classes = (self._rounds - 1).bit_length(), range(self.graph.classes)
        loading = self._later(m, advance, turn, front - 1, "loading")[low:]
        sets = [Cat(loading == number for number in classes[first : first + SET]).any() for first in classes[::SET]]
        m.d.comb += self.gates.resting.eq(self._held(m, advance, Cat(~now for now in sets), "resting"))
        # The registers of a class are read in the cycle behind the one in which they are loaded.
        reading = self._later(m, advance, turn, front, "reading")
        members = [Cat(reading[low:] == number for number in classes[first::SET]).any() for first in classes[:SET]]
        turns = [reading[:low] == number for number in range(self._rounds)] if low else [Const(1)]
        chosen = Cat(now & member for now in turns for member in members)
        m.d.comb += self.popcount.chosen.eq(self._held(m, advance, chosen, "chosen"))
        count = front + 1 + self.popcount.start
        complete = turn[:low] == self._rounds - 1 if low else turn < self.graph.classes
        if ring and low:
            complete &= turn[low:] < self.graph.classes
        flags = {
            "first": (self.popcount.first, turn[:low] == 0 if low else Const(1), count),
            "zero": (self.popcount.zero, turn == 0, count),
            "done": (self.argmax.done, complete, count + 1),
        }
        if ring:
            flags["fresh"] = (
                self.popcount.fresh,
                phase < [*starts(self.graph, self._standing), self.initiation_interval][1],
                count,
            )
            # The score of the class before is taken in while a class begins: the oldest is still that one's, except for
            # the first class.
            scores = self.argmax.result.scores
            m.d.comb += self.popcount.carried.eq(Mux(self.popcount.zero, scores[0], scores[1]))
        for name, (port, now, cycles) in flags.items():
            m.d.comb += port.eq(self._later(m, advance, named(m, now, f"{name}_now"), cycles, name))
        return last

    def _passes(self, m: Module, counting: Value, phase: Signal, last: Signal) -> Signal:
        """The turn in a pass, and the number of its cycles between two of them, when the ring moves."""
        turn = Signal(range(self._standing + 1), reset_less=True)
        between = Signal(reset_less=True)
        idle = named(m, ~phase.any(), "idle")
        begins = named(m, Cat(phase == start - 1 for start in starts(self.graph, self._standing)).any(), "begins")
        with m.If(counting):
            m.d.sync += between.eq(~begins & (between | idle | (turn == self._standing - 1)))
        with m.If(named(m, counting & (begins | ~between), "turning")):
            m.d.sync += turn.eq(Mux(begins, 0, turn + 1))
        if isinstance(self.encoder, Encoder):
            m.d.comb += [self.encoder.load.eq(idle), self.encoder.move.eq(between)]
        else:
            m.d.comb += self.encoder.move.eq(counting & between & ~idle & ~last)
        return turn

    def _later(self, m: Module, advance: Signal, value: Value, cycles: int, name: str) -> Value:
        """A value as it was some cycles ago."""
        for cycle in range(1, cycles + 1):
            value = self._held(m, advance, value, f"{name}{cycle}")
        return value

    def _held(self, m: Module, advance: Signal, value: Value, name: str) -> Value:
        """A register behind a value."""
        held = Signal(len(value), name=name, reset_less=True)
        with m.If(advance):
            m.d.sync += held.eq(value)
        return held
