"""Lattice Nexus: Project Oxide."""

from gatewright.boards.board import Board, Programmer, Uart
from gatewright.boards.family import Family, Kind
from gatewright.hdl.fabric import FABRICS

FAMILY = Family(
    name="nexus",
    title="Lattice Nexus",
    unit="LUT4 places",
    # nextpnr refuses carries that begin with a constant of their own part.
    synth="synth_nexus -nowidelut -noccu2 -noiopad",
    kinds={
        "LUT4": Kind("lut", 1),
        "INV": Kind("lut", 1),
        "WIDEFN9": Kind("mux"),
        "CCU2": Kind("carry", 2),
        "FD1P3*": Kind("ff"),
        "DPR16X4": Kind("lut", 4),
        "DP16K": Kind("bram"),
        "PDP16K": Kind("bram"),
    },
    constraints="pdc",
    nextpnr="nextpnr-nexus",
    # The default router loses the way from a clock pin to its buffer.
    route=("--router", "router1", "--pdc", "{name}.pdc", "--fasm", "{out}.fasm"),
    placed=("OXIDE_COMB",),
    packer="prjoxide",
    pack=("{options}", "pack", "{out}.fasm", "{name}.bit"),
    bitstream="bit",
)

_CROSSLINK = Board(
    name="crosslink-nx-evn",
    title="Lattice CrossLink-NX Evaluation Board",
    family=FAMILY,
    fabric=FABRICS["nexus"],
    device="LIFCL-40",
    package="BG400",
    cells=32256,
    available={"lut": 32256, "ff": 32256, "carry": 16128, "bram": 84},
    clock_hz=12_000_000,
    baud=1_000_000,
    platform="gatewright.boards.platforms.crosslink_nx_evn:CrossLinkNXEVNPlatform",
    uart=Uart(
        "F16",
        "F18",
        "the second channel of the on-board FT2232H, once resistors R18 and R19 are off and R15 and R17 (0 ohm) are on",
    ),
    nextpnr=("--device", "LIFCL-40-9BG400C"),
    programmers=(
        Programmer("openFPGALoader", ("-b", "crosslinknx_evn", "-m"), ("-b", "crosslinknx_evn", "-f")),
        Programmer("ecpprog", ("-S",), ()),
    ),
    usb=("0403", "6010"),
    note="jumper JP2 brings the 12 MHz clock; the PLL is not driven",
)

BOARDS = (_CROSSLINK,)
