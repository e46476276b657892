"""How near the cost model comes to Yosys, over trained networks; and the factors that fit best.

    python benchmarks/cost_model.py [--networks 32] [--out runs/cost-model] [--plot docs/cost_model.svg]

Each network is trained for a few hundred steps with a recipe, and built with a pipeline, that are drawn at random; then
Yosys maps it for one family of chips. What is there is not made again. Factors are fitted to the even networks by least
squares, each part by itself, and the table shows the errors of the factors in `gatewright.boards.cost` on all of them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gatewright import tools
from gatewright.boards import area, cost, design, registry
from gatewright.boards.board import Board
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.run import Run
from gatewright.train import data, loop
from gatewright.train.recipes.recipe import Recipe

BOARDS = ("up5k", "ecp5-25", "gw1n-9", "xc7")
DATASETS = ("digits", "digits", "mnist")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=32)
    parser.add_argument("--out", type=Path, default=Path("runs/cost-model"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    rows = [row(options.out, number, options.data_dir) for number in range(options.networks)]
    fit(rows)
    print(table(rows))
    if options.plot:
        plot(rows, options.plot)


def row(out: Path, number: int, data_dir: Path | None) -> dict[str, Any]:
    """What the model counts and expects of a network, and what Yosys reports."""
    run = Run(out / f"{number:02d}")
    rng = np.random.default_rng(number)
    recipe, pipeline = drawn(rng, number)
    board = registry.get(BOARDS[number % len(BOARDS)])
    pipeline = Pipeline(
        encoder=pipeline.encoder, popcount=pipeline.popcount, lanes=pipeline.lanes, counter=board.fabric.counter
    )
    if not (run.path / "train.json").exists():
        loop.train(recipe, data.load(recipe.dataset, data_dir=data_dir), run, overwrite=True)
    graph = optimise(run.load(run.learned))
    path = run.path / "area.json"
    if not path.exists():
        parts, cells = mapped(graph, board, pipeline)
        path.write_text(json.dumps({"parts": parts, "cells": cells}))
    found = json.loads(path.read_text())
    print(f"{number + 1}: {recipe.dataset}, {recipe.layers} of {recipe.fan_in}, {board.name}", flush=True)
    return {
        "board": board,
        "recipe": recipe,
        "lanes": pipeline.lanes,
        "counted": cost.counted(graph, board, pipeline),
        "expected": cost.luts(graph, board, pipeline) | {"cells": cost.cells(graph, board, pipeline)},
        "found": found["parts"] | {"cells": found["cells"]},
    }


def drawn(rng: np.random.Generator, number: int) -> tuple[Recipe, Pipeline]:
    """A recipe and a pipeline."""
    widths = [10 * int(n) for n in rng.integers(20, 121, rng.integers(1, 3))]
    recipe = Recipe(
        name=f"cost-{number}",
        dataset=DATASETS[int(rng.integers(len(DATASETS)))],
        bits=int(rng.integers(1, 4)),
        layers=tuple(sorted(widths, reverse=True)),
        fan_in=int(rng.choice([2, 3, 4, 4, 5, 6, 6])),
        candidates=(8,) * len(widths),
        tau=2.0,
        group_tau=5.0,
        init_scale=1.0,
        residual=float(rng.choice([0.0, 2.0])),
        steps=300,
        evaluate_every=100,
        seed=number,
    )
    lanes = int(rng.choice([0, 0, 8, 24, 40]))
    return recipe, Pipeline(encoder=bool(rng.integers(2)), popcount=int(rng.choice([0, 2, 4])), lanes=lanes)


def mapped(graph: GateGraph, board: Board, pipeline: Pipeline) -> tuple[dict[str, int], int]:
    """LUTs by part, and all cells, as Yosys maps the design."""
    with tempfile.TemporaryDirectory() as name:
        build = Path(name)
        design.write(design.prepare(design.make_top(graph, board, pipeline), board), build)
        tools.find("yosys").run("-q", f"{design.NAME}.ys", cwd=build)
        parts = area.by_part(area.load(build / f"{design.NAME}.json"), design.NAME, design.PARTS, board.family)
    return {part: parts[part].lut for part in design.PARTS}, area.total(parts.values()).cells


def fit(rows: Sequence[dict[str, Any]]) -> None:
    """Print the factors that fit the even networks best."""
    for inputs, parts in cost.FACTORS.items():
        chosen = [row for row in rows[::2] if row["board"].fabric.lut_inputs == inputs]
        for part, factors in parts.items():
            names = list(factors)
            counts = np.array([[row["counted"][part][name] for name in names] for row in chosen], dtype=float)
            used = np.flatnonzero(counts.any(axis=0)) if len(counts) else np.array([], dtype=int)
            values = [row["found"][part] for row in chosen]
            if len(used):
                found = np.linalg.lstsq(counts[:, used], np.array(values, dtype=float), rcond=None)[0]
                print(inputs, part, {names[i]: round(float(value), 3) for i, value in zip(used, found, strict=True)})


def errors(rows: Sequence[dict[str, Any]], part: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Expected over found, less 1, of the networks that have the part."""
    return np.array([row["expected"][part] / row["found"][part] - 1 for row in rows if row["found"][part]])


def whole(row: dict[str, Any], which: str) -> float:
    """LUTs of all parts."""
    return float(sum(row[which][part] for part in design.PARTS))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The errors by part as Markdown."""
    total = np.array([whole(row, "expected") / whole(row, "found") - 1 for row in rows])
    lines = ["| part | median error, % | largest, % | networks within 10 % |", "|---|---|---|---|"]
    named = [(part, errors(rows, part)) for part in (*design.PARTS, "cells")]
    for part, found in [*named[:-1], ("all LUTs", total), ("cells of the chip", named[-1][1])]:
        size = 100 * np.abs(found)
        lines.append(f"| {part} | {np.median(size):.1f} | {size.max():.1f} | {(size <= 10).sum()} of {len(size)} |")
    return "\n".join(lines)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Expected against found, a point for each network."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.5))
    axes = figure.add_subplot()
    ends = [min(whole(row, "found") for row in rows) * 0.8, max(whole(row, "found") for row in rows) * 1.25]
    axes.fill_between(ends, [0.9 * end for end in ends], [1.1 * end for end in ends], color="0.9", label="within 10 %")
    for name in BOARDS:
        chosen = [row for row in rows if row["board"].name == name]
        axes.plot(
            [whole(row, "found") for row in chosen], [whole(row, "expected") for row in chosen], "o", ms=4, label=name
        )
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel="LUTs by Yosys", ylabel="LUTs expected")
    axes.legend()
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main()
