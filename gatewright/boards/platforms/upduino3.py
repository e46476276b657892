"""tinyVision UPduino 3: an iCE40 UP5K whose FTDI bridge shares its serial line with the flash."""

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import LatticeICE40Platform
from amaranth_boards.resources import UARTResource


class UPduino3Platform(LatticeICE40Platform):
    """The clock and the serial line of the board, and the pin that keeps the flash off that line."""

    device = "iCE40UP5K"
    package = "SG48"
    default_clk = "clk12"
    resources = (
        # The oscillator reaches this pin through the OSC jumper.
        Resource("clk12", 0, Pins("20", dir="i"), Clock(12e6), Attrs(IO_STANDARD="SB_LVCMOS")),
        UARTResource(0, rx="15", tx="14", attrs=Attrs(IO_STANDARD="SB_LVCMOS")),
        # The flash's chip select.
        Resource("held_high", 0, Pins("16", dir="o"), Attrs(IO_STANDARD="SB_LVCMOS")),
    )
    connectors = ()
