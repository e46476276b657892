"""One stage each: runs it with its progress shown, and puts into words what came out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.run import Run

from .options import InterruptError
from .show import area, doing, pairs, training
from .terminal import Said

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def train(console: Console, begin: Callable[..., dict[str, Any]], run: Run, typed: Sequence[str]) -> Said:
    """Train, and say how to go on if that is interrupted.

    Args:
        console: where progress goes.
        begin: `gatewright.flow.train`, given everything but whom to tell.
        run: the run folder.
        typed: the words of the command after ``gatewright``.
    """
    before = _written(run.checkpoint)
    try:
        with training(console) as (progress, stepped):
            values = begin(progress=progress, stepped=stepped)
    except KeyboardInterrupt as cause:
        if "--resume" not in typed and _written(run.checkpoint) == before:
            raise InterruptError("Interrupted before the first step: run the same command again.", cause) from None
        kept = [word for word in typed if word not in ("--resume", "--overwrite")]
        command = shlex.join([*_program(), *kept, "--resume"])
        raise InterruptError(f"Interrupted; nothing is lost: go on, bit for bit, with `{command}`.", cause) from None
    line = (
        f"test accuracy {100 * values['accuracy_test']:.2f} %, gap {100 * values['gap']:+.2f} points, "
        f"{values['gates']:,} gates"
    )
    return Said((line,), values=values)


def model(console: Console, run: Run, name: str, data_dir: Path | None) -> Said:
    """Take a network that comes with the package, in place of training."""
    with doing(console, "model") as say:
        from gatewright import flow

        values = flow.load_model(name, run, data_dir=data_dir, say=say)
    trained = run.read_json("train", values["digest"])
    line = f"{values['title']}, {100 * trained['accuracy_test']:.2f} % on the test split when it was trained"
    here = (
        f"{100 * values['accuracy_test']:.2f} % on its {values['samples']:,} samples now"
        if values["samples"]
        else f"no test split: {values['missing']}"
    )
    return Said((line, here), values=values)


def _program() -> list[str]:
    """What people type before the verb."""
    processes = os.environ.get("WORLD_SIZE", "1")
    return ["gatewright"] if processes == "1" else ["torchrun", "--nproc-per-node", processes, "-m", "gatewright"]


def _written(path: Path) -> int | None:
    """When a file was written, if it is there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def export(
    console: Console,
    run: Run,
    *,
    board: str | None = None,
    fmax: float | None = None,
    latency: int | None = None,
    lanes: int | None = None,
    without_encoder: bool = False,
) -> Said:
    """Write the optimised graph and the Verilog."""
    with doing(console, "export") as say:
        from gatewright import flow

        values = flow.export(
            run,
            say,
            board_name=board,
            fmax_mhz=fmax,
            latency=latency,
            lanes=lanes,
            without_encoder=without_encoder,
        )
    interval = values["initiation_interval"]
    every = "in every cycle" if interval == 1 else f"every {interval} cycles"
    line = (
        f"{values['gates_learned']:,} gates learned, {values['gates']:,} left, depth {values['depth']}, "
        f"latency {values['latency_cycles']} cycles, a sample {every}"
    )
    return Said((line, f"{run.rtl}/classifier.v"), values=values)


def simulate(console: Console, run: Run, *, simulator: str | None = None, seed: int = 0, waves: bool = False) -> Said:
    """Compare the Verilog with the reference."""
    with doing(console, "simulate") as say:
        from gatewright import flow

        values = flow.simulate(run, simulator=simulator, seed=seed, waves=waves, say=say)
    line = (
        f"{values['vectors']:,} vectors ({values['ties']:,} ties), {values['mismatches']:,} mismatches, "
        f"{values['simulator']}"
    )
    if not values["origins"]["test"]:
        line += ", without a test split"
    failure = "" if values["passed"] else f"The Verilog of {run.path} differs from the network: see {run.sim}/sim.log."
    return Said((line,), failure, values)


def prove(console: Console, run: Run, *, board: str | None = None) -> Said:
    """Prove the chain of equivalences."""
    with doing(console, "prove") as say:
        from gatewright import flow

        values = flow.prove(run, say, board_name=board)
    lines = []
    for step in values["steps"]:
        verdict = "equal      " if step["equivalent"] else "NOT PROVEN "
        lines.append(f"{verdict}{step['left']} = {step['right']} ({step['engine']}, {step['seconds']:.1f} s)")
        if not step["equivalent"]:
            lines.append(f"           {step['sentence']}")
    failure = (
        "" if values["proven"] else f"{run.path} is not proven: a step above does not hold; see {run.path}/prove.json."
    )
    return Said(tuple(lines), failure, values)


def synthesize(
    console: Console,
    run: Run,
    board: str,
    *,
    seed: int = 1,
    seeds: int = 1,
    clock: float | None = None,
    baud: int | None = None,
    selftest: bool = True,
) -> Said:
    """Build the bitstream, and try it on simulated pins."""
    with doing(console, "synthesize") as say:
        from gatewright import flow

        values = flow.synthesize(
            run, board, seed=seed, seeds=seeds, clock_mhz=clock, baud=baud, selftest=selftest, say=say
        )
    total, available = values["total"], values["available"]
    lines: list[RenderableType] = [area(values)]
    line = f"{total['lut']:,} of {available['lut']:,} LUTs on {board}, latency {values['latency_cycles']} cycles"
    if values["fmax_mhz"] is not None:
        line += f" = {values['latency_ns']:,.0f} ns at {values['clock_mhz']:g} MHz, Fmax {values['fmax_mhz']:.1f} MHz"
    lines.append(line)
    if "pins" in values:
        pins = values["pins"]
        lines.append(f"{pins['vectors']} samples over the simulated pins, {pins['mismatches']} mismatches")
    if values["bitstream"]:
        lines.append(f"{run.board(board)}/{values['bitstream']}")
    return Said(tuple(lines), values=values)


def report(console: Console, run: Run) -> tuple[Said, list[str]]:
    """Write the page; also the commands that come next."""
    with doing(console, "report") as say:
        say("drawing the page", None)
        from gatewright import flow
        from gatewright.report.results import collect
        from gatewright.report.summary import next_steps, rows

        path = flow.report(run)
        results = collect(run)
    table = pairs([*rows(run, results), ("page", str(path))])
    values = {
        "digest": results.graph.digest,
        "page": str(path),
        "missing": results.missing,
        **results.verbs,
        "boards": results.boards,
        "silicon": results.silicon,
    }
    return Said(("", table, ""), values=values), next_steps(run, results)
