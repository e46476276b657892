"""The board top as a bench: what a simulator needs to drive it bit by bit on the pins of its serial line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from amaranth.back import rtlil
from numpy.typing import ArrayLike

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.file import dumps
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import TIMEOUT_BITS, Counts
from gatewright.hdl.pipeline import Pipeline, standard
from gatewright.hdl.top import Top
from gatewright.run import write_whole

from .answers import SelfTest
from .design import NAME

VARIABLE = "GATEWRIGHT_PINS"
"""Names the file that tells the bench what to do."""
MODULE = "gatewright.boards.bench"

FAULTS = ("flip", "lose", "repeat", "insert")
"""What befalls a byte: one of its ten bits inverted, or the byte lost, repeated, or followed by another."""

_SCRIPT = f"""read_rtlil {NAME}.il
proc -norom
pmuxtree
opt_clean -purge
write_verilog -noattr {NAME}.v
"""


@dataclass(frozen=True)
class Line:
    """The serial line of a bench, and what befalls it.

    Attributes:
        divisor: clock cycles of a bit, at least 4.
        timeout_bits: the board's timeout, in bit times.
        drift: length of a bit at the host over the one at the board.
        faults: share of the bytes, in each direction, that are damaged.
        kinds: of the damage, each as often as another; all of `FAULTS` if empty.
        noise: share of the host's frames in front of which a burst of noise comes, and likewise of its answers.
        resets: share of the host's frames during which the board is reset.
        seed: of faults, noise and resets.
    """

    divisor: int = 12
    timeout_bits: int = TIMEOUT_BITS
    drift: float = 1.0
    faults: float = 0.0
    kinds: tuple[str, ...] = ()
    noise: float = 0.0
    resets: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class PinBench:
    """What is to be run.

    Attributes:
        sources: Verilog files.
        top: the top module.
        module: the cocotb test module.
        env: variables that it reads.
        folder: where everything lies, and is to be run.
        outcome: the file that the bench writes; see `outcome`.
    """

    sources: tuple[Path, ...]
    top: str
    module: str
    env: Mapping[str, str]
    folder: Path
    outcome: Path


@dataclass(frozen=True)
class Outcome:
    """What a bench saw.

    Attributes:
        vectors: samples that were compared.
        ties: how many of them have two or more classes at the highest score.
        mismatches: how many differ in any score or in the label.
        retries: as in `answers.Counters`.
        errors: ERROR frames that came.
        faults: bytes that were damaged on the line, and bursts of noise.
        resets: times that the board was reset.
        bits: bit times of the board from the first question about a sample to the last answer.
        dropped: bytes that came to the host and belonged to no frame.
        sent: bytes that the host sent with its samples.
        received: bytes that came back meanwhile.
        idle: bit times between the first and the last of those it sent in which its line stood still.
        counts: what the board had counted then, since its reset; None if it cannot count.
        selftest: what came of the self-test; None if none was asked for.
    """

    vectors: int
    ties: int
    mismatches: int
    retries: int
    errors: int
    faults: int
    resets: int
    bits: int
    dropped: int
    sent: int
    received: int
    idle: int
    counts: Counts | None
    selftest: SelfTest | None

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differed."""
        return self.vectors > 0 and self.mismatches == 0 and (self.selftest is None or self.selftest.passed)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Outcome:
        """The reverse of `dataclasses.asdict`.

        Raises:
            KeyError: if a key is missing.
            TypeError: if there is one too many or too few.
        """
        test = values["selftest"]
        nested = {
            "counts": Counts(**values["counts"]) if values["counts"] else None,
            "selftest": SelfTest(**test) if test else None,
        }
        return cls(**{**values, **nested})


def prepare(
    graph: GateGraph,
    words: ArrayLike,
    folder: Path,
    *,
    pipeline: Pipeline | None = None,
    clock_hz: int = 12_000_000,
    line: Line | None = None,
    selftest: tuple[int, int] | None = None,
    testable: bool = True,
) -> PinBench:
    """Write the Verilog of the board top, the graph and the vectors into ``folder``.

    Args:
        graph: the network.
        words: (samples, features), what the host is to send.
        folder: made if need be.
        pipeline: where the classifier's registers stand, the default if None.
        clock_hz: what the board says of its clock.
        line: the serial line, undisturbed and as the boards have it if None.
        selftest: number of samples and seed of a self-test behind the samples; none if None.
        testable: whether the design can count and test itself.

    Raises:
        GatewrightError: if Yosys is missing or fails, or the folder cannot be written.
    """
    line = line or Line()
    top = Top(
        graph,
        pipeline or standard(graph),
        clock_hz=clock_hz,
        divisor=line.divisor,
        timeout_bits=line.timeout_bits,
        selftest=testable,
    )
    write_whole(folder / f"{NAME}.il", rtlil.convert(top, name=NAME, emit_src=False))
    write_whole(folder / f"{NAME}.ys", _SCRIPT)
    tools.find("yosys").run("-q", f"{NAME}.ys", cwd=folder, log=folder / "yosys.log")
    paths = {
        name: folder / file
        for name, file in (("graph", "graph.lgn"), ("outcome", "outcome.json"), ("task", "task.json"))
    }
    paths["outcome"].unlink(missing_ok=True)
    write_whole(paths["graph"], dumps(graph))
    task = {
        "graph": str(paths["graph"].resolve()),
        "outcome": str(paths["outcome"].resolve()),
        "words": np.asarray(words).tolist(),
        "line": asdict(line),
        "selftest": selftest,
    }
    write_whole(paths["task"], json.dumps(task) + "\n")
    env = {VARIABLE: str(paths["task"].resolve())}
    return PinBench((folder / f"{NAME}.v",), NAME, MODULE, env, folder, paths["outcome"])


def outcome(bench: PinBench) -> Outcome:
    """What a bench that has run saw.

    Raises:
        GatewrightError: if it did not come to its end.
    """
    try:
        return Outcome.from_dict(json.loads(bench.outcome.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GatewrightError(
            f"The simulation of the board left no result in {bench.outcome} ({error}): "
            f"see the simulator's log in {bench.folder}."
        ) from error
