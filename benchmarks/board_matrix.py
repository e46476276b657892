"""The same network on every board: area by part, clock, latency, throughput, size of the bitstream, and time.

    python benchmarks/board_matrix.py RUN [--boards NAME ...] [--out FOLDER]

RUN is a run folder with a network, as ``gatewright demo`` leaves it. One process at a time; a board that takes too
long, or on which the network does not fit, is a line of its own. Prints a table in Markdown, and the machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

from gatewright.boards import registry
from gatewright.boards.board import Board
from gatewright.boards.build import synthesize
from gatewright.boards.design import PARTS
from gatewright.boards.synthesis import Synthesis
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run

COLUMNS = (
    "board",
    "chip",
    *PARTS,
    "rest",
    "LUTs",
    "carry",
    "flip-flops",
    "places",
    "of",
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
    parser.add_argument("--boards", nargs="+", default=[board.name for board in registry.all()])
    parser.add_argument("--out", type=Path, default=Path("build/board_matrix"))
    given = parser.parse_args()
    run = Run(given.run)
    graph = run.load(run.network if run.network.is_file() else run.learned)
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} cores; Python {platform.python_version()}")
    counted = sum(len(group) for group in graph.groups)
    print(f"{graph.gates:,} gates, {counted:,} counted, {graph.classes} classes, {graph.encoder.features} features\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for name in given.boards:
        print(line(graph, registry.get(name), given.out / name), flush=True)


def line(graph: GateGraph, board: Board, folder: Path) -> str:
    """The row of a board, or why it has none."""
    started = time.monotonic()
    try:
        synthesis = synthesize(graph, board, folder)
    except GatewrightError as error:
        return f"| {board.name} | {board.device} | {error} |"
    # A build that was there already took the time that it took then.
    minutes = max(synthesis.seconds, time.monotonic() - started) / 60
    return "| " + " | ".join(cells(board, synthesis, folder, minutes)) + " |"


def cells(board: Board, synthesis: Synthesis, folder: Path, minutes: float) -> list[str]:
    parts = [f"{synthesis.parts[part].lut:,}" for part in (*PARTS, "io")]
    size = f"{(folder / synthesis.bitstream).stat().st_size / 1e3:.0f}" if synthesis.bitstream else "-"
    total = synthesis.total
    places = sum(synthesis.placed.values()) or total.cells
    return [
        board.name,
        board.device,
        *parts,
        f"{total.lut:,}",
        f"{total.carry:,}",
        f"{total.ff:,}",
        f"{places:,}",
        f"{board.cells:,} {synthesis.unit}",
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
