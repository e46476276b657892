"""Cologne Chip GateMate: Project Peppercorn."""

from gatewright.boards.board import Board, Programmer, Uart
from gatewright.boards.family import Family, Kind
from gatewright.hdl.fabric import FABRICS

FAMILY = Family(
    name="gatemate",
    title="Cologne Chip GateMate",
    unit="half CPEs",
    # Buffers of pins and clocks go around the flat design: else each part would get its own.
    synth="synth_gatemate -luttree -nomx8 -noiopad -noclkbuf",
    finish=(
        "iopadmap -bits -inpad CC_IBUF Y:I -outpad CC_OBUF A:O",
        "clkbufmap -buf CC_BUFG O:I",
        "opt_clean",
    ),
    kinds={
        "CC_LUT[12]": Kind("lut", 1),
        "CC_L2T4": Kind("lut", 1),
        "CC_L2T5": Kind("lut", 1),
        "CC_MX2": Kind("mux", 1),
        "CC_MX4": Kind("mux", 1),
        "CC_ADDF": Kind("carry", 1),
        "CC_DFF": Kind("ff"),
        "CC_DLT": Kind("ff"),
        "CC_BRAM_*": Kind("bram"),
    },
    constraints="ccf",
    nextpnr="nextpnr-himbaechel-gatemate",
    route=("--vopt", "ccf={name}.ccf", "--vopt", "out={out}.txt"),
    placed=("CPE_L*",),
    packer="gmpack",
    pack=("{options}", "{out}.txt", "{name}.bit"),
    bitstream="bit",
)

_OLIMEX = Board(
    name="gatemate-a1-evb",
    title="Olimex GateMateA1-EVB",
    family=FAMILY,
    fabric=FABRICS["gatemate"],
    device="CCGM1A1",
    package="BGA324",
    cells=40960,
    available={"lut": 40960, "ff": 40960, "carry": 40960, "bram": 32},
    clock_hz=10_000_000,
    # 10 clock cycles a bit, exactly.
    baud=1_000_000,
    platform="gatewright.boards.platforms.gatemate:OlimexGateMateA1Platform",
    uart=Uart("IO_SA_A6", "IO_SA_B6", "the on-board RP2040, whose DirtyJTAG firmware has a serial port"),
    nextpnr=("--device", "CCGM1A1"),
    programmers=(Programmer("openFPGALoader", ("-b", "olimex_gatemateevb", "-m"), ("-b", "olimex_gatemateevb", "-f")),),
    usb=("1209", "c0ca"),
    note="the PLL is not driven",
)

BOARDS = (_OLIMEX,)
