"""Equivalence of two lists of literals, decided by abc's SAT sweeping (``&cec``).

The question is put as a miter: one AIGER file with a single output that is 1 exactly where some pair of
literals differs. Equivalence means that abc shows this output to be constant 0. Trusted are abc's verdict, the
building rules of `aig.Aig` and the AIGER writer. A counterexample is not trusted: it is simulated here before
anybody sees it.

A question that has been proven is not asked again: its answer is kept beside it, with a digest of the AIGER file, so
that a chain of proofs that was interrupted, or is continued to a board, goes on where it was.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.run import write_whole

from .aig import Aig

SECONDS = 600
_CONFLICTS = 100_000_000
_EQUIVALENT = re.compile(r"^Networks are equivalent\.", re.MULTILINE)
_DIFFERENT = re.compile(r"^Networks are NOT EQUIVALENT\.", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """The answer to one comparison.

    Attributes:
        equivalent: whether abc proved that no assignment of the inputs tells the two sides apart.
        engine: program, version and command, and whether it has answered earlier.
        seconds: wall time.
        counterexample: values of all input literals where the sides differ, if one was found and confirmed.
        sentence: what happened, for people.
    """

    equivalent: bool
    engine: str
    seconds: float
    counterexample: dict[int, int] | None
    sentence: str


def equivalent(
    aig: Aig,
    left: Sequence[int],
    right: Sequence[int],
    inputs: Sequence[int],
    folder: Path,
    name: str,
    seconds: int = SECONDS,
) -> Verdict:
    """Compare two lists of literals of one graph for every value of ``inputs``.

    Args:
        aig: the graph.
        left: literals of one side.
        right: as many literals of the other side.
        inputs: every input literal that the sides depend on, in the order of the AIGER file.
        folder: where ``NAME.aig``, ``NAME.cex`` and ``NAME.log`` are written.
        name: of the comparison.
        seconds: limit of abc's run time.

    Raises:
        GatewrightError: if the sides have different lengths or are empty, abc is missing or fails, or it names a
            counterexample that is none.
    """
    if len(left) != len(right) or not left:
        raise GatewrightError(
            f"The sides of {name} have {len(left)} and {len(right)} outputs: both need the same number, at least one."
        )
    abc = tools.find("abc")
    engine = f"abc {abc.version} &cec -m".replace("  ", " ")
    started = time.monotonic()
    miter = aig.any(aig.xor(a, b) for a, b in zip(left, right, strict=True))
    question = aig.aiger(inputs, [miter])
    write_whole(folder / f"{name}.aig", question)
    equal = f"equal for every value of {len(inputs)} inputs"
    answered, answer = folder / f"{name}.equal", f"{hashlib.sha256(question).hexdigest()} {engine}\n"
    if _reads(answered) == answer:
        return Verdict(True, f"{engine}, earlier", time.monotonic() - started, None, equal)
    trace = folder / f"{name}.cex"
    trace.unlink(missing_ok=True)
    script = f"read {name}.aig; &get -n; &cec -m -C {_CONFLICTS} -T {seconds}; write_cex {name}.cex"
    try:
        # abc does not keep its own limit in every phase.
        output = abc.run("-c", script, cwd=folder, log=folder / f"{name}.log", timeout=seconds + 1)
    except TimeoutError:
        output = ""
    spent = time.monotonic() - started
    proven, refuted = bool(_EQUIVALENT.search(output)), bool(_DIFFERENT.search(output))
    if proven and not refuted:
        write_whole(answered, answer)
        return Verdict(True, engine, spent, None, equal)
    if not refuted:
        limit = f"no verdict after {spent:.0f} s (the limit is {seconds} s)"
        return Verdict(False, engine, spent, None, f"not proven: {limit}; see {folder / f'{name}.log'}")
    values = _trace(trace, inputs)
    if aig.simulate([miter], values, 1) != [1]:
        raise GatewrightError(
            f"abc named a counterexample for {name} in which both sides agree: see {folder / f'{name}.log'}."
        )
    return Verdict(False, engine, spent, values, f"different: a counterexample over {len(inputs)} inputs is confirmed")


def _reads(path: Path) -> str:
    """What is in a file; nothing if it cannot be read."""
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""


def _trace(path: Path, inputs: Sequence[int]) -> dict[int, int]:
    """The assignment that abc wrote as a row of bits, one for each input of the file."""
    try:
        row = path.read_text().split()[0].split("#")[0]
    except (OSError, IndexError):
        row = ""
    if len(row) != len(inputs) or set(row) - {"0", "1"}:
        raise GatewrightError(
            f"abc found a difference, but {path} holds no assignment of {len(inputs)} inputs: run it by hand."
        )
    return {literal: int(bit) for literal, bit in zip(inputs, row, strict=True)}
