"""Two readings of the Verilog: as simple gates, and synthesized for iCE40."""

from __future__ import annotations

from pathlib import Path

from gatewright import tools
from gatewright.run import read_whole, write_whole

from .netlist import Netlist, read

_SCRIPT = """read_verilog {source}
hierarchy -check -top {top}
{passes}
write_json {output}
"""
# Nothing here optimises: processes become multiplexers and flip-flops, words become single gates.
GATES = "proc -noopt\nflatten\nopt_clean\ntechmap\nopt_clean"
# The parts are mapped one by one, as the boards do to tell their areas apart. Their borders then survive in the
# netlist; as it is flat when it is read, no proof leans on them.
ICE40 = """setattr -mod -set keep_hierarchy 1 =A:top %n
synth_ice40 -top {top}
setattr -mod -unset keep_hierarchy A:keep_hierarchy
flatten -noscopeinfo
opt_clean"""


def elaborate(verilog: Path, build: Path, passes: str, name: str, top: str = "classifier") -> Netlist:
    """Run Yosys on a Verilog file and read the netlist that it writes to ``build/NAME.json``.

    Raises:
        GatewrightError: if the file cannot be read, Yosys is missing or fails, or a cell has no model.
    """
    source = read_whole(verilog, "run `gatewright export` first")
    write_whole(build / verilog.name, source)
    write_whole(
        build / f"{name}.ys",
        _SCRIPT.format(source=verilog.name, top=top, passes=passes.format(top=top), output=f"{name}.json"),
    )
    tools.find("yosys").run("-q", f"{name}.ys", cwd=build, log=build / f"{name}.log")
    path = build / f"{name}.json"
    return read(read_whole(path, f"see {build / f'{name}.log'}"), str(path), top)
