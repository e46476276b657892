"""The chain of proofs: learned graph = optimised graph = Verilog = netlist, for every input.

What is proven, for a design of latency L with one clock enable:

* **Scores.** The learned and the optimised graph give the same score of every class and the same label, for
  every value of the input bits.
* **Result.** From every state of the registers, L cycles after a word enters a pipeline that is not stalled, the
  result is, bit for bit, the label and the scores of that word, and it is valid exactly if the word was. The
  words of all other cycles are free, so that nothing but the word of L cycles ago may reach the result.
* **Stream.** In every state: the outputs depend on registers alone, except that the design is ready exactly if
  the receiver is ready or no result is valid; if it is not ready, no register changes; if it is, the next
  state does not depend on why. So a stalled pipeline passes through the same states as one that is not, and
  *Result* holds under any back-pressure.
* **Reset.** After one cycle of reset in any state, no result is valid before a word has passed the pipeline.

Result, Stream and Reset are shown for the Verilog as Yosys reads it and for the netlist that Yosys made for iCE40.

Assumed: abc's verdict; Yosys' reading of Verilog (its parser, ``proc``, ``flatten`` and ``techmap``) for the step
named Verilog; the models of cells in `netlist`; one clock with a rising edge; a reset that is synchronous and
low while words pass; inputs stable around the clock edge. The netlist step compares with the graph itself, so it
does not lean on the Verilog step.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import read_whole

from . import yosys
from .cec import SECONDS
from .graphs import same_scores
from .netlist import Netlist
from .result import classified
from .stream import follows

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Step:
    """One comparison of the chain.

    Attributes:
        left: what is compared.
        right: with what.
        engine: the program that decided, or the first one that failed to.
        seconds: wall time.
        equivalent: whether equality was proven for every input.
        left_digest: SHA-256 in hex of the left side: a graph's digest, or of the file.
        right_digest: of the right side.
        sentence: the verdict for people.
        counterexample: the words of a sample on which the sides differ, if there is one.
    """

    left: str
    right: str
    engine: str
    seconds: float
    equivalent: bool
    left_digest: str
    right_digest: str
    sentence: str
    counterexample: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Proof:
    """The chain.

    Attributes:
        steps: the comparisons, in order.
    """

    steps: tuple[Step, ...]

    @property
    def proven(self) -> bool:
        """Whether there was a step and every one of them is proven."""
        return bool(self.steps) and all(step.equivalent for step in self.steps)


def prove(
    learned: GateGraph,
    network: GateGraph,
    rtl: Path,
    build: Path,
    *,
    progress: Progress | None = None,
    seconds: int = SECONDS,
) -> Proof:
    """Prove that the netlist of a network computes what was learned, for every input.

    Args:
        learned: the graph as it was learned.
        network: the optimised graph.
        rtl: the folder with ``classifier.v`` and ``manifest.json`` that was made from ``network``.
        build: where AIGER files, netlists and logs are kept.
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

    def tell(text: str, fraction: float) -> None:
        if progress is not None:
            progress(text, fraction)

    tell("learned graph = optimised graph", 0.0)
    steps = [prove_graphs(learned, network, build, seconds)]
    tell("optimised graph = Verilog", 0.1)
    steps.append(prove_verilog(network, verilog, manifest.latency_cycles, build, yosys.GATES, "Verilog", seconds))
    tell("optimised graph = iCE40 netlist (synthesis first)", 0.4)
    steps.append(prove_verilog(network, verilog, manifest.latency_cycles, build, yosys.ICE40, "iCE40 netlist", seconds))
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
    network: GateGraph, verilog: Path, latency: int, build: Path, passes: str, name: str, seconds: int = SECONDS
) -> Step:
    """Read or synthesize a Verilog file by Yosys ``passes`` and compare the result with the graph."""
    started = time.monotonic()
    stem = name.lower().replace(" ", "_")
    netlist = yosys.elaborate(verilog, build, passes, stem)
    file = verilog if passes == yosys.GATES else build / f"{stem}.json"
    digest = hashlib.sha256(read_whole(file, "export again")).hexdigest()
    return prove_netlist(network, netlist, latency, build, name, digest, seconds, started)


def prove_netlist(
    network: GateGraph,
    netlist: Netlist,
    latency: int,
    build: Path,
    name: str,
    digest: str = "",
    seconds: int = SECONDS,
    started: float | None = None,
) -> Step:
    """Compare a netlist with the graph: result, stream and reset, as the head of this file says."""
    started = time.monotonic() if started is None else started
    verdict, words = follows(network, netlist, latency, build, name.lower().replace(" ", "_"), seconds)
    return Step(
        "optimised graph", name, verdict.engine, time.monotonic() - started, verdict.equivalent,
        network.digest, digest, verdict.sentence, words,
    )  # fmt: skip
