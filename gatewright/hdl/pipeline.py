"""Where the registers of a classifier stand, and how it counts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

COUNTERS = (3, 6)
"""The counters that there are, by their inputs."""
LANES = 64
"""Of a network that has to be counted serially, where nobody says."""


@dataclass(frozen=True)
class Pipeline:
    """How often each part of a classifier is cut by registers, and how it counts. The result is always registered.

    Registers shorten the longest path and lengthen the latency; a parallel popcount takes a sample in every cycle
    either way. The default suits 24 MHz on an iCE40 UP5K, where a register costs no cell if it stands right behind
    a LUT.

    Attributes:
        encoder: whether the input bits are registered behind the encoder.
        gates: registers after every so many levels of gates and behind the last; 0 for none.
        popcount: registers after every so many levels of counters and behind the adder; 0 for none.
        argmax: registers after every so many rounds of the tournament; 0 for none but the result's.
        counter: inputs of the popcount's counters: 3 for 3:2 counters, 6 for 6:3 counters.
        lanes: bits that a serial popcount counts in a cycle, of one class after another; 0 for all bits of all classes
            at once.

    Raises:
        GatewrightError: for a negative number, or another counter.
    """

    encoder: bool = True
    gates: int = 4
    popcount: int = 4
    argmax: int = 2
    counter: int = 3
    lanes: int = 0

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not isinstance(value, int) or value < 0:
                raise GatewrightError(f"The pipeline's {item.name} is {value!r}: it must be 0 or a whole number above.")
        if self.counter not in COUNTERS:
            raise GatewrightError(f"The pipeline's counter is {self.counter}: choose 3 (3:2) or 6 (6:3).")


def standard(graph: GateGraph) -> Pipeline:
    """The pipeline where nobody asks for another: the default, with lanes for a network of several positions."""
    return Pipeline(lanes=LANES if graph.ring else 0)


def registers(levels: int, every: int) -> int:
    """How many registers stand in ``levels`` levels with one after each ``every`` and behind the last."""
    return -(-levels // every) if every else 0


def registered(level: int, levels: int, every: int) -> bool:
    """Whether a register stands behind ``level`` of 1 to ``levels``."""
    return every > 0 and (level % every == 0 or level == levels)
