"""The simulation models of a family's cells that come with Yosys, cut down to those that are wanted."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

# The modules of the library that the cells are made of; the others of its files are left out, since some take a minute.
SHARE = Path(importlib.util.find_spec("pyosys").origin).parent / "share"
FILES = {"ice40": ["cells_sim.v"], "ecp5": ["common_sim.vh", "ccu2c_sim.vh"], "gowin": ["cells_sim.v"]}
WITHIN = {"CCU2C": ["LUT4", "LUT2"], "MUX2_LUT5": ["MUX2"]}


def library(family, wanted):
    """The family's modules, with what they consist of."""
    text = "\n".join((SHARE / family / name).read_text() for name in FILES[family])
    kept = {*wanted, *(part for kind in wanted for part in WITHIN.get(kind, []))}

    def keep(match):
        return match[0] if match[1] in kept else ""

    text = re.sub(r"^`include.*$", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"(?:^\(\*[^\n]*\*\)\s*)?^module +\\?(\S+?)(?=[\s(#;]).*?^\s*endmodule",
        keep,
        text,
        flags=re.DOTALL | re.MULTILINE,
    )
    # An attribute of a module that is left out goes to the next one.
    return text + "\nmodule last; endmodule\n"
