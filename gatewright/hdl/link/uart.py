"""An asynchronous serial line: 8N1, least significant bit first.

Both ends work bit by bit: the receiver says each data bit as it arrives and the transmitter asks for each data bit
as it leaves, so that a shift register or a CRC behind them needs no byte in between.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

DATA_BITS = 8
MIN_DIVISOR = 4


class Receiver(wiring.Component):
    """Takes bytes off the line; each bit is read in its middle.

    Attributes:
        divisor: clock cycles of a bit, at least 4.

    Members:
        rx: the line, asynchronous.
        bit: the data bit that arrived, with ``shift``.
        shift: a data bit arrived.
        data: the byte that arrived, with ``done``.
        done: the stop bit of a byte arrived.
        broken: a stop bit was missing; the bits since the last ``done`` are no byte.
        tick: once a bit time, while the line is idle too.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__(
            {
                "rx": In(1, init=1),
                "bit": Out(1),
                "shift": Out(1),
                "data": Out(DATA_BITS),
                "done": Out(1),
                "broken": Out(1),
                "tick": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the synchroniser, the bit timer and the shift register."""
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        timer = Signal(range(self.divisor))
        left = Signal(range(DATA_BITS + 2))
        data = Signal(DATA_BITS)
        m.d.comb += [self.tick.eq(timer == 0), self.bit.eq(line), self.data.eq(data)]
        m.d.sync += timer.eq(Mux(self.tick, self.divisor - 1, timer - 1))
        with m.FSM():
            with m.State("idle"):
                m.d.sync += left.eq(DATA_BITS + 1)
                with m.If(~line):
                    m.d.sync += timer.eq(self.divisor // 2 - 1)
                    m.next = "byte"
            with m.State("byte"), m.If(self.tick):
                m.d.sync += left.eq(left - 1)
                with m.If(left == DATA_BITS + 1), m.If(line):
                    m.next = "idle"
                with m.Elif(left == 0):
                    m.d.comb += [self.done.eq(line), self.broken.eq(~line)]
                    m.next = "release"
                with m.Else():
                    m.d.comb += self.shift.eq(1)
                    m.d.sync += data.eq(Cat(data[1:], line))
            # After a stop bit that is missing the line must rise before the next start bit can fall.
            with m.State("release"), m.If(line):
                m.next = "idle"
        return m


class Transmitter(wiring.Component):
    """Puts bytes onto the line, and asks for each bit as it leaves.

    Attributes:
        divisor: clock cycles of a bit, at least 4.

    Members:
        send: there is another byte to send.
        bit: its next bit.
        shift: ``bit`` was taken.
        done: the stop bit begins; the next byte follows one bit time later if ``send`` is high then.
        tx: the line.
    """

    def __init__(self, divisor: int) -> None:
        self.divisor = divisor
        super().__init__({"send": In(1), "bit": In(1), "shift": Out(1), "done": Out(1), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the bit timer and the line register."""
        m = Module()
        timer = Signal(range(self.divisor))
        left = Signal(range(DATA_BITS + 2))
        line = Signal(init=1)
        tick = Signal()
        m.d.comb += [tick.eq(timer == 0), self.tx.eq(line)]
        m.d.sync += timer.eq(Mux(tick, self.divisor - 1, timer - 1))
        with m.FSM():
            with m.State("idle"), m.If(self.send & tick):
                m.d.sync += [line.eq(0), left.eq(DATA_BITS)]
                m.next = "byte"
            with m.State("byte"), m.If(tick):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += line.eq(1)
                    m.d.comb += self.done.eq(1)
                    m.next = "idle"
                with m.Else():
                    m.d.sync += line.eq(self.bit)
                    m.d.comb += self.shift.eq(1)
        return m
