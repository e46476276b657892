"""What is on a chip: the classifier and its link to the host."""

from __future__ import annotations

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .classifier import Classifier
from .link.hello import Hello, graph_id
from .link.loader import Loader
from .link.protocol import TIMEOUT_BITS, VERSION, Shape
from .link.selftest import cleared_bits
from .link.uart import MIN_DIVISOR
from .pipeline import Pipeline
from .sample import Sample, fillable

MAX_BAUD_ERROR = 0.01
"""The largest difference between the baud rate asked for and the one that the clock gives."""


class Top(wiring.Component):
    """A classifier behind a serial line. Bits that a network looks at from several positions come into its ring itself.

    Attributes:
        graph: the network.
        classifier: its component; it owns the latency.
        link: the frames.

    Members:
        rx, tx: the line.

    Args:
        graph: the network.
        pipeline: where the classifier's registers stand.
        clock_hz: of the clock.
        divisor: clock cycles of a bit on the line.
        timeout_bits: bit times of silence after which an interrupted frame is given up, rounded up to a power of two.
        selftest: whether the board can test itself and count; without, the link is smaller.

    Raises:
        GatewrightError: if a sample or a result does not fit into a frame, or a greeting cannot say a number.
    """

    def __init__(
        self,
        graph: GateGraph,
        pipeline: Pipeline,
        *,
        clock_hz: int,
        divisor: int,
        timeout_bits: int = TIMEOUT_BITS,
        selftest: bool = True,
    ) -> None:
        self.graph = graph
        shape = Shape.of(graph)
        turns = fillable(graph)
        sample = Sample(shape.sample_bits, turns=turns, cleared=cleared_bits(shape) if selftest else 0)
        # A self-test goes on from the sample before, which has turned only if the classifier holds it.
        ring, back = (sample, selftest) if turns else (None, False)
        self.classifier = classifier = Classifier(graph, pipeline, ring=ring, back=back)
        hello = Hello(
            version=VERSION,
            digest=graph_id(graph),
            shape=shape,
            clock_hz=clock_hz,
            latency_cycles=classifier.latency,
            interval_cycles=classifier.initiation_interval,
            divisor=divisor,
            selftest=selftest,
        )
        self.link = Loader(hello, sample, timeout_bits)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Connect the classifier, the link and the line."""
        m = Module()
        m.submodules.link = self.link
        m.submodules.classifier = self.classifier
        connect(m, self.link.words, self.classifier.words)
        connect(m, self.classifier.result, self.link.result)
        m.d.comb += [self.link.rx.eq(self.rx), self.tx.eq(self.link.tx)]
        return m


def divisor(clock_hz: int, baud: int) -> int:
    """Clock cycles of a bit.

    Raises:
        GatewrightError: if the clock gives no baud rate that is near enough.
    """
    if clock_hz <= 0 or baud <= 0:
        raise GatewrightError(
            f"A clock of {clock_hz} Hz gives no line of {baud} baud: both must be above 0, as the board has them."
        )
    cycles = max(1, round(clock_hz / baud))
    error = abs(clock_hz / cycles - baud) / baud
    if cycles < MIN_DIVISOR or error > MAX_BAUD_ERROR:
        raise GatewrightError(
            f"A clock of {clock_hz / 1e6:g} MHz divided by {cycles} misses {baud} baud by {error:.1%}, or leaves fewer "
            f"than {MIN_DIVISOR} cycles a bit: choose a lower baud rate."
        )
    return cycles
