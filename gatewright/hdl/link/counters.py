"""What a board counts, in one ring of bits that leaves the chip as it turns."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .lfsr import BITS, ONE, POLYNOMIAL

RING_BITS = 3 * BITS


class Counters(wiring.Component):
    """Counts as `protocol.Counts` says, each with a register as in `lfsr`.

    In a cycle with ``shift`` the ring turns by one bit and nothing is counted.

    Members:
        cycle, sample, error: what there is to count.
        clear: cycles and samples begin again with 0; wins over them.
        samples: the register of the samples.
        shift: turn the ring; after all its bits every counter is what it was.
        out: the next bit: cycles, samples, errors, each with its least significant bit first.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "cycle": In(1),
                "sample": In(1),
                "error": In(1),
                "clear": In(1),
                "samples": Out(BITS),
                "shift": In(1),
                "out": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the counters and join them to a ring."""
        m = Module()
        cycles, samples, errors = (Signal(BITS, name=name, init=ONE) for name in ("cycles", "samples", "errors"))
        m.d.comb += [self.samples.eq(samples), self.out.eq(cycles[0])]
        for register, event, behind in (
            (cycles, self.cycle, samples),
            (samples, self.sample, errors),
            (errors, self.error, cycles),
        ):
            with m.If(event | self.shift):
                # Either mode shifts: what leaves comes back as feedback, or goes on to the next.
                coming = Cat(register[1:], self.shift & behind[0])
                m.d.sync += register.eq(coming ^ Mux(register[0] & ~self.shift, POLYNOMIAL, 0))
        with m.If(self.clear):
            m.d.sync += [cycles.eq(ONE), samples.eq(ONE)]
        return m
