"""The verbs from data to bitstream."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gatewright.run import Run

from . import stages
from .options import BoardName, DataDir, Fmax, Lanes, Latency, RunFolder, Source, Target, board_names
from .terminal import Json, Quiet, Terminal


def train(
    source: Source,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    target: Target = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of every random draw.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Training steps.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run stopped, bit for bit.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the network that is there.")] = False,
    teacher: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="A trained run whose scores of the samples count beside the labels."),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files for TensorBoard into RUN/tensorboard.")
    ] = False,
    fit: Annotated[
        str | None,
        typer.Option(
            "--fit",
            metavar="BOARD",
            help="Search for the best network that fits this board, and export it.",
            autocompletion=board_names,
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(metavar="LUTS", min=1, help="With --fit: what the design may take; 85 % of the chip otherwise."),
    ] = None,
    fmax: Annotated[
        float | None, typer.Option(metavar="MHZ", min=0.001, help="With --fit: clock that the registers must reach.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(metavar="N", min=0.01, help="With --fit: time for everything; 10 otherwise.")
    ] = None,
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="With --fit: any storage of Optuna's; a file in RUN otherwise.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a network, or with --fit the best that a board holds.

    Several processes share each step: torchrun --nproc-per-node 2 -m gatewright train ...
    """
    from . import fit as fits

    terminal = Terminal(as_json=as_json, quiet=quiet)
    only_fit = {"--budget": budget, "--fmax": fmax, "--minutes": minutes, "--storage": storage}
    fits.demand(
        fit,
        alone={
            "--resume": resume,
            "--overwrite": overwrite,
            "--steps": steps is not None,
            "--teacher": teacher is not None,
            "--tensorboard": tensorboard,
        },
        needed={name: value is not None for name, value in only_fit.items()},
    )
    if fit is not None:
        fits.fit(
            terminal,
            source,
            out,
            fit,
            budget=budget,
            fmax_mhz=fmax,
            minutes=minutes or fits.MINUTES,
            storage=storage,
            target=target,
            data_dir=data_dir,
            seed=seed,
        )
        return
    from gatewright import flow

    begin = functools.partial(
        flow.train,
        source,
        Run(out),
        target=target,
        data_dir=data_dir,
        seed=seed,
        steps=steps,
        resume=resume,
        overwrite=overwrite,
        teacher=None if teacher is None else Run(teacher),
        tensorboard=tensorboard,
    )
    said = stages.train(terminal.progress, begin, Run(out), sys.argv[1:])
    terminal.tell(said, f"gatewright export {out}")


def export(
    run: RunFolder,
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            metavar="NAME",
            help="Place the registers for this board's clock.",
            autocompletion=board_names,
        ),
    ] = None,
    fmax: Fmax = None,
    latency: Latency = None,
    lanes: Lanes = None,
    without_encoder: Annotated[
        bool, typer.Option("--without-encoder", help="The host encodes; the hardware takes bits, not words.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Turn the network into an optimised graph and Verilog."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said = stages.export(
        terminal.progress,
        Run(run),
        board=board,
        fmax=fmax,
        latency=latency,
        lanes=lanes,
        without_encoder=without_encoder,
    )
    terminal.tell(said, f"gatewright simulate {run}", f"gatewright prove {run}")


def simulate(
    run: RunFolder,
    simulator: Annotated[
        Literal["icarus", "verilator"] | None, typer.Option(help="What suits the size otherwise.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random vectors and stalls.")] = 0,
    waves: Annotated[bool, typer.Option("--waves", help="Keep a waveform.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate the Verilog, and compare every score."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said = stages.simulate(terminal.progress, Run(run), simulator=simulator, seed=seed, waves=waves)
    terminal.tell(said, f"gatewright prove {run}")


def prove(
    run: RunFolder,
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            metavar="NAME",
            help="Prove what was built for it too, to the bitstream.",
            autocompletion=board_names,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Prove hardware = network, for every input."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said = stages.prove(terminal.progress, Run(run), board=board)
    following = f"synthesize {run} --board icebreaker" if board is None else f"flash {run} --board {board}"
    terminal.tell(said, f"gatewright {following}")


def synthesize(
    run: RunFolder,
    board: BoardName = "icebreaker",
    seed: Annotated[int, typer.Option(metavar="N", help="Of place and route.")] = 1,
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Try so many, and keep the fastest.")] = 1,
    clock: Annotated[
        float | None, typer.Option("--clock", metavar="MHZ", min=0.001, help="From the board's PLL; its own otherwise.")
    ] = None,
    baud: Annotated[
        int | None, typer.Option("--baud", metavar="N", min=1, help="Of the serial line; the board's own otherwise.")
    ] = None,
    without_selftest: Annotated[
        bool, typer.Option("--without-selftest", help="Leave out the counters and the self-test: a smaller link.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build the bitstream for a board: area by part, Fmax."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    said = stages.synthesize(
        terminal.progress,
        Run(run),
        board,
        seed=seed,
        seeds=seeds,
        clock=clock,
        baud=baud,
        selftest=not without_selftest,
    )
    if said.values["bitstream"]:
        terminal.tell(said, f"gatewright prove {run} --board {board}", f"gatewright flash {run} --board {board}")
    else:
        terminal.tell(said, f"gatewright report {run}")
