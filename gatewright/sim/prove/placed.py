"""From a board's netlist to its bitstream: the classifier in it is the graph, and each is the same machine as the next.

The board's design is the classifier with its link. That the classifier in the netlist follows the graph is shown at its
border, for every behaviour of the rest. That the placed design is the netlist, and the bitstream the placed design, is
shown for all of it: register by register, for every state and every input of the pads (`machine`).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import read_whole, write_whole

from . import bitstream, board, chipdb, yosys
from .cec import Verdict
from .machine import same_machine
from .netlist import load, parse
from .step import Step
from .stream import follows


@dataclass(frozen=True)
class Board:
    """What a board's build has left.

    Attributes:
        netlist: the flat netlist that Yosys wrote as JSON.
        latency: cycles of the classifier in it.
        family: of the chip, as in `yosys.FAMILIES`.
        placed: the placed design that nextpnr wrote as JSON; None if the chain ends with the netlist.
        bitstream: what was packed from it; None if the chain ends with the placed design.
        top: the top module.
        instance: the path of the classifier in it.
        interval: cycles from one sample to the next.
        lanes: bits that a serial popcount adds in a cycle.

    Raises:
        GatewrightError: if a placed design or a bitstream is given for a family whose chips have no model.
    """

    netlist: Path
    latency: int
    family: str = "ice40"
    placed: Path | None = None
    bitstream: Path | None = None
    top: str = "top"
    instance: str = "core.classifier"
    interval: int = 1
    lanes: int = 0

    def __post_init__(self) -> None:
        yosys.family(self.family)
        if self.family != "ice40" and (self.placed or self.bitstream):
            raise GatewrightError(
                f"The proof follows {self.family} to the netlist: placed designs and bitstreams have a model for ice40."
            )
        if self.bitstream and not self.placed:
            raise GatewrightError(f"{self.bitstream} is compared with its placed design: give that too.")


def board_steps(network: GateGraph, built: Board, build: Path, seconds: int) -> list[Step]:
    """The comparisons from the graph to the bitstream of a board.

    Raises:
        GatewrightError: if a file is absent or damaged, a tool or the database of the wires is missing, or something
            is used that has no model.
    """
    started = time.monotonic()
    model = yosys.family(built.family).model
    content, digest = _file(built.netlist)
    top = load(content, str(built.netlist), built.top)
    inner = board.classifier(top, built.instance, str(built.netlist), model)
    verdict, words = follows(network, inner, built.latency, build, "board", seconds, built.interval, built.lanes)
    steps = [
        _step("optimised graph", "classifier in the board's netlist", verdict, started, (network.digest, digest), words)
    ]
    if built.placed is None:
        return steps

    started = time.monotonic()
    content, placed_digest = _file(built.placed)
    layout = board.placed(load(content, str(built.placed), built.top))
    left = parse(top, str(built.netlist), built.top, None, model)
    right = parse(layout, str(built.placed), built.top, None, model)
    pairs = board.by_name(top, layout, left.registers, right.registers)
    verdict = same_machine(left, right, pairs, build, "placed", seconds)
    steps.append(_step("board's netlist", "placed design", verdict, started, (digest, placed_digest)))
    if built.bitstream is None:
        return steps

    started = time.monotonic()
    content, digest = _file(built.bitstream)
    left = board.renamed(right, board.pads(layout))
    found = unpacked(content, str(built.bitstream), build)
    places = board.places(layout)
    pairs = {bit: found.places[at] for at, bit in places.items() if bit in left.registers and at in found.places}
    verdict = same_machine(left, found.netlist, pairs, build, "bitstream", seconds)
    steps.append(_step("placed design", "bitstream", verdict, started, (placed_digest, digest)))
    return steps


def unpacked(content: bytes, name: str, build: Path) -> bitstream.Recovered:
    """The circuit in a bitstream, which iceunpack turns into text in ``build`` first.

    Raises:
        GatewrightError: if iceunpack or the database of the wires is missing, the bitstream is damaged, or something is
            used that has no model.
    """
    write_whole(build / "chip.bin", content)
    tools.find("iceunpack").run("chip.bin", "chip.asc", cwd=build, log=build / "iceunpack.log")
    text = read_whole(build / "chip.asc", f"see {build / 'iceunpack.log'}").decode(errors="replace")
    config = chipdb.configuration(text, name)
    return bitstream.recover(config, chipdb.chip(config), name)


def _file(path: Path) -> tuple[bytes, str]:
    """What is in a file, and its SHA-256."""
    content = read_whole(path, "run `gatewright synthesize` first")
    return content, hashlib.sha256(content).hexdigest()


def _step(
    left: str,
    right: str,
    verdict: Verdict,
    started: float,
    digests: tuple[str, str],
    words: tuple[int, ...] | None = None,
) -> Step:
    seconds = time.monotonic() - started
    return Step(left, right, verdict.engine, seconds, verdict.equivalent, *digests, verdict.sentence, words)
