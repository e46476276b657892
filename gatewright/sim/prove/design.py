"""A classifier's netlist with names for its ports, and free variables for what nobody fixes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .aig import FALSE, Aig
from .cec import Verdict, equivalent
from .circuit import label_bits, score_bits
from .netlist import Netlist
from .unroll import Unrolled

PAYLOAD, VALID, READY = "result__payload", "result__valid", "result__ready"
COUNTED = "popcount.counted"
"""The wire between gates and popcounts: the nets that groups list, constants left out, rising; of a serial popcount,
the registers of class after class."""
PHASE = "phase"
"""The register that says in which cycle of a serial popcount's interval the classifier is."""
_LAST = "last"
"""The phase if it has one bit only."""
WORDS, WORDS_VALID, WORDS_READY = "words__payload", "words__valid", "words__ready"
HELD, FILL, COMING, CLEAR = "words__held", "words__fill", "words__coming", "words__clear"
"""Of a classifier whose ring of registers is filled bit by bit, in place of the words: the ring, and what fills it."""


class Design:
    """A netlist with free variables for its inputs in every cycle and for its registers in cycle 0.

    Attributes:
        netlist: the design.
        aig: where it is built.
        words: the literals of the words of cycle 0; with a serial popcount, of an interval that begins with it. Of a
            ring that is filled, what it holds in cycle 0; nothing comes in.
        state: the literal of each register in cycle 0.
        interval: cycles from one sample to the next, when nothing stalls.
        phase: the bits of the register that counts them, the least significant first; none if the interval is 1.
        idle: as ``state``, but in the phase in which words can be offered.

    Raises:
        GatewrightError: if the ports are not those of the graph's classifier, or it has no register for the phase.
    """

    def __init__(self, graph: GateGraph, netlist: Netlist, interval: int = 1) -> None:
        _check_ports(graph, netlist)
        encoder = graph.encoder
        self.netlist, self.aig = netlist, Aig()
        self.state = {bit: self.aig.input() for bit in netlist.registers}
        if FILL in netlist.inputs:
            self.words = [[self.state[bit]] for bit in netlist.wires[HELD]]
        else:
            self.words = [self.aig.inputs(encoder.word_width) for _ in range(encoder.features)]
        self.interval = interval
        self.phase = _phase(netlist, interval)
        self.idle = self.state | dict.fromkeys(self.phase, FALSE)
        flat = [bit for word in self.words for bit in word]
        self.free = {(WORDS, index, 0): literal for index, literal in enumerate(flat)}

    @property
    def phases(self) -> list[int]:
        """The literals of ``phase`` in cycle 0."""
        return [self.state[bit] for bit in self.phase]

    def variable(self, port: str, index: int, cycle: int) -> int:
        """The literal of an input that is free."""
        if (port, index, cycle) not in self.free:
            self.free[port, index, cycle] = self.aig.input()
        return self.free[port, index, cycle]

    def unrolled(
        self,
        fixed: Callable[[str, int], int | None],
        cut: Mapping[tuple[int, int], int] | None = None,
        state: Mapping[int, int] | None = None,
        standing: range = range(1),
    ) -> Unrolled:
        """The netlist over time, from ``state``.

        ``fixed(port, cycle)`` is an input, None if it is free; the words of cycle 0 stand for the cycles ``standing``.
        """

        def drive(port: str, index: int, cycle: int) -> int:
            value = FALSE if port in (FILL, CLEAR) else fixed(port, cycle)
            if value is not None:
                return value
            return self.variable(port, index, 0 if port == WORDS and cycle in standing else cycle)

        return Unrolled(self.aig, self.netlist, drive, self.state if state is None else state, cut)

    def compare(self, left: Sequence[int], right: Sequence[int], folder: Path, name: str, seconds: int) -> Verdict:
        """Ask whether two lists of literals are equal; the words come first among the inputs."""
        flat = [bit for word in self.words for bit in word]
        others = sorted(set(self.aig.support([*left, *right])) - set(flat))
        return equivalent(self.aig, left, right, flat + others, folder, name, seconds)


def _check_ports(graph: GateGraph, netlist: Netlist) -> None:
    encoder = graph.encoder
    inputs = {"clk": 1, "rst": 1, WORDS_VALID: 1, READY: 1}
    if FILL in netlist.inputs:
        inputs |= {FILL: 1, COMING: 1} | ({CLEAR: 1} if CLEAR in netlist.inputs else {})
        ring = netlist.wires.get(HELD, ())
        if len(ring) != graph.inputs or not set(ring) <= set(netlist.registers):
            raise GatewrightError(
                f"{netlist.name} has no ring of {graph.inputs} registers {HELD!r} that holds its words: synthesize it "
                "again."
            )
    else:
        inputs[WORDS] = encoder.features * encoder.word_width
    outputs = {PAYLOAD: label_bits(graph) + graph.classes * score_bits(graph), VALID: 1, WORDS_READY: 1}
    for expected, ports in ((inputs, netlist.inputs), (outputs, netlist.outputs)):
        found = {name: len(bits) for name, bits in ports.items()}
        if found != expected:
            raise GatewrightError(
                f"{netlist.name} has the ports {found}, but this graph's classifier has {expected}: export it again."
            )


def _phase(netlist: Netlist, interval: int) -> tuple[int, ...]:
    if interval == 1:
        return ()
    bits = netlist.wires.get(PHASE, ())
    if interval == 2 and not bits:
        bits = netlist.wires.get(_LAST, ())
    if len(bits) != (interval - 1).bit_length() or not set(bits) <= set(netlist.registers):
        raise GatewrightError(
            f"{netlist.name} has no register {PHASE!r} of {(interval - 1).bit_length()} bits, by which its samples of "
            f"{interval} cycles could be followed: export it again."
        )
    return bits
