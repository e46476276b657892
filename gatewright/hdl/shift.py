"""Shift registers that hold the nets of each class for a serial popcount.

Where they can, they stand at the end of the gates, and each bit shares the cell of the gate that it loads: a gate of
two operands, the choice between load and shift, and the neighbour's bit are one LUT of four inputs and its flip-flop.
Larger gates fill a LUT by themselves; then the shift registers stand in the popcount, so that each part is mapped for
itself and the gates are left as they are.
"""

from __future__ import annotations

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph

from .pipeline import Pipeline


def shift(m: Module, load: Value, groups: list[Value], lanes: int) -> Value:
    """The shift register of each class, loaded with its bits where ``load`` is 1; the lanes that leave them.

    Args:
        m: where they are built: ``class0_shift``, ``class1_shift`` and so on. Where it is loaded, bit ``i`` of one
            takes bit ``i`` of ``groups``, the value of net ``listed(group)[i]``.
        load: whether they are loaded.
        groups: the bits of each class, the one that leaves first lowest.
        lanes: bits of a class that leave in a cycle.
    """
    leaving: list[Value] = []
    for index, bits in enumerate(groups):
        register = Signal(len(bits), name=f"class{index}_shift", reset_less=True)
        m.d.sync += register.eq(Mux(load, bits, Cat(register[lanes:], Const(0, min(lanes, len(bits))))))
        leaving.append(register[:lanes])
    return Cat(*leaving)


def listed(group: NDArray[np.int32]) -> NDArray[np.int64]:
    """The nets of a group in the order in which they are counted: as they are listed, constants left out."""
    return group[group > 1].astype(np.int64)


def steps(graph: GateGraph, pipeline: Pipeline) -> int:
    """Cycles in which the nets of a sample are counted: 1 if all are counted at once."""
    longest = max(len(listed(group)) for group in graph.groups)
    if not pipeline.lanes or not longest:
        return 1
    return -(-longest // pipeline.lanes)


def widths(graph: GateGraph, pipeline: Pipeline) -> list[int]:
    """Bits of each class that leave its shift register in a cycle."""
    return [min(pipeline.lanes, len(listed(group))) for group in graph.groups]


def within_gates(graph: GateGraph, pipeline: Pipeline) -> bool:
    """Whether most gates that are counted leave room for load and shift in their LUT."""
    counted = np.concatenate([listed(group) for group in graph.groups])
    gates = counted[counted >= graph.first_gate] - graph.first_gate
    room = 4 if pipeline.counter == 6 else 2
    return bool(2 * (graph.fan_in[gates] <= room).sum() >= len(gates))
