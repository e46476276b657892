"""Lattice iCE40: IceStorm."""

from dataclasses import replace

from gatewright.boards.board import Board, Programmer, Uart
from gatewright.boards.family import Family, Kind
from gatewright.boards.place.grid import Grid
from gatewright.boards.place.ice40 import PACKING
from gatewright.hdl.fabric import FABRICS

FAMILY = Family(
    name="ice40",
    title="Lattice iCE40",
    unit="logic cells",
    # Comparators with constants and short adders take fewer logic cells as LUTs than as carry chains, whose two ends
    # take cells too; the clock is no slower.
    synth="synth_ice40 -nocarry",
    kinds={
        "SB_LUT4": Kind("lut", 1),
        "SB_CARRY": Kind("carry", 1),
        "SB_DFF*": Kind("ff", 1),
        "SB_RAM40*": Kind("bram"),
    },
    shares=("lut",),
    constraints="pcf",
    nextpnr="nextpnr-ice40",
    route=("--pcf", "{name}.pcf", "--asc", "{out}.asc"),
    placed=("ICESTORM_LC",),
    packer="icepack",
    pack=("{options}", "{out}.asc", "{name}.bin"),
    bitstream="bin",
)

# Columns 6 and 19 of the one and 8 and 25 of the other hold memories.
_UP5K_GRID = Grid(tuple(x for x in range(1, 25) if x not in (6, 19)), tuple(range(1, 31)), PACKING)
_8K_GRID = Grid(tuple(x for x in range(1, 33) if x not in (8, 25)), tuple(range(1, 33)), PACKING)
_UP5K = {"lut": 5280, "ff": 5280, "carry": 5280, "bram": 30}
_HX8K = {"lut": 7680, "ff": 7680, "carry": 7680, "bram": 32}
_OPENFPGALOADER = Programmer("openFPGALoader", ("-b", "ice40_generic", "-m"), ("-b", "ice40_generic", "-f"))
_ICEPROG = Programmer("iceprog", ("-S",), ())
_FTDI = "the second channel of the on-board FT2232H: the later of the two serial ports that appear"

_ICEBREAKER = Board(
    name="icebreaker",
    title="1BitSquared iCEBreaker",
    family=FAMILY,
    fabric=FABRICS["ice40up"],
    device="iCE40UP5K",
    package="SG48",
    cells=5280,
    available=_UP5K,
    clock_hz=12_000_000,
    # 12 clock cycles a bit, exactly, and a rate that the FT2232H makes exactly.
    baud=1_000_000,
    platform="amaranth_boards.icebreaker:ICEBreakerPlatform",
    uart=Uart("6", "9", _FTDI),
    nextpnr=("--up5k", "--package", "sg48"),
    grid=_UP5K_GRID,
    # The clock comes in at pin 35, which is the PLL's own pad.
    pll="SB_PLL40_PAD",
    programmers=(_OPENFPGALOADER, _ICEPROG),
    usb=("0403", "6010"),
    note="to load the RAM and not the flash, first set the board's jumpers as its manual shows",
)

_HX8K_EVN = Board(
    name="ice40-hx8k-evn",
    title="Lattice iCE40-HX8K Breakout Board",
    family=FAMILY,
    fabric=FABRICS["ice40hx"],
    device="iCE40HX8K",
    package="CT256",
    cells=7680,
    available=_HX8K,
    clock_hz=12_000_000,
    baud=1_000_000,
    platform="amaranth_boards.ice40_hx8k_b_evn:ICE40HX8KBEVNPlatform",
    uart=Uart("B10", "B12", _FTDI),
    nextpnr=("--hx8k", "--package", "ct256"),
    grid=_8K_GRID,
    pll="SB_PLL40_CORE",
    programmers=(_ICEPROG, _OPENFPGALOADER),
    usb=("0403", "6010"),
    note="to load the RAM and not the flash, first set the board's jumpers as its manual shows",
)

_TINYFPGA_BX = Board(
    name="tinyfpga-bx",
    title="TinyFPGA BX",
    family=FAMILY,
    fabric=FABRICS["ice40hx"],
    device="iCE40LP8K",
    package="CM81",
    cells=7680,
    available=_HX8K,
    clock_hz=16_000_000,
    baud=1_000_000,
    platform="amaranth_boards.tinyfpga_bx:TinyFPGABXPlatform",
    uart=Uart(
        "A2",
        "A1",
        "header pin 1 receives and header pin 2 sends, at 3.3 V: the board has no serial bridge, so join them and GND "
        "to TXD, RXD and GND of a USB serial adapter for 3.3 V",
        {"IO_STANDARD": "SB_LVCMOS"},
    ),
    nextpnr=("--lp8k", "--package", "cm81"),
    grid=_8K_GRID,
    pll="SB_PLL40_CORE",
    programmers=(Programmer("tinyprog", None, ("-p",)),),
    usb=("1d50", "6130"),
    note="press the reset button before flashing, so that its boot loader runs",
)

_UPDUINO3 = Board(
    name="upduino3",
    title="tinyVision UPduino 3",
    family=FAMILY,
    fabric=FABRICS["ice40up"],
    device="iCE40UP5K",
    package="SG48",
    cells=5280,
    available=_UP5K,
    clock_hz=12_000_000,
    baud=1_000_000,
    platform="gatewright.boards.platforms.upduino3:UPduino3Platform",
    uart=Uart(
        "15",
        "14",
        "the on-board FT232H, which shares pins 14 and 15 with the flash: unplug the board once after flashing",
    ),
    nextpnr=("--up5k", "--package", "sg48"),
    grid=_UP5K_GRID,
    pll="SB_PLL40_CORE",
    programmers=(_ICEPROG, _OPENFPGALOADER),
    usb=("0403", "6014"),
    note="solder the OSC jumper, which brings the 12 MHz oscillator to pin 20: the chip's own oscillator is off by up "
    "to a tenth, too far for a serial line",
)

_CHIPS = tuple(
    replace(
        board,
        name=name,
        title=f"{board.device} without a board",
        uart=replace(board.uart, note="the pins of a board that carries the chip"),
        programmers=(),
        usb=("", ""),
        note="",
    )
    for name, board in (("up5k", _ICEBREAKER), ("hx8k", _HX8K_EVN))
)

BOARDS = (_ICEBREAKER, _HX8K_EVN, _TINYFPGA_BX, _UPDUINO3, *_CHIPS)
