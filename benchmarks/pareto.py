"""MNIST accuracy against LUTs: networks of ours as they were built, beside published ones as they count.

    python benchmarks/pareto.py RUN ... [--plot docs/pareto.svg]

RUN is the folder of a trained network that was synthesized. For each size of LUT the rows are printed, and the plot
shows those of six inputs: ours by Yosys, without the link, and the published ones by Vivado. What each counts stands in
the table, and whether it was placed and routed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.report.peers import PUBLISHED, Peer, table
from gatewright.report.picture import standalone
from gatewright.report.pictures.pareto import Point, pareto
from gatewright.report.results import collect
from gatewright.report.source import source
from gatewright.run import Run, write_whole

PARTS = ("encoder", "popcount", "argmax")
DRAWN = 10_000
"""LUTs of the largest network in the plot."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    rows = [row for folder in given.runs for row in built(folder)]
    sizes = dict.fromkeys(unit(row) for row in rows)
    for size in sizes:
        print(f"\n| network | chip | test, % | {size} | ns | {', '.join(PARTS)} counted |")
        print("|" + "---|" * 6)
        some = [row for row in (*rows, *PUBLISHED) if unit(row) == size]
        for row in sorted(some, key=lambda row: (-float(row.accuracy), number(row))):
            counted = ", ".join(part or "not told" for part in row.counted)
            print(f"| {row.model} | {row.device} | {row.accuracy} | {number(row):,} | {row.ns} | {counted} |")
    if given.plot:
        some = [row for row in (*rows, *PUBLISHED) if unit(row) == "LUT6" and number(row) <= DRAWN]
        points = [Point(row.model.split(" on ")[0], group(row), number(row), float(row.accuracy)) for row in some]
        write_whole(given.plot, standalone(pareto(points, "LUTs of six inputs")))


def built(folder: Path) -> list[Peer]:
    """A row for each board that a run was built for.

    Raises:
        GatewrightError: if it was built for none.
    """
    results = collect(Run(folder))
    train = results.verbs["train"]
    if train is None or not results.boards:
        raise GatewrightError(f"{folder} has no board: run gatewright synthesize {folder} --board NAME.")
    rows = table(folder.name, source(results.graph, results.learned), train, results.boards)
    return [row for row in rows if row.ours]


def unit(row: Peer) -> str:
    """Of the LUTs of a row."""
    return row.luts.partition(" ")[2]


def number(row: Peer) -> int:
    """Of the LUTs of a row."""
    return int(row.luts.partition(" ")[0].replace(",", ""))


def group(row: Peer) -> str:
    """What shares a colour."""
    return "gatewright, Yosys" if row.ours else "published, Vivado"


if __name__ == "__main__":
    main()
