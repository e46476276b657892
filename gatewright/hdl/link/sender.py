"""Puts answers onto the line, one frame at a time."""

from __future__ import annotations

from enum import Enum

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .crc import Crc32
from .protocol import CRC_BYTES, HEADER_BYTES, Frame, Shape, Type

HEADER_BITS = 8 * HEADER_BYTES
CRC_BITS = 8 * CRC_BYTES


class Answer(Enum):
    """What is sent."""

    HELLO = 0
    RESULT = 1
    ERROR = 2


class Phase(Enum):
    """The part of the frame that leaves."""

    IDLE = 0
    BODY = 1
    CRC = 2


class Sender(wiring.Component):
    """Sends a frame bit by bit: what is fixed from a table, what varies from one shift register, then the CRC.

    Attributes:
        shape: how a result is packed.
        greeting: payload of the answer to a HELLO.

    Members:
        ready: the next frame is taken.
        start: take a frame; only while ``ready``.
        answer: which frame.
        sequence: its sequence.
        content: the bits of a result, or the code of an error in the lowest bits.
        send, bit, shift: to and from `uart.Transmitter`.
    """

    def __init__(self, shape: Shape, greeting: bytes) -> None:
        self.shape = shape
        self.greeting = greeting
        super().__init__(
            {
                "ready": Out(1),
                "start": In(1),
                "answer": In(Answer),
                "sequence": In(8),
                "content": In(shape.result_bits),
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
        m.submodules.crc = crc = Crc32()
        answer = Signal(Answer)
        phase = Signal(Phase)
        index = Signal(range(max(len(body) * 8 for body in bodies.values())))
        varying = Signal(8 + self.shape.result_bits, reset_less=True)
        last = Signal.like(index)
        fixed = Signal()
        from_table = Signal()

        with m.Switch(answer):
            for kind, body in bodies.items():
                with m.Case(kind):
                    m.d.comb += last.eq(len(body) * 8 - 1)
                    table = Const(int.from_bytes(body, "little"), 2 ** len(index))
                    if kind is not Answer.HELLO:
                        # What follows the header varies, so the table may repeat there.
                        table = Const(int.from_bytes(body[:HEADER_BYTES], "little"), 64)
                    m.d.comb += fixed.eq(table.bit_select(index[: (len(table) - 1).bit_length()], 1))
        in_sequence = (index >> 3) == 2
        m.d.comb += [
            from_table.eq(~in_sequence & ((answer == Answer.HELLO) | (index < HEADER_BITS))),
            self.ready.eq(phase == Phase.IDLE),
            self.send.eq(phase != Phase.IDLE),
            self.bit.eq(Mux(phase == Phase.CRC, crc.out, Mux(from_table, fixed, varying[0]))),
            crc.bit.eq(self.bit),
            crc.emit.eq(phase == Phase.CRC),
            # The sync byte is no part of the message.
            crc.clear.eq((phase == Phase.BODY) & (index < 8)),
            crc.step.eq(self.shift),
        ]
        with m.If(self.start):
            m.d.sync += [
                answer.eq(self.answer),
                index.eq(0),
                varying.eq(Cat(self.sequence, self.content)),
                phase.eq(Phase.BODY),
            ]
        with m.Elif(self.shift):
            m.d.sync += index.eq(index + 1)
            with m.If(~from_table & (phase == Phase.BODY)):
                m.d.sync += varying.eq(varying >> 1)
            with m.If((phase == Phase.BODY) & (index == last)):
                m.d.sync += [index.eq(0), phase.eq(Phase.CRC)]
            with m.Elif((phase == Phase.CRC) & (index == CRC_BITS - 1)):
                m.d.sync += phase.eq(Phase.IDLE)
        return m


def _body(frame: Frame) -> bytes:
    return frame.encode()[:-CRC_BYTES]
