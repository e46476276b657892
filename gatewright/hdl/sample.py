"""The register of a sample that comes in bit by bit, in which it may turn."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from gatewright.graph.graph import GateGraph

from .turns import built


class Sample(wiring.Component):
    """A shift register, which costs a flip-flop a bit and no LUT; a ring, if it turns.

    Attributes:
        length: its bits.
        turns: whether it can turn.
        cleared: bits from the lowest on that can be cleared; 0 for none.
        latency: cycles that it adds to those of a classifier.

    Members:
        fill: shift down by a bit; ``coming`` is the new highest.
        coming: the bit that comes in.
        clear: the lowest ``cleared`` bits become 0.
        move: turn by a bit: the lowest becomes the highest. Only while nothing comes in.
        held: its bits.
    """

    def __init__(self, length: int, *, turns: bool = False, cleared: int = 0) -> None:
        self.length = length
        self.turns = turns
        self.cleared = cleared
        self.latency = 0
        super().__init__(
            {"fill": In(1), "coming": In(1), "held": Out(length)}
            | ({"clear": In(1)} if cleared else {})
            | ({"move": In(1)} if turns else {})
        )

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the register."""
        m = Module()
        register = Signal(self.length, reset_less=True)
        moving = self.move if self.turns else Const(0)
        with m.If(self.fill | moving):
            m.d.sync += register.eq(Cat(register[1:], Mux(moving, register[0], self.coming)))
        if self.cleared:
            with m.If(self.clear):
                m.d.sync += register[: self.cleared].eq(0)
        m.d.comb += self.held.eq(register)
        return m


def filling(sample: Sample) -> wiring.Signature:
    """The interface between whoever fills the sample of a classifier and the classifier.

    ``valid`` and ``ready`` are those of a stream whose payload are the bits ``held``. While they are offered, nothing
    comes in, and the classifier may turn them. ``fill``, ``coming`` and, if any bits can be cleared, ``clear`` are as
    in `Sample`.
    """
    return wiring.Signature(
        {"valid": Out(1), "ready": In(1), "fill": Out(1), "coming": Out(1), "held": In(sample.length)}
        | ({"clear": Out(1)} if sample.cleared else {})
    )


def fillable(graph: GateGraph) -> bool:
    """Whether the ring of a network can be the register of its sample: words and inputs are the same bits."""
    graph = built(graph)
    return graph.ring and graph.encoder.word_width == 1 and len(graph.encoder.feature) == graph.encoder.features
