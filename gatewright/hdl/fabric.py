"""FPGA fabrics: the size of their LUTs, and a small model of their delays.

The time between two registers is ``register_ns`` once, and ``lut_ns + route_ns`` for each LUT on the way; a bit of a
carry chain takes ``carry_ns``, where adders are built from chains. ``benchmarks/hdl_fabric.py`` fits register and LUT
to what nextpnr reports for networks with random wiring: iCE40 and ECP5 hold its figures. The others are guesses from
their kin, and nothing was placed on them to check.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fabric:
    """One kind of FPGA.

    Attributes:
        name: as in `FABRICS`.
        lut_inputs: of a LUT, 4 or 6.
        lut_ns: delay of a LUT.
        route_ns: delay of the wires in front of a LUT.
        register_ns: from the clock to a register's output, and its setup time, with the last wire.
        carry_ns: delay of one bit of a carry chain.
        chains: whether adders and comparisons are mapped to carry chains. Those of a classifier are short, and on most
            fabrics smaller as LUTs.
    """

    name: str
    lut_inputs: int
    lut_ns: float
    route_ns: float
    register_ns: float
    carry_ns: float
    chains: bool = False

    @property
    def counter(self) -> int:
        """Inputs of the counters that suit the LUTs: 3:2 or 6:3."""
        return 6 if self.lut_inputs == 6 else 3

    def path_ns(self, luts: float, carries: int = 0) -> float:
        """The time between two registers with so many LUTs and bits of carry chains between them."""
        return self.register_ns + luts * (self.lut_ns + self.route_ns) + carries * self.carry_ns


ICE40UP = Fabric("ice40up", 4, 1.2, 1.5, 4.1, 0.28)
ICE40HX = Fabric("ice40hx", 4, 0.4, 0.55, 1.6, 0.13)
ECP5 = Fabric("ecp5", 4, 0.24, 0.53, 1.6, 0.07)
GOWIN = Fabric("gowin", 4, 0.5, 0.6, 1.6, 0.1)
NEXUS = Fabric("nexus", 4, 0.24, 0.53, 1.6, 0.07)
GATEMATE = Fabric("gatemate", 4, 0.6, 1.2, 1.5, 0.2)
XC7 = Fabric("xc7", 6, 0.12, 0.7, 0.8, 0.03, chains=True)

FABRICS = {fabric.name: fabric for fabric in (ICE40UP, ICE40HX, ECP5, GOWIN, NEXUS, GATEMATE, XC7)}
"""Every fabric by name."""
