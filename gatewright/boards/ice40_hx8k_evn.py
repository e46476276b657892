"""Lattice iCE40-HX8K breakout board: iCE40 HX8K, FTDI FT2232H."""

from .board import Board

BOARD = Board(
    name="ice40-hx8k-evn",
    title="Lattice iCE40-HX8K Breakout Board",
    family="ice40",
    device="iCE40HX8K",
    package="CT256",
    cells=7680,
    available={"lut": 7680, "ff": 7680, "carry": 7680, "bram": 32},
    clock_hz=12_000_000,
    # 12 clock cycles a bit, exactly, and a rate that the FT2232H makes exactly.
    baud=1_000_000,
    platform="amaranth_boards.ice40_hx8k_b_evn:ICE40HX8KBEVNPlatform",
    nextpnr=("--hx8k", "--package", "ct256"),
    programmers={"iceprog": (), "openFPGALoader": ("-b", "ice40_generic")},
    usb=("0403", "6010"),
)
