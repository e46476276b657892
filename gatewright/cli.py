"""The command line: thin, one function for each verb over `flow`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewright.errors import GatewrightError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gatewright.flow import Say
    from gatewright.train.loop import Progress

app = typer.Typer(
    help="Train a logic gate network, prove that the hardware equals it, and put it on an open FPGA board.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")]
BoardName = Annotated[str, typer.Option("--board", metavar="NAME", help="See `gatewright boards`.")]


def main() -> None:
    """Run the command line; every error is one sentence and a non-zero status."""
    try:
        app()
    except GatewrightError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("Interrupted.", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or 'A file'} cannot be used ({error.strerror}): check permissions and free space.", 1)


def _fail(sentence: str, status: int) -> None:
    sys.stderr.write(f"gatewright: {sentence}\n")
    sys.exit(status)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


@contextlib.contextmanager
def _doing(console: Console, title: str) -> Iterator[Say]:
    """Show what is going on: a spinner on a terminal, one line a stage elsewhere."""
    with console.status(f"{title} ...") as status:
        yield lambda text, fraction: status.update(
            f"{title}: {text}" + (f" {fraction:.0%}" if fraction is not None else "")
        )


@contextlib.contextmanager
def _training(console: Console) -> Iterator[Any]:
    """A progress bar with live loss, discrete accuracy and gap."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        "train",
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[live]}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("train", total=None, live="")

        def show(p: Progress) -> None:
            live = f"loss {p.loss:.3f}  accuracy {100 * p.accuracy:.2f} %  gap {100 * p.gap:+.2f}"
            bar.update(task, total=p.steps, completed=p.step, live=live)

        yield show


def _next(console: Console, *commands: str) -> None:
    console.print("next: " + "\n      ".join(commands), style="dim")


@app.command()
def train(
    source: Annotated[str, typer.Argument(metavar="DATA", help="digits, mnist, ..., FILE.npz or FILE.csv")],
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="The run folder to make.")],
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of a CSV that holds the class.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where data sets lie (or $GATEWRIGHT_DATA).")] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random draw.")] = None,
    steps: Annotated[int | None, typer.Option(help="Training steps.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run stopped, bit for bit.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the network that is there.")] = False,
) -> None:
    """Train a network."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    with _training(console) as show:
        values = flow.train(
            source,
            Run(out),
            target=target,
            data_dir=data_dir,
            seed=seed,
            steps=steps,
            resume=resume,
            overwrite=overwrite,
            progress=show,
        )
    console.print(
        f"test accuracy {100 * values['accuracy_test']:.2f} %, gap {100 * values['gap']:+.2f} points, "
        f"{values['gates']} gates, {values['seconds']:.0f} s"
    )
    _next(console, f"gatewright export {out}")


@app.command()
def export(run: RunFolder) -> None:
    """Turn the trained network into an optimised graph and Verilog."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    with _doing(console, "export") as say:
        values = flow.export(Run(run), say)
    console.print(
        f"{values['gates_learned']} gates learned, {values['gates']} left, depth {values['depth']}, "
        f"latency {values['latency_cycles']} cycles; {run}/rtl/classifier.v"
    )
    _next(console, f"gatewright simulate {run}", f"gatewright prove {run}")


@app.command()
def simulate(
    run: RunFolder,
    simulator: Annotated[str | None, typer.Option(help="icarus or verilator; the first found otherwise.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random vectors and stalls.")] = 0,
    waves: Annotated[bool, typer.Option("--waves", help="Keep a waveform.")] = False,
) -> None:
    """Drive the Verilog and compare every score with the reference."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    with _doing(console, "simulate") as say:
        values = flow.simulate(Run(run), simulator=simulator, seed=seed, waves=waves, say=say)
    console.print(
        f"{values['vectors']} vectors ({values['ties']} ties), {values['mismatches']} mismatches, "
        f"{values['simulator']}, {values['seconds']:.0f} s"
    )
    if not values["passed"]:
        raise GatewrightError(f"The Verilog of {run} differs from the network: see {run}/sim/sim.log.")
    _next(console, f"gatewright prove {run}")


@app.command()
def prove(run: RunFolder) -> None:
    """Prove that graph, Verilog and netlist are equal for every input."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    with _doing(console, "prove") as say:
        values = flow.prove(Run(run), say)
    for step in values["steps"]:
        verdict = "equal    " if step["equivalent"] else "DIFFERENT"
        console.print(f"{verdict}  {step['left']} = {step['right']}  ({step['engine']}, {step['seconds']:.2f} s)")
    if not values["proven"]:
        raise GatewrightError(f"{run} is not proven: a step above does not hold; see {run}/prove.json.")
    _next(console, f"gatewright synthesize {run} --board icebreaker")


