"""AMD 7 series: synthesis alone."""

from gatewright.boards.board import Board, Uart
from gatewright.boards.family import Family, Kind
from gatewright.hdl.fabric import FABRICS

FAMILY = Family(
    name="xc7",
    title="AMD 7 series",
    unit="LUT6",
    synth="synth_xilinx -family xc7 -nosrl -noiopad -noclkbuf",
    kinds={
        "LUT[1-6]": Kind("lut", 1),
        "INV": Kind("lut", 1),
        "RAM[36]*": Kind("lut", 1),
        "MUXF[789]": Kind("mux"),
        "CARRY4": Kind("carry"),
        "FD[CPRS]E*": Kind("ff"),
        "RAMB*": Kind("bram"),
    },
    missing="no place and route from PyPI serves it, so there is no clock and no bitstream",
)

_XC7 = Board(
    name="xc7",
    title="XC7A35T without a board, synthesis alone",
    family=FAMILY,
    fabric=FABRICS["xc7"],
    device="XC7A35T",
    package="",
    cells=20800,
    available={"lut": 20800, "ff": 41600, "carry": 5200, "bram": 50},
    clock_hz=100_000_000,
    baud=1_000_000,
    platform="",
    uart=Uart("", "", "none: the chip has no board"),
    nextpnr=(),
)

BOARDS = (_XC7,)
