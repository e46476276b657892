"""1BitSquared iCEBreaker: iCE40 UP5K, FTDI FT2232H."""

from .board import Board

BOARD = Board(
    name="icebreaker",
    title="1BitSquared iCEBreaker",
    family="ice40",
    device="iCE40UP5K",
    package="SG48",
    cells=5280,
    available={"lut": 5280, "ff": 5280, "carry": 5280, "bram": 30},
    clock_hz=12_000_000,
    # 12 clock cycles a bit, exactly, and a rate that the FT2232H makes exactly.
    baud=1_000_000,
    platform="amaranth_boards.icebreaker:ICEBreakerPlatform",
    nextpnr=("--up5k", "--package", "sg48"),
    programmers={"openFPGALoader": ("-b", "ice40_generic"), "iceprog": ()},
    usb=("0403", "6010"),
)
