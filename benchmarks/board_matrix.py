"""One network on every board and chip: area by part, clock, latency, throughput, size of the bitstream, and time.

    python benchmarks/board_matrix.py RUN [--boards NAME ...] [--minutes 8] [--out FOLDER]

RUN is a run folder with a network, as ``gatewright train`` leaves it. The registers stand as in an export without
options; chips with LUTs of six inputs count with 6:3 counters. Each build is a process of its own, one at a time; a
board that takes longer than it may, or on which the network does not fit, is a line that says so. Prints the machine,
and a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from gatewright.boards import registry
from gatewright.boards.board import Board
from gatewright.boards.build import synthesize
from gatewright.boards.design import PARTS
from gatewright.boards.synthesis import Synthesis
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.run import Run

COLUMNS = (
    "board",
    "chip",
    *PARTS,
    "rest",
    "LUTs",
    "flip-flops",
    "places",
    "Fmax MHz",
    "clock MHz",
    "latency ns",
    "images a second",
    "over the line",
    "bitstream kB",
    "minutes",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--boards", nargs="+", default=[board.name for board in registry.all()], metavar="NAME")
    parser.add_argument("--minutes", type=float, default=8.0, help="that a build may take")
    parser.add_argument("--out", type=Path, default=Path("build/board_matrix"))
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    graph = optimise(Run(given.run).load(Run(given.run).learned))
    if given.row:
        print(row(graph, registry.get(given.boards[0]), given.out / given.boards[0]))
        return
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} cores; Python {platform.python_version()}")
    counted = sum(len(group) for group in graph.groups)
    print(f"{graph.gates:,} gates, {counted:,} counted, {graph.classes} classes, {graph.encoder.features} features\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for name in given.boards:
        print(within(given.minutes, registry.get(name), given.run, given.out), flush=True)


def within(minutes: float, board: Board, run: Path, out: Path) -> str:
    """The row of a board, made by a process that ends, with all that it has started, when its time is over."""
    command = [sys.executable, __file__, str(run), "--row", "--boards", board.name, "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            return process.communicate(timeout=60 * minutes)[0].strip()
        except subprocess.TimeoutExpired:
            return f"| {board.name} | {board.device} | not done in {minutes:g} minutes |"
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def row(graph: GateGraph, board: Board, folder: Path) -> str:
    """The row of a board, or why it has none."""
    started = time.monotonic()
    try:
        synthesis = synthesize(graph, board, folder, pipeline=replace(Pipeline(), counter=board.fabric.counter))
    except GatewrightError as error:
        return f"| {board.name} | {board.device} | {error} |"
    # A build that was there already took the time that it took then.
    minutes = max(synthesis.seconds, time.monotonic() - started) / 60
    return "| " + " | ".join(cells(board, synthesis, folder, minutes)) + " |"


def cells(board: Board, synthesis: Synthesis, folder: Path, minutes: float) -> list[str]:
    parts = [f"{synthesis.parts[part].lut:,}" for part in (*PARTS, "io")]
    size = f"{(folder / synthesis.bitstream).stat().st_size / 1e3:,.0f}" if synthesis.bitstream else "-"
    total = synthesis.total
    places = sum(synthesis.placed.values()) or total.cells
    return [
        board.name,
        board.device,
        *parts,
        f"{total.lut:,}",
        f"{total.ff:,}",
        f"{places:,} of {board.cells:,}",
        number(synthesis.fmax_mhz, 1),
        number(synthesis.clock_mhz, 1),
        number(synthesis.latency_ns, 0),
        number(synthesis.samples_per_second, 0),
        f"{synthesis.link_samples_per_second:,.0f}",
        size,
        f"{minutes:.1f}",
    ]


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def processor() -> str:
    """What the system calls its processor."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for text in info.read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


if __name__ == "__main__":
    main()