@app.command()
def synthesize(
    run: RunFolder,
    board: BoardName = "icebreaker",
    seed: Annotated[int, typer.Option(help="Of place and route.")] = 1,
) -> None:
    """Build the bitstream for a board: resources by part, Fmax, latency."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    with _doing(console, "synthesize") as say:
        values = flow.synthesize(Run(run), board, seed=seed, say=say)
    console.print(_area(values))
    console.print(
        f"Fmax {values['fmax_mhz']:.1f} MHz, clock {values['clock_mhz']:g} MHz, "
        f"latency {values['latency_cycles']} cycles = {values['latency_ns']:.0f} ns; "
        f"{values['pins']['vectors']} samples over the simulated pins, "
        f"{values['pins']['mismatches']} mismatches; {run}/boards/{board}/{values['bitstream']}"
    )
    _next(console, f"gatewright flash {run} --board {board}", f"gatewright report {run}")


def _area(values: dict[str, Any]) -> Table:
    """LUTs, flip-flops and carries by part."""
    from rich.table import Table

    table = Table("part", box=None, pad_edge=False)
    for title in ("LUT4", "FF", "carry"):
        table.add_column(title, justify="right")
    rows = [*values["parts"].items(), ("total", values["total"]), ("available", values["available"])]
    for part, cells in rows:
        table.add_row(
            part, *(str(cells[kind]) for kind in ("lut", "ff", "carry")), style="bold" if part == "total" else ""
        )
    return table


@app.command()
def flash(
    run: RunFolder,
    board: BoardName = "icebreaker",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the command.")] = False,
) -> None:
    """Load the bitstream onto a board."""
    from gatewright import flow
    from gatewright.boards.flash import flash as load
    from gatewright.run import Run

    console = _console()
    plan = flow.flash_plan(Run(run), board)
    console.print(plan.command)
    if dry_run:
        return
    with _doing(console, "flash"):
        load(plan)
    console.print(f"{plan.board.title} holds the network.")


@app.command()
def boards() -> None:
    """List the boards that are supported."""
    from rich.table import Table

    from gatewright.boards import registry

    table = Table("board", "chip", "LUT4", "clock", "", box=None, pad_edge=False)
    for board in registry.all():
        clock = f"{board.clock_hz / 1e6:g} MHz"
        table.add_row(board.name, board.device, str(board.available["lut"]), clock, board.title)
    _console().print(table)


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="The run folder; what is in it is replaced.")
    ] = Path("runs/digits"),
    board: BoardName = "icebreaker",
) -> None:
    """Train on real digits, prove the hardware, and build a bitstream: the whole flow in one go."""
    train("digits", out, overwrite=True)
    export(out)
    simulate(out)
    prove(out)
    synthesize(out, board)
    report(out)


@app.command()
def report(run: RunFolder) -> None:
    """Write one self-contained HTML page about the run."""
    from gatewright import flow
    from gatewright.run import Run

    console = _console()
    console.print(f"{flow.report(Run(run))}")


@app.command()
def doctor() -> None:
    """List the programs that gatewright uses: which are found, where, and how to get the rest."""
    from rich.table import Table

    from gatewright import tools

    console = _console()
    table = Table("program", "for", "version", "where", box=None, pad_edge=False)
    with _doing(console, "doctor") as say:
        for name, known in tools.KNOWN.items():
            say(name, None)
            result = tools.search(name)
            if result.tool is not None:
                table.add_row(name, known.purpose, result.tool.version, result.tool.origin)
            else:
                table.add_row(name, known.purpose, "[red]missing[/]", "; ".join(result.looked))
    console.print(table)
