"""The board top as files: what Yosys and nextpnr read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from amaranth.build import Attrs
from amaranth.build.res import ResourceError
from amaranth.hdl import ClockDomain, Elaboratable, Module
from amaranth.lib import io
from amaranth_boards.resources import UARTResource

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.top import Top, divisor
from gatewright.run import write_whole

from .board import Board, Uart
from .clock import LoopClock, PinClock
from .pll import KINDS, Loop, choose

NAME = "top"
PARTS = ("encoder", "gates", "popcount", "argmax", "link")
"""The modules whose area is told apart, by the name of the submodule."""

BORDER = (
    *(f"*.encoder/w:{name}" for name in ("words", "held", "fill", "coming", "clear")),
    "*.argmax/w:result",
    "*/w:*.classifier.phase",
)
"""The wires at which the classifier ends, and the register that tells when, as Yosys selects them."""

_SCRIPT = """read_rtlil {name}.il
delete w:$verilog_initial_trigger
# abc9 splits vectors into bits: a wire called like a bit of another would be there twice.
rename -hide w:*[[]*
# Each part is mapped by itself, so that every cell belongs to one of them; its name says to which.
{kept}
{synth} -top {name}
setattr -mod -unset keep_hierarchy A:keep_hierarchy
# Other wires share these nets; the names tell where the classifier begins and ends, and when.
setattr -set keep 1 {border}
flatten -noscopeinfo
opt_clean -purge
setattr -unset keep w:*
{finish}
write_json {name}.json
"""


class BoardTop(Elaboratable):
    """A `Top` on the pins of a board.

    Attributes:
        top: the design.
        uart: its pins, for a platform that does not name a serial line.
        clock: drives the domain ``sync``; None for the platform's own.
    """

    def __init__(self, top: Top, uart: Uart, clock: Elaboratable | None) -> None:
        self.top = top
        self.uart = uart
        self.clock = clock

    def elaborate(self, platform: Any) -> Module:
        """Connect the line to the pins of the board's UART."""
        m = Module()
        m.submodules.core = self.top
        if self.clock is not None:
            m.domains.sync = ClockDomain()
            m.submodules.clock = self.clock
        directions = {pin.name: "-" for pin in _uart(platform, self.uart).ios if hasattr(pin, "ios")}
        pins = platform.request("uart", 0, dir=directions)
        m.submodules.rx = rx = io.Buffer("i", pins.rx)
        m.submodules.tx = tx = io.Buffer("o", pins.tx)
        m.d.comb += [self.top.rx.eq(rx.i), tx.o.eq(self.top.tx)]
        if ("held_high", 0) in platform.resources:
            m.submodules.high = high = io.Buffer("o", platform.request("held_high", 0, dir="-"))
            m.d.comb += high.o.eq(1)
        return m


def _uart(platform: Any, uart: Uart) -> Any:
    """The serial line of a platform, which gets one if it has none."""
    try:
        return platform.lookup("uart", 0)
    except ResourceError:
        platform.add_resources([UARTResource(0, rx=uart.rx, tx=uart.tx, attrs=Attrs(**uart.attributes))])
        return platform.lookup("uart", 0)


def make_loop(board: Board, clock_hz: float | None) -> Loop | None:
    """What makes a clock, or None for the board's own.

    Raises:
        GatewrightError: if the board cannot make it.
    """
    if clock_hz is None or clock_hz == board.clock_hz:
        return None
    if not board.pll:
        raise GatewrightError(
            f"{board.title} gets no clock but its own of {board.clock_hz / 1e6:g} MHz, and {clock_hz / 1e6:g} MHz are "
            "asked for: leave the clock as it is, or choose another board."
        )
    return choose(KINDS[board.pll], board.clock_hz, clock_hz)


def make_top(graph: GateGraph, board: Board, pipeline: Pipeline, loop: Loop | None = None) -> Top:
    """The design for a board.

    Raises:
        GatewrightError: if the clock does not give the board's baud rate, or a sample does not fit into a frame.
    """
    hz = round(loop.hz) if loop else board.clock_hz
    return Top(graph, pipeline, clock_hz=hz, divisor=divisor(hz, board.baud), selftest=board.selftest)


def prepare(top: Top, board: Board, loop: Loop | None = None) -> dict[str, str]:
    """The files of a build by name: RTLIL, pins as the board's Amaranth platform has them, and the Yosys script."""
    family = board.family
    files = {
        f"{NAME}.ys": _SCRIPT.format(
            name=NAME,
            border=" ".join(BORDER),
            kept="\n".join(f"setattr -mod -set keep_hierarchy 1 *.{part}" for part in PARTS),
            synth=family.synth,
            finish="\n".join(family.finish),
        )
    }
    if not board.platform:
        return {f"{NAME}.il": rtlil.convert(top, name=NAME, emit_src=False), **files}
    module, _, name = board.platform.partition(":")
    platform = getattr(importlib.import_module(module), name)()
    clock = LoopClock(loop) if loop is not None else PinClock() if family.bare_clock else None
    plan = platform.prepare(BoardTop(top, board.uart, clock), NAME, emit_src=False)
    return {name: plan.files[name] for name in (f"{NAME}.il", f"{NAME}.{family.constraints}")} | files


def write(files: dict[str, str], folder: Path) -> None:
    """Write the files of a build."""
    for name, content in files.items():
        write_whole(folder / name, content)
