"""A network that comes with the package, from a run folder: ``python benchmarks/models.py NAME RUN --title TEXT``.

Writes gatewright/models/NAME: the learned graph, the recipe, what training has measured, and how the network is put on
small boards. `gatewright demo --model NAME` builds it; `gatewright train recipe.toml --out RUN` trains it again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gatewright.graph.file import dumps
from gatewright.models import registry
from gatewright.run import Run, read_whole, write_whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("run", type=Path)
    parser.add_argument("--title", required=True, help="what it is, in a few words")
    parser.add_argument("--lanes", type=int, default=0)
    parser.add_argument("--fmax", type=float, default=0.0, metavar="MHZ")
    parser.add_argument("--without-encoder", action="store_true")
    parser.add_argument("--without-selftest", action="store_true")
    given = parser.parse_args()
    selftest = not given.without_selftest
    options = registry.Options(given.title, given.lanes, given.without_encoder, selftest, given.fmax)
    folder = make(given.name, Run(given.run), options)
    size = sum(path.stat().st_size for path in folder.iterdir())
    sys.stdout.write(f"{folder}: {size:,} bytes\n")


def make(name: str, run: Run, options: registry.Options) -> Path:
    """Write the folder of a model."""
    folder = registry.FOLDER / name
    graph = run.load(run.learned)
    training = run.read_json("train", graph.digest)
    write_whole(folder / registry.NETWORK, dumps(graph))
    write_whole(folder / registry.RECIPE, read_whole(run.recipe, "train the network again"))
    write_whole(folder / registry.TRAINING, json.dumps(training, indent=2) + "\n")
    write_whole(folder / registry.OPTIONS, options.toml())
    return folder


if __name__ == "__main__":
    main()
