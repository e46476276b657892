"""Takes frames off the line and keeps the one that waits for its answer."""

from __future__ import annotations

from enum import Enum

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .crc import Crc32
from .protocol import CRC_BYTES, SYNC, ErrorCode, Shape, Type
from .uart import DATA_BITS

CODE_BITS = max(ErrorCode).bit_length()


class State(Enum):
    """The next byte that is expected."""

    HUNT = 0
    TYPE = 1
    SEQUENCE = 2
    LENGTH_LOW = 3
    LENGTH_HIGH = 4
    PAYLOAD = 5
    CRC = 6


class Reader(wiring.Component):
    """Checks each frame as it comes in, bit by bit, as `protocol` says.

    The payload is shifted in, so it costs a flip-flop a bit and no logic.

    Attributes:
        shape: how a sample is packed.
        timeout_bits: bit times of silence after which an interrupted frame is given up, rounded up to a power of two.

    Members:
        bit, shift, data, done, broken, tick: from `uart.Receiver`.
        hello: a HELLO waits for its answer.
        sample: a SAMPLE waits for its answer.
        sequence: of the frame that waits.
        payload: the bits of the sample that waits.
        answered: the frame that waits is answered, or will be with no more need of it.
        error: a frame was refused.
        code: why, with ``error``.
    """

    def __init__(self, shape: Shape, timeout_bits: int) -> None:
        self.shape = shape
        self.timeout_bits = timeout_bits
        super().__init__(
            {
                "bit": In(1),
                "shift": In(1),
                "data": In(DATA_BITS),
                "done": In(1),
                "broken": In(1),
                "tick": In(1),
                "hello": Out(1),
                "sample": Out(1),
                "sequence": Out(8),
                "payload": Out(shape.sample_bits),
                "answered": In(1),
                "error": Out(1),
                "code": Out(CODE_BITS),
            }
        )

    # A state machine is read best in one piece.
    def elaborate(self, platform: object) -> Module:  # noqa: ARG002, PLR0915
        """Build the state machine, the payload register, the CRC and the timeout."""
        m = Module()
        m.submodules.crc = crc = Crc32()
        m.d.comb += [crc.bit.eq(self.bit), crc.step.eq(self.shift)]

        size = self.shape.sample_bytes
        payload = Signal(8 * size, reset_less=True)
        left = Signal(range(max(size, CRC_BYTES)))
        is_sample = Signal()
        expected = Signal(16)
        silence = Signal((self.timeout_bits - 1).bit_length() + 1)
        m.d.comb += [self.payload.eq(payload), expected.eq(is_sample.replicate(16) & size)]

        state = Signal(State)
        hunting = state == State.HUNT

        def refuse(code: ErrorCode) -> None:
            m.d.comb += [self.error.eq(1), self.code.eq(code)]
            m.d.sync += state.eq(State.HUNT)

        with m.If(hunting | self.done):
            m.d.sync += silence.eq(0)
        with m.Elif(self.tick):
            m.d.sync += silence.eq(silence + 1)
        with m.If(self.answered):
            m.d.sync += [self.hello.eq(0), self.sample.eq(0)]

        with m.Switch(state):
            with m.Case(State.HUNT):
                m.d.comb += crc.clear.eq(1)
                with m.If(self.done & (self.data == SYNC)):
                    m.d.sync += state.eq(State.TYPE)
            with m.Case(State.TYPE), m.If(self.done):
                m.d.sync += is_sample.eq(self.data == Type.SAMPLE)
                with m.If((self.data == Type.SAMPLE) | (self.data == Type.HELLO)):
                    m.d.sync += state.eq(State.SEQUENCE)
                with m.Elif(self.data == SYNC):
                    m.d.comb += crc.clear.eq(1)
                with m.Else():
                    m.d.sync += state.eq(State.HUNT)
            with m.Case(State.SEQUENCE), m.If(self.done):
                with m.If(self.hello | self.sample):
                    refuse(ErrorCode.BUSY)
                with m.Else():
                    m.d.sync += [self.sequence.eq(self.data), state.eq(State.LENGTH_LOW)]
            with m.Case(State.LENGTH_LOW), m.If(self.done):
                with m.If(self.data != expected[:8]):
                    refuse(ErrorCode.LENGTH)
                with m.Else():
                    m.d.sync += state.eq(State.LENGTH_HIGH)
            with m.Case(State.LENGTH_HIGH), m.If(self.done):
                with m.If(self.data != expected[8:]):
                    refuse(ErrorCode.LENGTH)
                with m.Elif(is_sample):
                    m.d.sync += [left.eq(size - 1), state.eq(State.PAYLOAD)]
                with m.Else():
                    m.d.sync += [left.eq(CRC_BYTES - 1), state.eq(State.CRC)]
            with m.Case(State.PAYLOAD):
                with m.If(self.shift):
                    m.d.sync += payload.eq(Cat(payload[1:], self.bit))
                with m.If(self.done):
                    m.d.sync += left.eq(left - 1)
                    with m.If(left == 0):
                        m.d.sync += [left.eq(CRC_BYTES - 1), state.eq(State.CRC)]
            with m.Case(State.CRC), m.If(self.done):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    with m.If(crc.good):
                        m.d.sync += [self.sample.eq(is_sample), self.hello.eq(~is_sample), state.eq(State.HUNT)]
                    with m.Else():
                        refuse(ErrorCode.CRC)
        with m.If(self.broken & ~hunting):
            refuse(ErrorCode.CRC)
        with m.If(silence[-1]):
            m.d.sync += state.eq(State.HUNT)
        return m
