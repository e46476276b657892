"""CRC-32 (IEEE 802.3), one bit a cycle."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

POLYNOMIAL = 0xEDB88320
"""The polynomial with its bits reversed, since the line sends the least significant bit first."""
RESIDUE = 0xDEBB20E3
"""The register after a message and its CRC, whatever the message."""


class Crc32(wiring.Component):
    """A register that takes message bits in, or gives its own bits out.

    Each step takes ``bit``. In a step with ``emit`` the next bit of the CRC leaves at ``out`` instead, least
    significant bit first, and ``bit`` is not read: 32 such steps send the CRC of the message before them.

    Members:
        clear: start a new message; wins over ``step``.
        step: take one bit.
        emit: give one bit out instead.
        bit: the message bit.
        out: the next bit of the CRC.
        good: the message so far ends with its own CRC.
    """

    def __init__(self) -> None:
        super().__init__({"clear": In(1), "step": In(1), "emit": In(1), "bit": In(1), "out": Out(1), "good": Out(1)})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the register."""
        m = Module()
        register = Signal(32, init=0xFFFFFFFF)
        feedback = (self.bit ^ register[0]) & ~self.emit
        m.d.comb += [self.out.eq(~register[0]), self.good.eq(register == RESIDUE)]
        with m.If(self.clear):
            m.d.sync += register.eq(0xFFFFFFFF)
        with m.Elif(self.step):
            m.d.sync += register.eq((register >> 1) ^ Mux(feedback, POLYNOMIAL, 0))
        return m
