"""How near the cost model comes to Yosys, over trained networks; and the factors that fit best.

    python benchmarks/cost_model.py [--networks 42] [--out runs/cost-model] [--plot docs/cost_model.svg]

Each network is trained for a few hundred steps with a recipe, and built with a pipeline, that are drawn at random; then
Yosys maps it for one family of chips. What is there is not made again. Factors are fitted by least squares to
every other round of shapes, each part by itself; the table shows the errors of the factors in `gatewright.boards.cost`,
which are those, rounded, on all networks and on the rest.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from gatewright import tools
from gatewright.boards import area, cost, design, registry
from gatewright.boards.area import REST
from gatewright.boards.board import Board
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import plan
from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.recipes.recipe import Recipe

BOARDS = ("up5k", "ecp5-25", "xc7", "up5k", "gw1n-9", "ecp5-25", "xc7")


@dataclass(frozen=True)
class Shape:
    """What networks are drawn from.

    Attributes:
        dataset: their data.
        layers: how many.
        per_class: gates of a layer for each class, at least and at most.
        bits: thresholds for each feature.
        lanes: of the popcount; 0 for a parallel one.
    """

    dataset: str
    layers: int
    per_class: tuple[int, int]
    bits: tuple[int, ...]
    lanes: tuple[int, ...]


PARTS = (*design.PARTS, REST)
Row = dict[str, Any]

SHAPES = (
    Shape("mnist", 1, (80, 240), (1,), (32, 64)),
    Shape("digits", 1, (15, 80), (1, 2, 3), (0,)),
    Shape("adult", 1, (20, 200), (1,), (0,)),
    Shape("mnist", 2, (20, 60), (1, 1, 2), (0,)),
    Shape("digits", 1, (40, 120), (1, 3), (8, 32)),
    Shape("breast-cancer", 2, (10, 80), (1,), (0,)),
)
"""One after another, they meet the boards in all pairs."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=42)
    parser.add_argument("--out", type=Path, default=Path("runs/cost-model"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = [row(options.out, number, options.data_dir) for number in range(options.networks)]
    fit(rows)
    print(table(rows))
    if options.plot:
        plot(rows, options.plot)


def row(out: Path, number: int, data_dir: Path | None) -> Row:
    """What the model counts and expects of a network, and what Yosys reports."""
    run = Run(out / f"{number:02d}")
    rng = np.random.default_rng(number)
    board = registry.get(BOARDS[number % len(BOARDS)])
    recipe, lanes = drawn(rng, number, board)
    if not (run.path / "train.json").exists():
        loop.train(recipe, data.load(recipe.dataset, data_dir=data_dir), run, overwrite=True)
    graph = optimise(run.load(run.learned))
    pipeline = registers(rng, graph, board, lanes)
    path = run.path / "area.json"
    if not path.exists():
        path.write_text(json.dumps(mapped(graph, board, pipeline)))
    found = json.loads(path.read_text())
    print(f"{number + 1}: {recipe.dataset}, {recipe.layers} of {recipe.fan_in}, {board.name}", flush=True)
    return {
        "board": board,
        "recipe": recipe,
        "lanes": pipeline.lanes,
        "counted": cost.counted(graph, board, pipeline),
        "alone": cost.alone(graph, pipeline),
        "expected": {"lut": cost.luts(graph, board, pipeline), "cells": cost.cells(graph, board, pipeline)},
        "found": {kind: {part: found[part][kind] for part in PARTS} for kind in ("lut", "cells")},
    }


def drawn(rng: np.random.Generator, number: int, board: Board) -> tuple[Recipe, int]:
    """A recipe of one of the `SHAPES`, and the lanes of its popcount."""
    shape = SHAPES[number % len(SHAPES)]
    low, high = shape.per_class
    classes = 2 if shape.dataset in ("adult", "breast-cancer") else 10
    widths = [classes * int(n) for n in rng.integers(low, high + 1, shape.layers)]
    bits = int(rng.choice(shape.bits))
    fan_in = int(rng.choice((2, 4, 5, 6))) if number % 3 == 0 else board.fabric.lut_inputs
    recipe = Recipe(
        name=f"cost-{number}",
        dataset=shape.dataset,
        bits=bits,
        thresholds="uniform" if bits == 1 else "quantile",
        layers=tuple(sorted(widths, reverse=True)),
        fan_in=fan_in,
        candidates=(8,) * len(widths),
        tau=2.0,
        group_tau=5.0,
        init_scale=1.0,
        residual=0.0 if fan_in > 2 else 2.0,
        batch=128,
        steps=500,
        evaluate_every=250,
        seed=number,
    )
    return recipe, int(rng.choice(shape.lanes))


def registers(rng: np.random.Generator, graph: GateGraph, board: Board, lanes: int) -> Pipeline:
    """Where an export for the board puts the registers; now and then anywhere."""
    if rng.integers(4):
        return plan(graph, board.fabric, fmax_mhz=board.planned_mhz, lanes=lanes)
    return Pipeline(
        encoder=bool(rng.integers(2)), popcount=int(rng.choice([0, 2, 4])), counter=board.fabric.counter, lanes=lanes
    )


def mapped(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, dict[str, int]]:
    """The area of each part, as Yosys maps the design."""
    with tempfile.TemporaryDirectory() as name:
        build = Path(name)
        design.write(design.prepare(design.make_top(graph, board, pipeline), board), build)
        tools.find("yosys").run("-q", f"{design.NAME}.ys", cwd=build)
        parts = area.by_part(area.load(build / f"{design.NAME}.json"), design.NAME, design.PARTS, board.family)
    return {part: parts[part].as_dict() for part in parts}


def fit(rows: Sequence[Row]) -> None:
    """Print the factors, none below 0, that fit every other round of shapes best."""
    half = [row for number, row in enumerate(rows) if number // len(SHAPES) % 2 == 0]
    for inputs, parts in cost.FACTORS.items():
        chosen = [row for row in half if row["board"].fabric.lut_inputs == inputs]
        for part, factors in parts.items():
            names = list(factors)
            counts = np.array([[row["counted"][part][name] for name in names] for row in chosen], dtype=float)
            values = np.array([row["found"]["lut"][part] for row in chosen], dtype=float)
            used = np.flatnonzero(counts.any(axis=0)) if len(counts) else np.array([], dtype=int)
            if len(used):
                # Relative errors count, so that small networks do, too.
                weight = 1 / np.array([whole(row, "found", "lut") for row in chosen])
                found, _ = nnls(counts[:, used] * weight[:, None], values * weight)
                print(inputs, part, {names[i]: round(float(value), 3) for i, value in zip(used, found, strict=True)})


def errors(rows: Sequence[Row], kind: str, part: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Expected over found, less 1, of the networks that have the part; of all parts for ``""``."""
    if not part:
        return np.array([whole(row, "expected", kind) / whole(row, "found", kind) - 1 for row in rows])
    return np.array(
        [row["expected"][kind][part] / row["found"][kind][part] - 1 for row in rows if row["found"][kind][part]]
    )


def whole(row: Row, which: str, kind: str) -> float:
    """Of all parts."""
    return float(sum(row[which][kind].values()))


def table(rows: Sequence[Row]) -> str:
    """The errors by part as Markdown."""
    lines = ["| part | median error, % | largest, % | networks within 10 % |", "|---|---|---|---|"]
    named = [(part, errors(rows, "cells", part)) for part in PARTS]
    named += [("all LUTs", errors(rows, "lut", "")), ("all places of the chip", errors(rows, "cells", ""))]
    rest = [row for number, row in enumerate(rows) if number // len(SHAPES) % 2]
    named += [("likewise, of networks that were not fitted", errors(rest, "cells", ""))] if rest else []
    for part, found in named:
        size = 100 * np.abs(found)
        lines.append(f"| {part} | {np.median(size):.1f} | {size.max():.1f} | {(size <= 10).sum()} of {len(size)} |")
    return "\n".join(lines)


def plot(rows: Sequence[Row], path: Path) -> None:
    """Expected against found, a point for each network, and below the errors."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, NullFormatter

    found = np.array([whole(row, "found", "cells") for row in rows])
    expected = np.array([whole(row, "expected", "cells") for row in rows])
    ends = np.array([found.min() * 0.8, found.max() * 1.25])
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "gatewright", "font.size": 9}):
        figure = Figure(figsize=(6, 5.5), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        above.fill_between(ends, 0.9 * ends, 1.1 * ends, color="0.9", label="within 10 %")
        below.fill_between(ends, -10, 10, color="0.9")
        for name in dict.fromkeys(BOARDS):
            for serial, mark in ((False, "o"), (True, "s")):
                chosen = np.array([row["board"].name == name and (row["lanes"] > 0) == serial for row in rows])
                colour = f"C{list(dict.fromkeys(BOARDS)).index(name)}"
                label = f"{name}, {'serial' if serial else 'parallel'}"
                style = {"marker": mark, "ms": 4, "ls": "", "color": colour, "mfc": "none" if serial else colour}
                above.plot(found[chosen], expected[chosen], label=label, **style)
                below.plot(found[chosen], 100 * (expected / found - 1)[chosen], **style)
        above.set(xscale="log", yscale="log", xlim=ends, ylim=ends, ylabel="places expected")
        below.set(xlabel="places of the chip, as Yosys maps it", ylabel="error, %", ylim=(-12, 12))
        for axis in (above.xaxis, above.yaxis):
            axis.set_major_locator(FixedLocator([500, 1000, 2000, 5000, 10000]))
            axis.set_major_formatter("{x:,.0f}")
            axis.set_minor_formatter(NullFormatter())
        above.legend(fontsize=7, ncols=2)
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
