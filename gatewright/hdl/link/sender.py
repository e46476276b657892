"""Puts answers onto the line, one frame at a time."""

from __future__ import annotations

from enum import Enum

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .counters import RING_BITS
from .crc import Crc32
from .lfsr import POLYNOMIAL
from .protocol import CRC_BYTES, HEADER_BYTES, Frame, Shape, Type

HEADER_BITS = 8 * HEADER_BYTES
CRC_BITS = 8 * CRC_BYTES


class Answer(Enum):
    """What is sent."""

    HELLO = 0
    RESULT = 1
    ERROR = 2
    SELFTEST = 3
    COUNTERS = 4


class Phase(Enum):
    """The part of the frame that leaves."""

    IDLE = 0
    BODY = 1
    CRC = 2


class Sender(wiring.Component):
    """Sends a frame bit by bit: what is fixed from a table, what varies from one shift register, then the CRC.

    The shift register that holds a result while it leaves is the signature register of a self-test while it runs.

    Attributes:
        shape: how a result is packed.
        greeting: payload of the answer to a HELLO.
        selftest: whether there is a signature, and counters are sent.

    Members:
        ready: the next frame is taken.
        start: take a frame; only while ``ready``.
        answer: which frame.
        sequence: its sequence.
        content: the bits of a result, or the code of an error in the lowest bits.
        clear: the signature begins again with 0; only while ``ready``.
        fold: take ``content`` into the signature; only while ``ready``.
        counted: the next bit of the counters.
        count: it was taken.
        counting: the counters are being sent.
        send, bit, shift: to and from `uart.Transmitter`.
    """

    def __init__(self, shape: Shape, greeting: bytes, selftest: bool = True) -> None:
        self.shape = shape
        self.greeting = greeting
        self.selftest = selftest
        super().__init__(
            {
                "ready": Out(1),
                "start": In(1),
                "answer": In(Answer),
                "sequence": In(8),
                "content": In(shape.result_bits),
                "clear": In(1),
                "fold": In(1),
                "counted": In(1),
                "count": Out(1),
                "counting": Out(1),
                "send": Out(1),
                "bit": Out(1),
                "shift": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the bit counter, the table, the shift register and the CRC."""
        m = Module()
        bodies = {
            Answer.HELLO: _body(Frame(Type.HELLO_ANSWER, 0, self.greeting)),
            Answer.RESULT: _body(Frame(Type.RESULT, 0, bytes(self.shape.result_bytes))),
            Answer.ERROR: _body(Frame(Type.ERROR, 0, bytes(1))),
        }
        if self.selftest:
            bodies |= {
                Answer.SELFTEST: _body(Frame(Type.SELFTEST_ANSWER, 0, bytes(self.shape.signature_bytes))),
                Answer.COUNTERS: _body(Frame(Type.COUNTERS_ANSWER, 0, bytes(RING_BITS // 8))),
            }
        m.submodules.crc = crc = Crc32()
        answer = Signal(Answer)
        phase = Signal(Phase)
        index = Signal(range(max(len(body) * 8 for body in bodies.values())))
        last = Signal.like(index)
        fixed = Signal()
        from_table = Signal()
        in_sequence = Signal()
        varying = Signal()

        with m.Switch(answer):
            for kind, body in bodies.items():
                with m.Case(kind):
                    m.d.comb += last.eq(len(body) * 8 - 1)
                    table = Const(int.from_bytes(body, "little"), 2 ** len(index))
                    if kind is not Answer.HELLO:
                        # What follows the header varies, so the table may repeat there.
                        table = Const(int.from_bytes(body[:HEADER_BYTES], "little"), 64)
                    m.d.comb += fixed.eq(table.bit_select(index[: (len(table) - 1).bit_length()], 1))
        m.d.comb += [
            in_sequence.eq((index >> 3) == 2),
            from_table.eq(~in_sequence & ((answer == Answer.HELLO) | (index < HEADER_BITS))),
            self.ready.eq(phase == Phase.IDLE),
            self.send.eq(phase != Phase.IDLE),
            self.bit.eq(Mux(phase == Phase.CRC, crc.out, Mux(from_table, fixed, varying))),
            crc.bit.eq(self.bit),
            crc.emit.eq(phase == Phase.CRC),
            # The sync byte is no part of the message.
            crc.clear.eq((phase == Phase.BODY) & (index < 8)),
            crc.step.eq(self.shift),
        ]
        leaving = Signal()
        m.d.comb += leaving.eq(self.shift & ~from_table & (phase == Phase.BODY))
        m.d.comb += varying.eq(self._varying(m, leaving))
        if self.selftest:
            from_counters = ~in_sequence & (answer == Answer.COUNTERS)
            m.d.comb += [
                self.counting.eq(self.send & (answer == Answer.COUNTERS)),
                self.count.eq(leaving & from_counters),
            ]
            with m.If(from_counters):
                m.d.comb += varying.eq(self.counted)
        with m.If(self.start):
            m.d.sync += [answer.eq(self.answer), index.eq(0), phase.eq(Phase.BODY)]
        with m.Elif(self.shift):
            m.d.sync += index.eq(index + 1)
            with m.If((phase == Phase.BODY) & (index == last)):
                m.d.sync += [index.eq(0), phase.eq(Phase.CRC)]
            with m.Elif((phase == Phase.CRC) & (index == CRC_BITS - 1)):
                m.d.sync += phase.eq(Phase.IDLE)
        return m

    def _varying(self, m: Module, leaving: Signal) -> Value:
        """The next bit of the shift register: the sequence, and behind it the content or the signature."""
        bits = self.shape.signature_bits if self.selftest else self.shape.result_bits
        sequence = Signal(8, reset_less=True)
        held = Signal(bits, reset_less=True)
        taken = Signal()
        feedback = Signal()
        m.d.comb += [taken.eq(self.start), feedback.eq(0)]
        if self.selftest:
            m.d.comb += [
                taken.eq((self.start & (self.answer != Answer.SELFTEST)) | self.fold),
                feedback.eq(self.fold & held[0]),
            ]
        kept = leaving | self.fold
        with m.If(taken | kept | self.clear):
            m.d.sync += held.eq(
                (Cat(held[1:], Const(0)) & kept.replicate(bits))
                ^ (self.content & taken.replicate(bits))
                ^ Mux(feedback, POLYNOMIAL, 0)
            )
        with m.If(self.start):
            m.d.sync += sequence.eq(self.sequence)
        with m.Elif(leaving):
            m.d.sync += sequence.eq(Cat(sequence[1:], held[0]))
        return sequence[0]


def _body(frame: Frame) -> bytes:
    return frame.encode()[:-CRC_BYTES]
