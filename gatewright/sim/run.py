"""Simulates the Verilog of a network and compares it with the reference, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.check import check
from gatewright.graph.graph import GateGraph, argmax
from gatewright.hdl.manifest import Manifest
from gatewright.run import write_whole

from . import player
from .bench import VARIABLE, Plan
from .runner import Bench, run_cocotb
from .vectors import fitting

Progress = Callable[[str, float | None], None]

MODULE = "gatewright.sim.bench"


@dataclass(frozen=True)
class Simulation:
    """The verdict of a simulation.

    Attributes:
        simulator: ``"icarus"`` or ``"verilator"``.
        version: of the simulator.
        vectors: number of samples simulated.
        ties: how many of them have two or more classes at the highest score.
        mismatches: how many differ in any score, or in the label.
        first: index of the first that differs, or None.
        latency_cycles: that every sample showed that nothing stalled.
        rtl_digest: SHA-256 of the Verilog, in hex.
        seconds: wall time, the build included.
        log: what builder, simulator and bench said.
    """

    simulator: str
    version: str
    vectors: int
    ties: int
    mismatches: int
    first: int | None
    latency_cycles: int
    rtl_digest: str
    seconds: float
    log: Path

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differed."""
        return self.vectors > 0 and self.mismatches == 0


@dataclass(frozen=True)
class Rtl:
    """The Verilog of a network in a simulator: a target for `graph.check.check`.

    Attributes:
        graph: the network.
        rtl: folder with the Verilog and its manifest.
        build: folder for everything that is written.
        simulator: ``"icarus"`` or ``"verilator"``; otherwise the one that is found and suits the work.
        seed: of gaps, stalls and resets.
        waves: whether to record all signals.
        progress: is told what is being done, and the fraction that is done.

    Raises:
        GatewrightError: if the Verilog is absent, damaged, or was made from another graph.
    """

    graph: GateGraph
    rtl: Path
    build: Path
    simulator: str | None = None
    seed: int = 0
    waves: bool = False
    progress: Progress | None = None
    manifest: Manifest = field(init=False)

    def __post_init__(self) -> None:
        manifest = Manifest.load(self.rtl)
        if manifest.digest != self.graph.digest:
            raise GatewrightError(
                f"{self.rtl} is stale: it was made from graph {manifest.digest[:12]}, but the network is "
                f"{self.graph.digest[:12]}; export the network again."
            )
        object.__setattr__(self, "manifest", manifest)

    def scores(self, words: ArrayLike) -> NDArray[np.int32]:
        """Scores (samples, classes) of encoder words (samples, features)."""
        return self.answers(words)[0]

    def answers(self, words: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.intp], Bench]:
        """Scores (samples, classes) and labels (samples,) of encoder words, and how the bench went.

        Raises:
            GatewrightError: if the simulation fails, or breaks a rule of the streams; the sentence names the log.
        """
        chosen = fitting(self.graph, words)
        if not len(chosen):
            raise GatewrightError("There are no words to simulate: pass at least one sample.")
        build = self.build.resolve()
        result, label = (
            self.manifest.field("result__payload", "scores"),
            self.manifest.field("result__payload", "label"),
        )
        plan = Plan(
            samples=len(chosen),
            answers=str(build / "answers.npy"),
            progress=str(build / "progress.txt"),
            label_bits=label.width,
            score_bits=result.width,
            classes=result.count,
            latency=self.manifest.latency_cycles,
            interval=self.manifest.initiation_interval,
            seed=self.seed,
        )
        write_whole(build / "plan.json", json.dumps(asdict(plan), indent=2) + "\n")
        for path in (plan.answers, plan.progress, build / player.TRACE):
            Path(path).unlink(missing_ok=True)
        bench = run_cocotb(
            [player.write(self.manifest, chosen, build), *(self.rtl / name for name in self.manifest.files)],
            player.TOP,
            MODULE,
            build,
            environment={VARIABLE: str(build / "plan.json")},
            simulator=self.simulator,
            work=self.graph.gates * len(chosen) * self.manifest.initiation_interval,
            seed=self.seed,
            waves=self.waves,
            poll=lambda: self._report(build / "progress.txt", len(chosen)),
        )
        table = np.load(build / "answers.npy")
        if table.shape != (len(chosen), 1 + self.graph.classes):
            raise GatewrightError(f"The bench wrote answers of shape {table.shape}: see {bench.log}.")
        return table[:, 1:].astype(np.int32), table[:, 0].astype(np.intp), bench

    def _report(self, path: Path, total: int) -> None:
        if self.progress is None:
            return
        done = path.read_text() if path.is_file() else ""
        if done:
            self.progress(f"simulating {total} samples", int(done) / total)
        else:
            self.progress("building the simulation", None)


def simulate(
    graph: GateGraph,
    rtl: Path,
    words: ArrayLike,
    build: Path,
    *,
    simulator: str | None = None,
    seed: int = 0,
    waves: bool = False,
    progress: Progress | None = None,
) -> Simulation:
    """Drive the Verilog in ``rtl`` with encoder words (samples, features) and compare it with the reference.

    The streams pause, stall and are reset at random; an answer that is withdrawn, changes, comes late or does
    not come at all is an error. The files of the simulation go to ``build``; see `Rtl` for the other arguments.

    Raises:
        GatewrightError: if the Verilog is stale or absent, no simulator is found, or the simulation fails.
    """
    target = Rtl(graph, rtl, build, simulator, seed, waves, progress)
    digest = target.manifest.sha256(rtl)
    scores, labels, bench = target.answers(words)
    # A label that is not the one of its own scores spoils its row, so that one comparison sees both.
    scores[labels != argmax(scores)] = -1
    verdict = check(_Answers(scores), graph, words)
    return Simulation(
        simulator=bench.simulator.name,
        version=bench.simulator.version,
        vectors=verdict.vectors,
        ties=verdict.ties,
        mismatches=verdict.mismatches,
        first=verdict.first,
        latency_cycles=target.manifest.latency_cycles,
        rtl_digest=digest,
        seconds=bench.seconds,
        log=bench.log,
    )


@dataclass(frozen=True)
class _Answers:
    """Scores that have been simulated already."""

    simulated: NDArray[np.int32]

    def scores(self, _words: ArrayLike, /) -> NDArray[np.int32]:
        return self.simulated
