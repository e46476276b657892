"""One network on every board and chip: area by part, clock, latency, throughput, size of the bitstream, and time.

    python benchmarks/board_matrix.py RUN|MODEL [--boards NAME ...] [--lanes N] [--without-encoder] [--without-selftest]
                                      [--minutes 8] [--out FOLDER] [--expect]

RUN is a run folder with a network, as ``gatewright train`` leaves it; MODEL is a network that comes along, with options
of its own. Where the cost model expects that a parallel popcount leaves enough of a chip free, all bits are counted at
once, and the registers stand as in an export without options; chips with LUTs of six inputs count with 6:3 counters.
Elsewhere the popcount is serial, in so many lanes, as ``export --board NAME --lanes N`` plans it, and there alone the
self-test can be left out. Each build is a process of its own, one at a time; a board that takes longer than it may, or
on which the network does not fit, is a line that says so. A chip without a board is the design of the board whose pins
it has, at its fastest clock. Prints the machine, and a table in Markdown; with ``--expect`` what the cost model expects
of each board, and builds nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from gatewright.boards import cost, registry
from gatewright.boards.board import Board
from gatewright.boards.build import synthesize
from gatewright.boards.design import PARTS
from gatewright.boards.synthesis import Synthesis
from gatewright.errors import GatewrightError
from gatewright.flow.fitting import FILLED
from gatewright.graph.encoded import encoded
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import plan
from gatewright.models import registry as models
from gatewright.models.registry import Options
from gatewright.run import Run

COLUMNS = (
    "board",
    "chip",
    "counted",
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


EXPECTED = ("board", "chip", "counted", "places expected", "of", "filled")
LANES = 32
"""Of a serial popcount, where nothing else is asked for."""


@dataclass(frozen=True)
class Subject:
    """A network, and how it is built.

    Attributes:
        graph: the network, optimised.
        options: what a chip gets that is too small for a parallel popcount.
    """

    graph: GateGraph
    options: Options

    def on(self, board: Board) -> tuple[Board, Pipeline]:
        """The board, with its self-test or without, and the registers that a network gets there."""
        parallel = Pipeline(counter=board.fabric.counter)
        if sum(cost.cells(self.graph, board, parallel).values()) <= FILLED * board.cells:
            return board, parallel
        fmax = max(self.options.fmax_mhz, board.planned_mhz)
        serial = plan(self.graph, board.fabric, fmax_mhz=fmax, lanes=self.options.lanes or LANES)
        return replace(board, selftest=self.options.selftest), serial


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", metavar="RUN|MODEL")
    parser.add_argument("--boards", nargs="+", default=[board.name for board in registry.all()], metavar="NAME")
    parser.add_argument("--lanes", type=int, help="of a serial popcount")
    parser.add_argument("--without-encoder", action="store_true", help="the host encodes")
    parser.add_argument("--without-selftest", action="store_true", help="where the popcount is serial")
    parser.add_argument("--minutes", type=float, default=8.0, help="that a build may take")
    parser.add_argument("--out", type=Path, default=Path("build/board_matrix"))
    parser.add_argument("--expect", action="store_true", help="build nothing")
    parser.add_argument("--row", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    it = subject(given.network, given.lanes, given.without_encoder, given.without_selftest)
    if given.row:
        print(row(it, registry.get(given.boards[0]), given.out))
        return
    graph = it.graph
    print(f"{platform.platform()}, {processor()}, {os.cpu_count()} cores; Python {platform.python_version()}")
    counted = sum(len(group) for group in graph.groups)
    print(f"{graph.gates:,} gates, {counted:,} counted, {graph.classes} classes, {graph.encoder.features} features\n")
    columns = EXPECTED if given.expect else COLUMNS
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    if given.expect:
        for board in map(registry.get, given.boards):
            print(expectation(it, board))
        return
    # So that the build that is under way ends as well.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    late: set[str] = set()
    for board in map(registry.get, given.boards):
        # The same design is not tried again.
        text = None if pins_of(board).name in late else within(given.minutes, board)
        if text is None:
            late.add(board.name)
            text = f"| {board.name} | {board.device} | not done in {given.minutes:g} minutes |"
        print(text, flush=True)


def subject(network: str, lanes: int | None, without_encoder: bool, without_selftest: bool) -> Subject:
    """The network of a run folder or of a model, and what is asked for."""
    if Path(network).is_dir():
        run = Run(Path(network))
        learned, options = run.load(run.learned), Options("")
    else:
        model = models.get(network)
        learned, options = model.graph, model.options
    if options.without_encoder or without_encoder:
        learned = encoded(learned)
    selftest = options.selftest and not without_selftest
    return Subject(optimise(learned), replace(options, lanes=lanes or options.lanes, selftest=selftest))


def expectation(subject: Subject, board: Board) -> str:
    """The row of a board of what is expected."""
    built, pipeline = subject.on(board)
    places = sum(cost.cells(subject.graph, built, pipeline).values())
    filled = f"{100 * places / board.cells:.0f} %"
    return f"| {board.name} | {board.device} | {way(built, pipeline)} | {places:,.0f} | {board.cells:,} | {filled} |"


def way(built: Board, pipeline: Pipeline) -> str:
    """How a board counts, and whether it can test itself."""
    counted = f"{pipeline.lanes} lanes" if pipeline.lanes else "at once"
    return counted + ("" if built.selftest else ", no self-test")


def within(minutes: float, board: Board) -> str | None:
    """The row of a board, made by a process that ends, with all that it has started, when its time is over.

    Returns:
        The row; None if its time was over first.
    """
    command = [sys.executable, *sys.argv, "--row", "--boards", board.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            return process.communicate(timeout=60 * minutes)[0].strip()
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def row(subject: Subject, board: Board, out: Path) -> str:
    """The row of a board, or why it has none."""
    started = time.monotonic()
    lender = pins_of(board)
    try:
        built, pipeline = subject.on(lender)
        folder = out / lender.name
        synthesis = synthesize(subject.graph, built, folder, pipeline=pipeline)
    except GatewrightError as error:
        return f"| {board.name} | {board.device} | {error} |"
    if lender is not board:
        synthesis = at_its_fastest(synthesis)
    # A build that was there already took the time that it took then.
    minutes = max(synthesis.seconds, time.monotonic() - started) / 60
    return "| " + " | ".join(cells(board, built, pipeline, synthesis, folder, minutes)) + " |"


def pins_of(board: Board) -> Board:
    """The board that lends a chip its pins, so that the design is the same; a board itself."""
    same = (other for other in registry.all() if (other.platform, other.nextpnr) == (board.platform, board.nextpnr))
    return board if not board.is_chip else next((other for other in same if not other.is_chip), board)


def at_its_fastest(synthesis: Synthesis) -> Synthesis:
    """What a chip without a board makes of the design of the one that carries it."""
    fmax = synthesis.fmax_mhz
    if fmax is None:
        return synthesis
    return replace(
        synthesis,
        clock_mhz=fmax,
        latency_ns=synthesis.latency_ns_at_fmax,
        samples_per_second=fmax * 1e6 / synthesis.initiation_interval,
        bitstream="",
    )


def cells(
    board: Board, built: Board, pipeline: Pipeline, synthesis: Synthesis, folder: Path, minutes: float
) -> list[str]:
    parts = [f"{synthesis.parts[part].lut:,}" for part in (*PARTS, "io")]
    size = f"{(folder / synthesis.bitstream).stat().st_size / 1e3:,.0f}" if synthesis.bitstream else "-"
    total = synthesis.total
    places = sum(synthesis.placed.values()) or total.cells
    return [
        board.name,
        board.device,
        way(built, pipeline),
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
