"""The gateware of the link: a serial line on one side, a stream of samples and one of results on the other."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from gatewright.hdl.sample import Sample, filling

from .counters import Counters
from .hello import Hello
from .protocol import TIMEOUT_BITS
from .reader import CODE_BITS, Reader
from .sender import Answer, Sender
from .uart import Receiver, Transmitter


class Loader(wiring.Component):
    """Answers the frames of a host as `protocol` says; a sample goes through the classifier on its way.

    One sample is in the classifier at a time, while the next one comes in and the result before it leaves. In a
    self-test, samples are offered in every cycle, and nothing leaves before its end.

    Attributes:
        hello: what the board says about itself; its shape gives the widths of both streams, its latency and interval
            the largest number of samples in the classifier.
        sample: the register of the sample that comes in: one of the loader, or, if it turns, of the classifier.
        timeout_bits: bit times of silence after which an interrupted frame is given up, rounded up to a power of two.

    Members:
        rx, tx: the line.
        words: samples to the classifier; if it has the register, see `filling`.
        result: results from it.
    """

    def __init__(self, hello: Hello, sample: Sample, timeout_bits: int = TIMEOUT_BITS) -> None:
        self.hello = hello
        self.sample = sample
        self.timeout_bits = timeout_bits
        shape = hello.shape
        words = stream.Signature(data.ArrayLayout(unsigned(shape.word_width), shape.features))
        layout = data.StructLayout(
            {"label": unsigned(shape.label_bits), "scores": data.ArrayLayout(unsigned(shape.score_bits), shape.classes)}
        )
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "words": Out(filling(sample) if sample.turns else words),
                "result": In(stream.Signature(layout)),
            }
        )

    @property
    def divisor(self) -> int:
        """Clock cycles of a bit on the line."""
        return self.hello.divisor

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Connect the line, the reader, the classifier's streams and the sender."""
        m = Module()
        shape = self.hello.shape
        m.submodules.receiver = receiver = Receiver(self.divisor)
        m.submodules.transmitter = transmitter = Transmitter(self.divisor)
        m.submodules.reader = reader = Reader(shape, self.timeout_bits, self.hello.selftest)
        m.submodules.sender = sender = Sender(shape, self.hello.encode(), self.hello.selftest)
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx)]
        for name in ("bit", "shift", "data", "done", "broken", "tick"):
            m.d.comb += getattr(reader, name).eq(getattr(receiver, name))
        m.d.comb += [
            transmitter.send.eq(sender.send),
            transmitter.bit.eq(sender.bit),
            sender.shift.eq(transmitter.shift),
        ]

        offered = Signal()
        refused = Signal()
        begin = Signal()
        running = Signal()
        code = Signal(CODE_BITS)
        # What is counted stands still while it is sent.
        m.d.comb += self.words.valid.eq(reader.sample & ~offered & ~sender.counting)
        sample: Any = self.words
        if not self.sample.turns:
            m.submodules.sample = sample = self.sample
            m.d.comb += self.words.p.eq(sample.held)
        m.d.comb += [sample.fill.eq(reader.fill), sample.coming.eq(reader.coming), reader.held.eq(sample.held)]
        if self.sample.cleared:
            m.d.comb += sample.clear.eq(reader.clear)
        with m.If(self.words.valid & self.words.ready):
            m.d.sync += offered.eq(1)
        with m.Elif(reader.answered):
            m.d.sync += offered.eq(0)
        with m.If(reader.error):
            m.d.sync += [refused.eq(1), code.eq(reader.code)]

        m.d.comb += [
            sender.sequence.eq(reader.sequence),
            sender.content.eq(self.result.p.as_value()),
            self.result.ready.eq(sender.ready),
            reader.answered.eq(sender.start & (sender.answer != Answer.ERROR)),
        ]
        with m.If(sender.ready & ~running):
            with m.If(self.result.valid):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.RESULT)]
            with m.Elif(reader.hello):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.HELLO)]
            with m.Elif(reader.counters):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.COUNTERS)]
            with m.Elif(reader.selftest_waits):
                m.d.comb += begin.eq(1)
            with m.Elif(refused):
                m.d.comb += [
                    sender.start.eq(1),
                    sender.answer.eq(Answer.ERROR),
                    sender.sequence.eq(0),
                    # Of an error, eight bits are sent.
                    sender.content[:8].eq(code),
                ]
                with m.If(~reader.error):
                    m.d.sync += refused.eq(0)
        if self.hello.selftest:
            self._selftest(m, reader, sender, begin, running)
        return m

    def _selftest(self, m: Module, reader: Reader, sender: Sender, begin: Signal, running: Signal) -> None:
        """Count, and run the self-test that waits, from ``begin`` on and while ``running``."""
        m.submodules.counters = counters = Counters()
        inside = Signal(range(self.hello.latency_cycles // self.hello.interval_cycles + 2))
        taken = self.words.valid & self.words.ready
        # Latency begins with the offer, as a serial popcount takes words when they have stood for an interval.
        offered = Signal(name="offered_before")
        m.d.sync += [
            inside.eq(inside + taken - (self.result.valid & self.result.ready)),
            offered.eq(self.words.valid),
        ]
        m.d.comb += [
            counters.cycle.eq(inside.any() | offered),
            counters.sample.eq(taken),
            counters.error.eq(sender.start & (sender.answer == Answer.ERROR)),
            counters.clear.eq(begin),
            counters.shift.eq(sender.count),
            sender.counted.eq(counters.out),
            reader.clear.eq(begin),
            reader.step.eq(running & taken),
            sender.clear.eq(begin),
            sender.fold.eq(running & self.result.valid),
        ]
        with m.If(running):
            with m.If(counters.samples != reader.count):
                m.d.comb += self.words.valid.eq(1)
            with m.Elif(~inside.any()):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.SELFTEST)]
                m.d.sync += running.eq(0)
        with m.Elif(begin):
            m.d.sync += running.eq(1)
