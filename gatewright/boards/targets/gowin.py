"""Gowin LittleBee and Arora: Project Apicula."""

from dataclasses import replace

from gatewright.boards.board import Board, Programmer, Uart
from gatewright.boards.family import Family, Kind
from gatewright.hdl.fabric import FABRICS

GW1N = Family(
    name="gowin",
    title="Gowin",
    unit="LUT4 places",
    # Wide multiplexers triple a popcount, and the adders of comparators and short sums take more places than LUTs. Pins
    # have buffers already, and parts must not get any.
    synth="synth_gowin -family gw1n -nowidelut -noalu -noiopads",
    kinds={
        "LUT[1-4]": Kind("lut", 1),
        "MUX2_LUT[5-8]": Kind("mux"),
        "ALU": Kind("carry", 1),
        "DFF*": Kind("ff", 1),
        "RAM16S*": Kind("lut", 4),
        "*DP*B": Kind("bram"),
        "SPX9": Kind("bram"),
        "pROM*": Kind("bram"),
    },
    # A flip-flop reads the LUT or the adder of its own place, and a LUT that passes its input on if there is none.
    shares=("lut", "carry"),
    taps=True,
    constraints="cst",
    nextpnr="nextpnr-himbaechel-gowin",
    route=("--vopt", "cst={name}.cst"),
    placed=("LUT[1-4]", "ALU"),
    packer="gowin_pack",
    pack=("{options}", "-o", "{name}.fs", "{out}.placed.json"),
    bitstream="fs",
)
GW2A = replace(GW1N, synth=GW1N.synth.replace("gw1n", "gw2a"))

_NANO_9K = Board(
    name="tang-nano-9k",
    title="Sipeed Tang Nano 9K",
    family=GW1N,
    fabric=FABRICS["gowin"],
    device="GW1NR-LV9QN88PC6/I5",
    package="QN88P",
    cells=8640,
    available={"lut": 8640, "ff": 6480, "carry": 6480, "bram": 26},
    clock_hz=27_000_000,
    # 27 clock cycles a bit, exactly.
    baud=1_000_000,
    platform="amaranth_boards.tang_nano_9k:TangNano9kPlatform",
    uart=Uart("18", "17", "the on-board BL702: the later of the two serial ports that appear"),
    nextpnr=("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C"),
    pack=("-d", "GW1N-9C"),
    pll="GW1NR-9C",
    programmers=(Programmer("openFPGALoader", ("-b", "tangnano9k", "-m"), ("-b", "tangnano9k", "-f")),),
    usb=("0403", "6010"),
)

_NANO_20K = replace(
    _NANO_9K,
    name="tang-nano-20k",
    title="Sipeed Tang Nano 20K",
    family=GW2A,
    device="GW2AR-LV18QN88C8/I7",
    package="QN88",
    cells=20736,
    available={"lut": 20736, "ff": 15552, "carry": 15552, "bram": 46},
    platform="gatewright.boards.platforms.tang_nano_20k:TangNano20kPlatform",
    uart=Uart("70", "69", "the on-board BL616"),
    nextpnr=("--device", "GW2AR-LV18QN88C8/I7", "--vopt", "family=GW2A-18C"),
    pack=("-d", "GW2A-18C"),
    pll="GW2AR-18C",
    programmers=(Programmer("openFPGALoader", ("-b", "tangnano20k", "-m"), ("-b", "tangnano20k", "-f")),),
)

_PRIMER_20K = replace(
    _NANO_20K,
    name="tang-primer-20k",
    title="Sipeed Tang Primer 20K",
    device="GW2A-LV18PG256C8/I7",
    package="PG256",
    platform="amaranth_boards.tang_primer_20k:TangPrimer20kPlatform",
    uart=Uart("T13", "M11", "the on-board BL702: the later of the two serial ports that appear"),
    nextpnr=("--device", "GW2A-LV18PG256C8/I7", "--vopt", "family=GW2A-18C"),
    pll="GW2A-18C",
    programmers=(Programmer("openFPGALoader", ("-b", "tangprimer20k", "-m"), ("-b", "tangprimer20k", "-f")),),
    note="the core board alone does not start: it sits on its dock, whose first switch enables it",
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
    for name, board in (("gw1n-9", _NANO_9K), ("gw2a-18", _PRIMER_20K))
)

BOARDS = (_NANO_9K, _NANO_20K, _PRIMER_20K, *_CHIPS)
