"""The chain of proofs, for every input: learned graph = optimised graph = Verilog = netlist = placed = bitstream.

What is proven, for a design of latency L and interval N (1 with a parallel popcount) with one clock enable:

* **Positions.** A graph that looks from several positions is the same as one with a copy of its gates for each, by
  definition (`graph.positions.unrolled`); two with the same positions are equal if they are from one, for all bits.
* **Scores.** The learned and the optimised graph give the same score of every class and the same label, for
  every value of the input bits.
* **Result.** From every state of the registers, L cycles after a word enters a pipeline that is not stalled, the
  result is, bit for bit, the label and the scores of that word, and it is valid exactly if the word was. The
  words of all other cycles are free, so that nothing but the word of L cycles ago may reach the result. With a
  serial popcount: from every state in which the register ``phase`` is 0, of words that stand from then on for the N
  cycles of the interval, in the last of which they are taken; and from every state whatever, the result is valid
  L - N + 1 cycles after words have been taken, and only then.
* **Stream.** In every state: the outputs depend on registers alone, except that the design is ready exactly if it
  advances (the receiver is ready or no result is valid) and, with a serial popcount, ``phase`` is N - 1; if it does
  not advance, no register changes; if it does, the next state does not depend on why. So a stalled pipeline passes
  through the same states as one that is not, and *Result* holds under any back-pressure.
* **Phase**, with a serial popcount. Reset leads to phase 0 from every state; an advancing cycle leads from a
  phase p below N to p + 1 and from N - 1 to 0, but from 0 only if words are offered. So the phase stays legal, and
  words that are offered, and not withdrawn or changed before they are taken, stand from phase 0 to phase N - 1. In a
  board's netlist, the ring of a network that looks from several positions can be what holds them (`hdl.sample`): its
  registers are part of the proof then, and nothing comes into them while they are offered.
* **Reset.** After one cycle of reset in any state, no result is valid before a word has passed the pipeline: with a
  serial popcount, for L - N + 1 cycles, behind which the words that were taken decide (*Result*).

Result, Stream, Phase and Reset are shown for the Verilog as Yosys reads it, for the netlists that Yosys makes for
iCE40, ECP5 and Gowin, and for the classifier inside a board's netlist, cut out at its border: there for every
behaviour of the rest. For iCE40 boards it is shown further, for the whole design with its link:

* **Machine.** The board's netlist, nextpnr's placed design and the circuit read back from the bitstream have the same
  pads and, one to one, the same registers; in every state in which matched registers hold the same, the outputs at
  the pads and the next state of every register, with enables, resets and values set, are the same for every input. All
  registers of an iCE40 hold 0 when it has been configured; so, by induction, the pads behave the same in every cycle.
  How registers are matched (by name, then by place) is a hint: a wrong match is refuted.

Assumed: abc's verdict; Yosys' reading of Verilog (its parser, ``proc``, ``flatten`` and ``techmap``) for the step
named Verilog; the models of cells (`cells`, `ice40`, `ecp5`, `gowin`); one clock with a rising edge, and timing that
holds; a reset that is synchronous and low while words pass; inputs stable around the clock edge; the global set/reset
of ECP5 and Gowin at rest. For the bitstream also iceunpack, Project IceStorm's database of the wires and bits, that a
wire without a driver is 0, and that the chip does what its configuration says. Each step from the graph on compares
with the graph itself, or with the step before it in a chain of equalities that begins there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import read_whole

from . import yosys
from .cec import SECONDS
from .graphs import same_scores
from .netlist import Netlist
from .placed import Board, board_steps
from .result import classified
from .step import Proof, Step
from .stream import follows
from .yosys import Reading

Progress = Callable[[str, float | None], None]

__all__ = ["Board", "Proof", "Step", "prove", "prove_graphs", "prove_netlist", "prove_verilog"]


def prove(
    learned: GateGraph,
    network: GateGraph,
    rtl: Path,
    build: Path,
    *,
    families: Sequence[str] = ("ice40",),
    board: Board | None = None,
    progress: Progress | None = None,
    seconds: int = SECONDS,
) -> Proof:
    """Prove that the netlist of a network computes what was learned, for every input.

    Args:
        learned: the graph as it was learned.
        network: the optimised graph.
        rtl: the folder with ``classifier.v`` and ``manifest.json`` that was made from ``network``.
        build: where AIGER files, netlists and logs are kept.
        families: of chips for which the Verilog is synthesized: ``"ice40"``, ``"ecp5"``, ``"gowin"``.
        board: what a board's build has made from ``network``; None if no board is asked for.
        progress: is told what is being done, and the fraction that is done.
        seconds: limit of each single question to abc.

    Raises:
        GatewrightError: if ``rtl`` is absent or was made from another graph, or a tool is missing or fails.
    """
    from gatewright.hdl.verilog import Manifest

    manifest = Manifest.load(rtl)
    if manifest.digest != network.digest:
        raise GatewrightError(
            f"{rtl} is stale: it was made from graph {manifest.digest[:12]}, but the network is {network.digest[:12]}; "
            "run `gatewright export` again."
        )
    verilog = rtl / "classifier.v"
    interval, lanes = manifest.initiation_interval, manifest.pipeline.lanes
    readings = [yosys.GATES, *(yosys.family(name) for name in families)]

    def tell(text: str, fraction: float) -> None:
        if progress is not None:
            progress(text, fraction)

    tell("learned graph = optimised graph", 0.0)
    steps = [prove_graphs(learned, network, build, seconds)]
    for index, reading in enumerate(readings):
        tell(f"optimised graph = {reading.name}", 0.1 + 0.6 * index / len(readings))
        steps.append(prove_verilog(network, verilog, manifest.latency_cycles, build, reading, seconds, interval, lanes))
    if board is not None:
        tell(f"the board's design in {board.netlist.parent}", 0.7)
        steps += board_steps(network, board, build, seconds)
    tell("done", 1.0)
    return Proof(tuple(steps))


def prove_graphs(learned: GateGraph, network: GateGraph, build: Path, seconds: int = SECONDS) -> Step:
    """Compare the scores and the labels of two graphs for every value of their inputs.

    Raises:
        GatewrightError: if their classes, features or quantisation differ, so that they cannot be compared.
    """
    verdict, words = same_scores(learned, network, build, seconds)
    sentence = verdict.sentence
    if words is not None:
        left, right = (classified(graph, words) for graph in (learned, network))
        if left == right:
            raise GatewrightError(
                f"The counterexample {words} to learned = optimised is none for the reference: report this."
            )
        sentence = f"different: the sample {list(words)} is {left} in one and {right} in the other"
    return Step(
        "learned graph", "optimised graph", verdict.engine, verdict.seconds, verdict.equivalent,
        learned.digest, network.digest, sentence, words,
    )  # fmt: skip


def prove_verilog(
    network: GateGraph,
    verilog: Path,
    latency: int,
    build: Path,
    reading: Reading,
    seconds: int = SECONDS,
    interval: int = 1,
    lanes: int = 0,
) -> Step:
    """Read or synthesize a Verilog file by Yosys and compare the result with the graph."""
    started = time.monotonic()
    netlist = yosys.elaborate(verilog, build, reading, reading.stem)
    file = verilog if reading == yosys.GATES else build / f"{reading.stem}.json"
    digest = hashlib.sha256(read_whole(file, "export again")).hexdigest()
    return prove_netlist(network, netlist, latency, build, reading.name, digest, seconds, started, interval, lanes)


def prove_netlist(
    network: GateGraph,
    netlist: Netlist,
    latency: int,
    build: Path,
    name: str,
    digest: str = "",
    seconds: int = SECONDS,
    started: float | None = None,
    interval: int = 1,
    lanes: int = 0,
) -> Step:
    """Compare a netlist with the graph: result, stream and reset, as the head of this file says."""
    started = time.monotonic() if started is None else started
    stem = name.lower().replace(" ", "_")
    verdict, words = follows(network, netlist, latency, build, stem, seconds, interval, lanes)
    return Step(
        "optimised graph", name, verdict.engine, time.monotonic() - started, verdict.equivalent,
        network.digest, digest, verdict.sentence, words,
    )  # fmt: skip
