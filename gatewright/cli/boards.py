"""The verbs about boards and the programs that serve them."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewright.errors import GatewrightError
from gatewright.run import Run

from . import show
from .options import BoardName, DataDir, RunFolder, Target


def flash(
    run: RunFolder,
    board: BoardName = "icebreaker",
    ram: Annotated[bool, typer.Option("--ram", help="Into the chip alone; it forgets without power.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the command.")] = False,
) -> None:
    """Load the bitstream onto a board."""
    console = show.console()
    with show.doing(console, "flash") as say:
        say("looking for a programmer", None)
        from gatewright import flow
        from gatewright.boards.flash import flash as load

        plan = flow.flash_plan(Run(run), board, volatile=ram)
    console.print(plan.command)
    if dry_run:
        return
    with show.doing(console, "flash"):
        load(plan)
    console.print(f"{plan.board.title} holds the network.")
    show.hint(console, f"gatewright classify {run} --board {board} --port PORT")


def classify(
    run: RunFolder,
    source: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Its test split is sent; the one that training kept otherwise."),
    ] = None,
    port: Annotated[
        str | None, typer.Option("--port", metavar="PORT", help="The board's serial port, as /dev/ttyUSB1 or COM4.")
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulate", help="No board: simulate one, with its serial line on its pins.")
    ] = False,
    board: BoardName = "icebreaker",
    samples: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Send only the first N; 16 of them where simulated.")
    ] = None,
    target: Target = None,
    data_dir: DataDir = None,
) -> None:
    """Let a board classify, and compare every score."""
    if (port is None) != simulated:
        raise GatewrightError(
            "classify needs either --port PORT, the board's serial port, or --simulate, and not both."
        )
    console = show.console()
    with show.doing(console, "classify") as say:
        from gatewright import flow

        values = flow.classify(
            Run(run), source, port=port, board_name=board, samples=samples, target=target, data_dir=data_dir, say=say
        )
    console.print(
        f"{values['samples']:,} samples at {values['port']}: accuracy {100 * values['accuracy']:.2f} %, "
        f"{values['mismatches']:,} mismatches, {values['samples_per_second']:,.0f} samples a second, "
        f"{values['retries']} retries"
    )
    if values["mismatches"]:
        raise GatewrightError(
            f"The board differs from the network in {values['mismatches']} of {values['samples']} samples: "
            "flash it again, and check its clock and power."
        )
    show.hint(console, f"gatewright report {run}")


def boards(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this one, with how to connect it.")] = None,
) -> None:
    """List the boards that are supported, or tell about one."""
    from rich.table import Table

    from gatewright.boards import registry

    console = show.console()
    if name is not None:
        board = registry.get(name)
        rows = [("board", board.title), ("chip", f"{board.device}, {board.available['lut']:,} LUTs")]
        rows += [("clock", f"{board.clock_hz / 1e6:g} MHz" + (f", others from its {board.pll}" if board.pll else ""))]
        rows += [("serial line", f"{board.baud:,} baud: {board.uart.note}")] if not board.is_chip else []
        rows += [("note", board.note)] if board.note else []
        rows += [("missing", board.family.missing)] if board.family.missing else []
        console.print(show.pairs(rows))
        return
    table = Table("board", "chip", "LUTs", "clock", "", box=None, pad_edge=False)
    for board in registry.all():
        clock = "" if board.is_chip else f"{board.clock_hz / 1e6:g} MHz"
        table.add_row(board.name, board.device, str(board.available["lut"]), clock, board.title)
    console.print(table)
    show.hint(console, "gatewright boards NAME")


def doctor() -> None:
    """List the programs in use: where found, how to get the rest."""
    from rich.table import Table
    from rich.text import Text

    from gatewright import tools

    console = show.console()
    table = Table("program", "for", "version", "where", box=None, pad_edge=False)
    with show.doing(console, "doctor") as say:
        for name, known in tools.KNOWN.items():
            say(name, None)
            result = tools.search(name)
            if result.tool is not None:
                table.add_row(name, known.purpose, result.tool.version, result.tool.origin)
            else:
                remedy = known.remedy or f"pip install {known.package}"
                where = f"{remedy} (looked at: {'; '.join(result.looked)})"
                table.add_row(name, known.purpose, Text("missing", style="red"), where)
    console.print(table)
