"""The board top as files: what Yosys and nextpnr read."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from amaranth.hdl import Elaboratable, Module
from amaranth.lib import io

from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.top import Top, divisor
from gatewright.run import write_whole

from .board import Board

NAME = "top"
PARTS = ("encoder", "gates", "popcount", "argmax", "link")
"""The modules whose area is told apart, by the name of the submodule."""

# Each part is mapped by itself, so that every cell belongs to one of them; its name says to which.
_AFTER_READ = "\n".join(f"setattr -mod -set keep_hierarchy 1 *.{part}" for part in PARTS)
_AFTER_SYNTH = """setattr -mod -unset keep_hierarchy A:keep_hierarchy
flatten -noscopeinfo
opt_clean -purge"""


# Comparators with constants and short adders take fewer logic cells as LUTs than as carry chains, whose two ends
# take cells too; the clock is no slower.
_SYNTH_OPTIONS = "-nocarry"


class BoardTop(Elaboratable):
    """A `Top` on the pins of a board.

    Attributes:
        top: the design.
    """

    def __init__(self, top: Top) -> None:
        self.top = top

    def elaborate(self, platform: Any) -> Module:
        """Connect the line to the pins of the board's UART."""
        m = Module()
        m.submodules.core = self.top
        directions = {pin.name: "-" for pin in platform.lookup("uart", 0).ios if hasattr(pin, "ios")}
        pins = platform.request("uart", 0, dir=directions)
        m.submodules.rx = rx = io.Buffer("i", pins.rx)
        m.submodules.tx = tx = io.Buffer("o", pins.tx)
        m.d.comb += [self.top.rx.eq(rx.i), tx.o.eq(self.top.tx)]
        return m


def make_top(graph: GateGraph, board: Board, pipeline: Pipeline) -> Top:
    """The design for a board.

    Raises:
        GatewrightError: if the board's clock does not give its baud rate, or a sample does not fit into a frame.
    """
    return Top(graph, pipeline, clock_hz=board.clock_hz, divisor=divisor(board.clock_hz, board.baud))


def prepare(top: Top, board: Board) -> dict[str, str]:
    """The files of a build by name, as the board's Amaranth platform makes them: RTLIL, pins and the Yosys script."""
    module, _, name = board.platform.partition(":")
    platform = getattr(importlib.import_module(module), name)()
    plan = platform.prepare(
        BoardTop(top),
        NAME,
        emit_src=False,
        synth_opts=_SYNTH_OPTIONS,
        script_after_read=_AFTER_READ,
        script_after_synth=_AFTER_SYNTH,
    )
    wanted = (f"{NAME}.il", f"{NAME}.pcf", f"{NAME}.ys")
    return {name: plan.files[name] for name in wanted}


def write(files: dict[str, str], folder: Path) -> None:
    """Write the files of a build."""
    for name, content in files.items():
        write_whole(folder / name, content)
