"""Lattice CrossLink-NX Evaluation Board: an LIFCL-40."""

from amaranth.build import Attrs, Clock, Pins, Resource
from amaranth.vendor import LatticePlatform
from amaranth_boards.resources import UARTResource


class CrossLinkNXEVNPlatform(LatticePlatform):
    """The clock and the serial line of the board."""

    device = "LIFCL-40"
    package = "BG400"
    speed = "9"
    grade = "C"
    default_clk = "clk12"
    resources = (
        Resource("clk12", 0, Pins("L13", dir="i"), Clock(12e6), Attrs(IO_TYPE="LVCMOS33")),
        UARTResource(0, rx="F16", tx="F18", attrs=Attrs(IO_TYPE="LVCMOS33")),
    )
    connectors = ()
