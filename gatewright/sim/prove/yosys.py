"""Readings of the Verilog: as simple gates, and synthesized for a family of chips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.run import read_whole, write_whole

from . import ecp5, gowin, ice40
from .cells import Model
from .netlist import Netlist, read


@dataclass(frozen=True)
class Reading:
    """What Yosys makes of the Verilog.

    Attributes:
        name: of the result, for people.
        passes: the commands; ``{top}`` is the top module.
        model: of the cells that they leave.
    """

    name: str
    passes: str
    model: Model

    @property
    def stem(self) -> str:
        """Of the files."""
        return self.name.lower().replace(" ", "_")


_SCRIPT = """read_verilog {source}
hierarchy -check -top {top}
{passes}
write_json {output}
"""
# Nothing here optimises: processes become multiplexers and flip-flops, words become single gates.
GATES = Reading("Verilog", "proc -noopt\nflatten\nopt_clean\ntechmap\nopt_clean", ice40.model)
# The parts are mapped one by one, as the boards do to tell their areas apart. Their borders then survive in the
# netlist; as it is flat when it is read, no proof leans on them.
_BY_PART = """setattr -mod -set keep_hierarchy 1 =A:top %n
{synthesis} -top {{top}}
setattr -mod -unset keep_hierarchy A:keep_hierarchy
flatten -noscopeinfo
opt_clean"""
ICE40 = Reading("iCE40 netlist", _BY_PART.format(synthesis="synth_ice40"), ice40.model)
# Wide multiplexers and carry chains are left on, so that the proof meets them.
ECP5 = Reading("ECP5 netlist", _BY_PART.format(synthesis="synth_ecp5"), ecp5.model)
GOWIN = Reading("Gowin netlist", _BY_PART.format(synthesis="synth_gowin -noiopads"), gowin.model)
FAMILIES = {"ice40": ICE40, "ecp5": ECP5, "gowin": GOWIN}
"""The families of chips, by name."""


def family(name: str) -> Reading:
    """The reading for a family of chips.

    Raises:
        GatewrightError: if the proof has no model of its cells.
    """
    if name not in FAMILIES:
        raise GatewrightError(
            f"The proof has no model of the cells of {name!r}: it has those of {', '.join(FAMILIES)}."
        )
    return FAMILIES[name]


def elaborate(verilog: Path, build: Path, reading: Reading, name: str, top: str = "classifier") -> Netlist:
    """Run Yosys on a Verilog file and read the netlist that it writes to ``build/NAME.json``.

    Raises:
        GatewrightError: if the file cannot be read, Yosys is missing or fails, or a cell has no model.
    """
    source = read_whole(verilog, "run `gatewright export` first")
    write_whole(build / verilog.name, source)
    passes = reading.passes.format(top=top)
    write_whole(
        build / f"{name}.ys", _SCRIPT.format(source=verilog.name, top=top, passes=passes, output=f"{name}.json")
    )
    tools.find("yosys").run("-q", f"{name}.ys", cwd=build, log=build / f"{name}.log")
    path = build / f"{name}.json"
    return read(read_whole(path, f"see {build / f'{name}.log'}"), str(path), top, model=reading.model)
