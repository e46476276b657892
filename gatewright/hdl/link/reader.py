"""Takes frames off the line and keeps the one that waits for its answer."""

from __future__ import annotations

from enum import Enum

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .crc import Crc32
from .lfsr import BITS
from .protocol import CRC_BYTES, SELFTEST, SYNC, ErrorCode, Shape, Type
from .selftest import TAPS, register_bits
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

    The payload is shifted into the sample register, so it costs a flip-flop a bit and no logic. During a self-test the
    same register, shifted on, holds one sample after the other (see `selftest`). The bits of the sample in it stand
    elsewhere (see `Sample`); those below and above them are here.

    Attributes:
        shape: how a sample is packed.
        timeout_bits: bit times of silence after which an interrupted frame is given up, rounded up to a power of two.
        selftest: whether SELFTEST and COUNTERS are known.

    Members:
        bit, shift, data, done, broken, tick: from `uart.Receiver`.
        hello: a HELLO waits for its answer.
        sample: a SAMPLE waits for its answer.
        selftest_waits: a SELFTEST waits for its answer.
        counters: a COUNTERS waits for its answer.
        sequence: of the frame that waits.
        held: the bits of the sample that waits, or of the next of the self-test, as far as they have come in.
        fill: they shift down by one.
        coming: the bit that comes in above them.
        count: the register of the samples (see `lfsr`) at the end of the self-test that waits.
        clear: make the sample register that of the first sample of the self-test that waits, of which those of
            ``held`` below its `cleared_bits` become 0 elsewhere.
        step: make it that of the next.
        answered: the frame that waits is answered, or will be with no more need of it.
        error: a frame was refused.
        code: why, with ``error``.
    """

    def __init__(self, shape: Shape, timeout_bits: int, selftest: bool = True) -> None:
        self.shape = shape
        self.timeout_bits = timeout_bits
        self.selftest = selftest
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
                "selftest_waits": Out(1),
                "counters": Out(1),
                "sequence": Out(8),
                "held": In(shape.sample_bits),
                "fill": Out(1),
                "coming": Out(1),
                "count": Out(BITS),
                "clear": In(1),
                "step": In(1),
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
        lengths = {Type.HELLO: 0, Type.SAMPLE: size}
        waits = {Type.HELLO: self.hello, Type.SAMPLE: self.sample}
        if self.selftest:
            lengths |= {Type.SELFTEST: SELFTEST.size, Type.COUNTERS: 0}
            waits |= {Type.SELFTEST: self.selftest_waits, Type.COUNTERS: self.counters}
        left = Signal(range(max(*lengths.values(), CRC_BYTES)))
        kind = Signal(max(waits).bit_length())
        expected = Signal(16)
        silence = Signal((self.timeout_bits - 1).bit_length() + 1)
        with m.Switch(kind):
            for known, length in lengths.items():
                with m.Case(known):
                    m.d.comb += expected.eq(length)

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
            m.d.sync += Cat(waits.values()).eq(0)
        self._registers(m, state)

        with m.Switch(state):
            with m.Case(State.HUNT):
                m.d.comb += crc.clear.eq(1)
                with m.If(self.done & (self.data == SYNC)):
                    m.d.sync += state.eq(State.TYPE)
            with m.Case(State.TYPE), m.If(self.done):
                m.d.sync += kind.eq(self.data)
                with m.If((self.data != 0) & (self.data <= max(waits))):
                    m.d.sync += state.eq(State.SEQUENCE)
                with m.Elif(self.data == SYNC):
                    m.d.comb += crc.clear.eq(1)
                with m.Else():
                    m.d.sync += state.eq(State.HUNT)
            with m.Case(State.SEQUENCE), m.If(self.done):
                with m.If(Cat(waits.values()).any()):
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
                with m.Elif(expected.any()):
                    m.d.sync += [left.eq(expected - 1), state.eq(State.PAYLOAD)]
                with m.Else():
                    m.d.sync += [left.eq(CRC_BYTES - 1), state.eq(State.CRC)]
            with m.Case(State.PAYLOAD), m.If(self.done):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += [left.eq(CRC_BYTES - 1), state.eq(State.CRC)]
            with m.Case(State.CRC), m.If(self.done):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    with m.If(crc.good):
                        m.d.sync += state.eq(State.HUNT)
                        m.d.sync += [flag.eq(kind == known) for known, flag in waits.items()]
                    with m.Else():
                        refuse(ErrorCode.CRC)
        with m.If(self.broken & ~hunting):
            refuse(ErrorCode.CRC)
        with m.If(silence[-1]):
            m.d.sync += state.eq(State.HUNT)
        return m

    def _registers(self, m: Module, state: Signal) -> None:
        """The sample register, and the number of samples behind it."""
        size = 8 * self.shape.sample_bytes
        below = Signal(register_bits(self.shape) - size if self.selftest else 0, reset_less=True)
        above = Signal(size - self.shape.sample_bits, reset_less=True)
        coming = Signal()
        taking = Signal()
        m.d.comb += [
            self.fill.eq(taking | self.step),
            self.coming.eq(Cat(above, coming)[0]),
            taking.eq(self.shift & (state == State.PAYLOAD)),
            coming.eq(self.bit),
        ]
        with m.If(self.fill):
            m.d.sync += [below.eq(Cat(below, self.held)[1:]), above.eq(Cat(above, coming)[1:])]
        if self.selftest:
            recent = Cat(below, self.held, above)[-BITS:]
            with m.If(self.step):
                m.d.comb += coming.eq(Cat(recent[tap] for tap in TAPS).xor())
            count = Signal(BITS, reset_less=True)
            m.d.comb += self.count.eq(count)
            # The seed comes behind the number, which passes through where it is to stand.
            with m.If(taking):
                m.d.sync += count.eq(Cat(count[1:], recent[0]))
