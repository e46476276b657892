"""The graph as text: what people read and tests compare.

One line for each thing, in the order of the nets::

    graph digits: 3 inputs, 2 gates, 2 classes
    feature x0 word=4 offset=0 scale=1
    %2 = x0 > 3
    %5 = and(%2, %3)
    %6 = table[3] 0b10010110(%2, %3, %4)
    class 0: %5 %6 1
    positions: 0 28 56

Net 0 and net 1 are written ``0`` and ``1``. Gates of one and two operands bear the name of their function;
others show their table with the bit of pattern 0 on the right.
"""

from __future__ import annotations

from collections.abc import Iterator

from .graph import Gate, GateGraph
from .table import BUFFER, INVERTER, NAMES


def text(graph: GateGraph) -> str:
    """The whole graph as text; the same graph gives the same text."""
    return "\n".join(_lines(graph)) + "\n"


def function(gate: Gate) -> str:
    """The name of a gate's function, or its table."""
    if len(gate.operands) == 1:
        return {BUFFER: "buffer", INVERTER: "not"}.get(gate.table, ("zero", "", "", "one")[gate.table])
    if len(gate.operands) == 2:
        return NAMES[gate.table]
    return f"table[{len(gate.operands)}] 0b{gate.table:0{2 ** len(gate.operands)}b}"


def _lines(graph: GateGraph) -> Iterator[str]:
    encoder = graph.encoder
    yield f"graph {graph.provenance.name}: {graph.inputs} inputs, {graph.gates} gates, {graph.classes} classes"
    for name, offset, scale in zip(encoder.feature_names, encoder.offset, encoder.scale, strict=True):
        yield f"feature {name} word={encoder.word_width} offset={offset:g} scale={scale:g}"
    for i, name in enumerate(encoder.bit_names):
        yield f"%{2 + i} = {name}"
    for j in range(graph.gates):
        gate = graph.gate(j)
        yield f"%{gate.net} = {function(gate)}({', '.join(map(_net, gate.operands))})"
    for name, group in zip(graph.class_names, graph.groups, strict=True):
        yield f"class {name}: {' '.join(map(_net, group.tolist()))}"
    if graph.ring:
        yield f"positions: {' '.join(map(str, graph.positions))}"


def _net(net: int) -> str:
    return str(net) if net < 2 else f"%{net}"
