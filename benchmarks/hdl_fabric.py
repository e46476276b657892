"""Estimated against placed: the clock that `estimate` expects, and what nextpnr reports, on real chips.

    python benchmarks/hdl_fabric.py [--chips up5k,hx8k] [--width 200] [--run RUN]

Builds the classifier of a network (random with 3 layers of so many gates, or that of a run) with several pipelines
between two pins, and fits the time of a path without LUTs and the time of a LUT to what came out: the constants of
`Fabric`. The serial link stays out, since its own paths would hide the fast ones.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from pathlib import Path

import numpy as np
from amaranth.back import rtlil
from amaranth.hdl import Cat, Elaboratable, Module, Signal
from hdl_elaborate import network

from gatewright import tools
from gatewright.boards import registry
from gatewright.boards.board import Board
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.estimate import estimate
from gatewright.hdl.pipeline import Pipeline
from gatewright.run import Run

PIPELINES = (
    Pipeline(False, 0, 0, 0),
    Pipeline(True, 0, 0, 0),
    Pipeline(True, 3, 4, 2),
    Pipeline(True, 2, 2, 1),
    Pipeline(True, 1, 1, 1),
    Pipeline(True, 3, 2, 1, lanes=4),
)

# What lets nextpnr choose the pins.
_UNCONSTRAINED = {
    "nextpnr-ice40": ("--pcf-allow-unconstrained",),
    "nextpnr-ecp5": ("--lpf-allow-unconstrained",),
    "nextpnr-nexus": ("--pdc-allow-unconstrained",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", default="up5k,hx8k", help="boards or chips, by name")
    parser.add_argument("--width", type=int, default=200, help="gates of a layer of the random network")
    parser.add_argument("--run", type=Path, help="folder of a trained network instead")
    arguments = parser.parse_args()
    run = Run(arguments.run) if arguments.run else None
    graph = run.load(run.learned) if run else network(arguments.width, 3, inputs=64)
    print(f"{graph.gates:,} gates; {platform.machine()}, Python {platform.python_version()}")
    for name in arguments.chips.split(","):
        board = registry.get(name)
        print(f"{name} ({board.fabric.name}): LUTs and carries of the longest path, estimated and placed MHz")
        luts, times = [], []
        for pipeline in PIPELINES:
            guess = estimate(graph, board.fabric, pipeline)
            with tempfile.TemporaryDirectory() as folder:
                try:
                    placed = place(graph, pipeline, board, Path(folder))
                except GatewrightError as error:
                    print(f"  {_short(pipeline)}: {error}")
                    continue
            luts.append(guess.luts)
            times.append(1e3 / placed - guess.carries * board.fabric.carry_ns)
            print(
                f"  {_short(pipeline)}: {guess.slowest:>8} {guess.luts:>3} {guess.carries:>3} "
                f"{guess.fmax_mhz:7.1f} {placed:7.1f}  {guess.fmax_mhz / placed - 1:+.0%}",
                flush=True,
            )
        if len(set(luts)) > 1:
            (slope, offset), *_ = np.polyfit(luts, times, 1, full=True)
            print(f"  fitted: register_ns {offset:.2f}, lut_ns + route_ns {slope:.2f}")


class Pins(Elaboratable):
    """A classifier whose words come from a shift register behind one pin, and whose result goes to another."""

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.classifier = Classifier(graph, pipeline)
        self.rx, self.tx = Signal(), Signal()

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Shift in, shift out."""
        m = Module()
        m.submodules.classifier = core = self.classifier
        words = Signal(len(core.words.payload.as_value()))
        result = Signal(len(core.result.payload.as_value()))
        m.d.sync += words.eq(Cat(self.rx, words)[: len(words)])
        with m.If(core.result.valid):
            m.d.sync += result.eq(core.result.payload.as_value())
        with m.Else():
            m.d.sync += result.eq(result >> 1)
        m.d.comb += [core.words.payload.as_value().eq(words), core.words.valid.eq(1), core.result.ready.eq(1)]
        m.d.comb += self.tx.eq(result[0])
        return m


def place(graph: GateGraph, pipeline: Pipeline, board: Board, folder: Path) -> float:
    """The clock that nextpnr reports, in MHz."""
    pins = Pins(graph, pipeline)
    (folder / "top.il").write_text(rtlil.convert(pins, name="top", ports=[pins.rx, pins.tx], emit_src=False))
    (folder / "top.ys").write_text(f"read_rtlil top.il\n{board.family.synth} -top top\nwrite_json top.json\n")
    tools.find("yosys").run("-q", "top.ys", cwd=folder)
    options = ("--json", "top.json", "--report", "report.json", "--freq", "400", "--timing-allow-fail", "--seed", "1")
    tools.find(board.family.nextpnr).run(*board.nextpnr, *options, *_UNCONSTRAINED[board.family.nextpnr], cwd=folder)
    clocks = json.loads((folder / "report.json").read_bytes())["fmax"].values()
    return float(min(clock["achieved"] for clock in clocks))


def _short(pipeline: Pipeline) -> str:
    return f"{pipeline.encoder:d}/{pipeline.gates}/{pipeline.popcount}/{pipeline.argmax} lanes {pipeline.lanes}"


if __name__ == "__main__":
    main()
