"""The gateware of the link: a serial line on one side, a stream of samples and one of results on the other."""

from __future__ import annotations

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .protocol import TIMEOUT_BITS, Hello
from .reader import CODE_BITS, Reader
from .sender import Answer, Sender
from .uart import Receiver, Transmitter


class Loader(wiring.Component):
    """Answers the frames of a host as `protocol` says; a sample goes through the classifier on its way.

    One sample is in the classifier at a time, while the next one comes in and the result before it leaves.

    Attributes:
        hello: what the board says about itself; its shape gives the widths of both streams.
        divisor: clock cycles of a bit on the line, at least 4.
        timeout_bits: bit times of silence after which an interrupted frame is given up, rounded up to a power of two.

    Members:
        rx, tx: the line.
        words: samples to the classifier.
        result: results from it.
    """

    def __init__(self, hello: Hello, divisor: int, timeout_bits: int = TIMEOUT_BITS) -> None:
        self.hello = hello
        self.divisor = divisor
        self.timeout_bits = timeout_bits
        shape = hello.shape
        layout = data.StructLayout(
            {"label": unsigned(shape.label_bits), "scores": data.ArrayLayout(unsigned(shape.score_bits), shape.classes)}
        )
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "words": Out(stream.Signature(data.ArrayLayout(unsigned(shape.word_width), shape.features))),
                "result": In(stream.Signature(layout)),
            }
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Connect the line, the reader, the classifier's streams and the sender."""
        m = Module()
        shape = self.hello.shape
        m.submodules.receiver = receiver = Receiver(self.divisor)
        m.submodules.transmitter = transmitter = Transmitter(self.divisor)
        m.submodules.reader = reader = Reader(shape, self.timeout_bits)
        m.submodules.sender = sender = Sender(shape, self.hello.encode())
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
        code = Signal(CODE_BITS)
        m.d.comb += [self.words.p.eq(reader.payload), self.words.valid.eq(reader.sample & ~offered)]
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
        with m.If(sender.ready):
            with m.If(self.result.valid):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.RESULT)]
            with m.Elif(reader.hello):
                m.d.comb += [sender.start.eq(1), sender.answer.eq(Answer.HELLO)]
            with m.Elif(refused):
                m.d.comb += [
                    sender.start.eq(1),
                    sender.answer.eq(Answer.ERROR),
                    sender.sequence.eq(0),
                    sender.content.eq(code),
                ]
                with m.If(~reader.error):
                    m.d.sync += refused.eq(0)
        return m
