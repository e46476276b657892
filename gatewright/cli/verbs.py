"""The verbs from data to bitstream."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gatewright.run import Run

from . import show, stages
from .options import SOURCES, BoardName, DataDir, Fmax, Lanes, Latency, RunFolder, Target


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


def export(
    run: RunFolder,
    board: Annotated[
        str | None, typer.Option("--board", metavar="NAME", help="Place the registers for this board's clock.")
    ] = None,
    fmax: Fmax = None,
    latency: Latency = None,
    lanes: Lanes = None,
) -> None:
    """Turn the network into an optimised graph and Verilog."""
    console = show.console()
    stages.export(console, Run(run), board=board, fmax=fmax, latency=latency, lanes=lanes).tell(console)
    show.hint(console, f"gatewright simulate {run}", f"gatewright prove {run}")


def simulate(
    run: RunFolder,
    simulator: Annotated[
        str | None, typer.Option(metavar="NAME", help="icarus or verilator; what suits the size otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random vectors and stalls.")] = 0,
    waves: Annotated[bool, typer.Option("--waves", help="Keep a waveform.")] = False,
) -> None:
    """Simulate the Verilog, and compare every score."""
    console = show.console()
    stages.simulate(console, Run(run), simulator=simulator, seed=seed, waves=waves).tell(console)
    show.hint(console, f"gatewright prove {run}")


def prove(
    run: RunFolder,
    board: Annotated[
        str | None, typer.Option("--board", metavar="NAME", help="Prove what was built for it too, to the bitstream.")
    ] = None,
) -> None:
    """Prove hardware = network, for every input."""
    console = show.console()
    stages.prove(console, Run(run), board=board).tell(console)
    following = f"synthesize {run} --board icebreaker" if board is None else f"flash {run} --board {board}"
    show.hint(console, f"gatewright {following}")


def synthesize(
    run: RunFolder,
    board: BoardName = "icebreaker",
    seed: Annotated[int, typer.Option(metavar="N", help="Of place and route.")] = 1,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Try so many, and keep the fastest.")] = 1,
    clock: Annotated[
        float | None, typer.Option("--clock", metavar="MHZ", min=0.001, help="From the board's PLL; its own otherwise.")
    ] = None,
) -> None:
    """Build the bitstream for a board: area by part, Fmax."""
    console = show.console()
    said = stages.synthesize(console, Run(run), board, seed=seed, seeds=seeds, clock=clock)
    console.print(show.area(said.values))
    said.tell(console)
    if said.values["bitstream"]:
        show.hint(console, f"gatewright prove {run} --board {board}", f"gatewright flash {run} --board {board}")
    else:
        show.hint(console, f"gatewright report {run}")
