"""Clocks with a reset of their own, from the board's pin or from a phase-locked loop."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import ClockSignal, Const, Elaboratable, Instance, Module, Signal, Value
from amaranth.lib import io
from amaranth.lib.cdc import ResetSynchronizer

from . import pll


class PinClock(Elaboratable):
    """Drives the domain ``sync`` from the board's clock; it is in reset for the first cycles, and as the button says.

    For platforms that leave the reset to the chip's global one, of which no wire of the netlist tells.
    """

    def elaborate(self, platform: Any) -> Module:
        """The pin's buffer and the reset."""
        m = Module()
        m.submodules.pin = pin = io.Buffer("i", platform.request(platform.default_clk, dir="-"))
        m.d.comb += ClockSignal("sync").eq(pin.i)
        m.submodules.reset = ResetSynchronizer(_button(m, platform), domain="sync")
        return m


class LoopClock(Elaboratable):
    """Drives the domain ``sync`` from the board's clock; it is in reset until the loop has locked.

    Attributes:
        loop: as it is set.
    """

    def __init__(self, loop: pll.Loop) -> None:
        self.loop = loop

    def elaborate(self, platform: Any) -> Module:
        """The primitive between the pin and the domain."""
        m = Module()
        kind = self.loop.kind
        pin = platform.request(platform.default_clk, dir="-")
        locked = Signal()
        clock = ClockSignal("sync")
        ports: dict[str, Any] = {f"o_{kind.output}": clock, "o_LOCK": locked}
        if kind.clock == "PACKAGEPIN":
            ports["io_PACKAGEPIN"] = pin.io
        else:
            m.submodules.pin = buffer = io.Buffer("i", pin)
            ports[f"i_{kind.clock}"] = buffer.i
        if kind.primitive == "EHXPLLL":
            ports["i_CLKFB"] = clock
        m.submodules.loop = Instance(
            kind.primitive,
            **{f"p_{name}": value for name, value in pll.parameters(self.loop).items()},
            **{f"i_{name}": Const(value, width) for name, (width, value) in pll.constants(kind).items()},
            **ports,
        )
        m.submodules.reset = ResetSynchronizer(~locked | _button(m, platform), domain="sync")
        return m


def _button(m: Module, platform: Any) -> Value:
    """Whether the board's reset button is pressed, if it has one."""
    if platform.default_rst is None:
        return Const(0)
    m.submodules.button = button = io.Buffer("i", platform.request(platform.default_rst, dir="-"))
    return button.i
