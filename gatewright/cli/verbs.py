"""The verbs from data to bitstream."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gatewright.run import Run

from . import show, stages
from .options import SOURCES, BoardName, DataDir, RunFolder, Target


def train(
    source: Annotated[str, typer.Argument(metavar="DATA|RECIPE|RUN", help=SOURCES)],
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    target: Target = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of every random draw.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Training steps.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run stopped, bit for bit.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the network that is there.")] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files for TensorBoard into RUN/tensorboard.")
    ] = False,
) -> None:
    """Train a network.

    Several processes share each step: torchrun --nproc-per-node 2 -m gatewright train ...
    """
    # Of the processes that torchrun starts, the first one speaks.
    console = show.console(quiet=os.environ.get("RANK", "0") != "0")
    stages.train(
        console,
        source,
        Run(out),
        target=target,
        data_dir=data_dir,
        seed=seed,
        steps=steps,
        resume=resume,
        overwrite=overwrite,
        tensorboard=tensorboard,
    ).tell(console)
    show.hint(console, f"gatewright export {out}")


def export(run: RunFolder) -> None:
    """Turn the network into an optimised graph and Verilog."""
    console = show.console()
    stages.export(console, Run(run)).tell(console)
    show.hint(console, f"gatewright simulate {run}", f"gatewright prove {run}")


def simulate(
    run: RunFolder,
    simulator: Annotated[
        str | None, typer.Option(metavar="NAME", help="icarus or verilator; the first found otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random vectors and stalls.")] = 0,
    waves: Annotated[bool, typer.Option("--waves", help="Keep a waveform.")] = False,
) -> None:
    """Simulate the Verilog, and compare every score."""
    console = show.console()
    stages.simulate(console, Run(run), simulator=simulator, seed=seed, waves=waves).tell(console)
    show.hint(console, f"gatewright prove {run}")


def prove(run: RunFolder) -> None:
    """Prove hardware = network, for every input."""
    console = show.console()
    stages.prove(console, Run(run)).tell(console)
    show.hint(console, f"gatewright synthesize {run} --board icebreaker")


def synthesize(
    run: RunFolder,
    board: BoardName = "icebreaker",
    seed: Annotated[int, typer.Option(metavar="N", help="Of place and route.")] = 1,
) -> None:
    """Build the bitstream for a board: area by part, Fmax."""
    console = show.console()
    said = stages.synthesize(console, Run(run), board, seed=seed)
    console.print(show.area(said.values))
    said.tell(console)
    show.hint(console, f"gatewright flash {run} --board {board}", f"gatewright report {run}")
