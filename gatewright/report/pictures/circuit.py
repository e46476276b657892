"""Drawings of the circuit: all of a small one, and what lies behind some nets of each class otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from xml.etree.ElementTree import Element

import numpy as np

from gatewright.graph.graph import GateGraph
from gatewright.graph.text import function

from .. import shapes
from ..cone import Cone, cones
from ..kinds import symbol
from ..picture import Picture
from ..shapes import shape
from ..source import Source

MOST_GATES, MOST_LEAVES, MOST_CLASSES = 60, 64, 20
_PITCH, _MARGIN, _SWEEPS = 22, 14, 6
_LEAF, _GATE, _SCORE, _BETWEEN = 170, 34, 96, 90
"""Widths: of a leaf, of the narrowest gate, of a score, and between two columns."""
_HEIGHT, _WIDE = 16, 880


@dataclass(frozen=True)
class _Place:
    """Where something is drawn: left and right end, and the height of its middle."""

    left: float
    right: float
    y: float


def circuits(graph: GateGraph, source: Source) -> list[tuple[str, Picture]]:
    """The optimised network, or part of it for each class, from comparisons of features to scores.

    Returns:
        A name, which is empty for the whole network, and a drawing.
    """
    found = cones(graph, MOST_GATES, MOST_LEAVES, MOST_CLASSES)
    if not found:
        return [("", Picture("There is no drawing of the circuit: no class counts anything but constants."))]
    return [
        ("" if shown.whole else graph.class_names[_classes(shown)[0]], _circuit(graph, source, shown))
        for shown in found
    ]


def _circuit(graph: GateGraph, source: Source, shown: Cone) -> Picture:
    columns = _columns(graph, shown)
    places, width, height = _layout(graph, shown, columns)
    parts = [*_wires(graph, shown, places), *_leaves(graph, source, shown, places), *_gates(graph, shown, places)]
    parts += _scores(graph, shown, places)
    counted, cut = len(shown.roots), sum(net >= graph.first_gate for net in shown.leaves)
    if shown.whole:
        caption = f"The whole optimised circuit: {len(shown.gates):,} gates."
        alt = (
            f"Drawing of the whole circuit, {len(shown.gates)} gates from {len(shown.leaves)} input bits to the scores."
        )
    else:
        index = _classes(shown)[0]
        name = graph.class_names[index]
        of = len(np.unique(graph.groups[index][graph.groups[index] > 1]))
        what = f"the {of:,} nets" if counted == of else f"{counted:,} of the {of:,} nets"
        caption = f"What {what} are that class {name} counts: {len(shown.gates):,} of {graph.gates:,} gates."
        if graph.classes > MOST_CLASSES:
            caption += f" {MOST_CLASSES} of {graph.classes:,} classes are drawn."
        alt = f"Drawing of part of the circuit: {len(shown.gates)} gates behind {counted} counted nets of class {name}."
    caption += " Signs: & and, ≥1 or, =1 exclusive or, a circle a complement, digits a truth table in hexadecimal."
    if graph.ring:
        caption += f" It looks from {len(graph.positions)} positions; inputs bear their names as from position 0."
    if cut:
        caption += f" {cut:,} dashed nets come from gates that are not drawn."
    return Picture(caption, shapes.drawing(width, height, alt, parts, "circuit"))


def _columns(graph: GateGraph, shown: Cone) -> dict[int, int]:
    """For each net its column: 0 for leaves, then one above the highest operand."""
    column = dict.fromkeys(shown.leaves, 0)
    for net in shown.gates:
        column[net] = 1 + max(
            (column.get(operand, 0) for operand in graph.gate(net - graph.first_gate).operands), default=0
        )
    return column


def _classes(shown: Cone) -> list[int]:
    return sorted({index for _, classes in shown.roots for index in classes})


def _layout(graph: GateGraph, shown: Cone, column: Mapping[int, int]) -> tuple[dict[int, _Place], float, float]:
    """Places of all nets and, under the negative of its index less one, of each class; then width and height."""
    last = 1 + max(column.values())
    members: list[list[int]] = [[] for _ in range(last + 1)]
    for net, at in column.items():
        members[at].append(net)
    members[last] = [-1 - index for index in _classes(shown)]
    before: dict[int, list[int]] = {net: list(graph.gate(net - graph.first_gate).operands) for net in shown.gates}
    for net, classes in shown.roots:
        for index in classes:
            before.setdefault(-1 - index, []).append(net)
    heights = _heights(members, before)
    gate = max([_GATE, *(10 + 6 * len(symbol(graph.gate(net - graph.first_gate)).sign) for net in shown.gates)])
    # A shallow circuit is as wide as the page, with room for its wires.
    between = max(_BETWEEN, (_WIDE - _LEAF - _SCORE - (last - 1) * gate) / last)
    places: dict[int, _Place] = {}
    for at, nets in enumerate(members):
        left = _MARGIN if at == 0 else _MARGIN + _LEAF + between + (at - 1) * (gate + between)
        width = _LEAF if at == 0 else _SCORE if at == last else gate
        places |= {net: _Place(left, left + width, heights[net]) for net in nets}
    right = max(place.right for place in places.values())
    return places, right + _MARGIN, max(map(len, members)) * _PITCH + 2 * _MARGIN


def _heights(members: Sequence[list[int]], before: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """The height of everything: each column in the order of what it is connected to, back and forth.

    Args:
        members: of each column; they are put into their order.
        before: what each reads.
    """
    after: dict[int, list[int]] = {}
    for net, operands in before.items():
        for operand in operands:
            after.setdefault(operand, []).append(net)
    last, tallest = len(members) - 1, max(map(len, members))
    y = {net: _spread(index, len(nets), tallest) for nets in members for index, net in enumerate(nets)}
    for sweep in range(_SWEEPS):
        neighbours, order = (before, range(1, last)) if sweep % 2 else (after, range(last - 1, -1, -1))
        for nets in (members[at] for at in order):
            means = {net: fmean([y[one] for one in neighbours.get(net, ()) if one in y] or [y[net]]) for net in nets}
            nets.sort(key=means.__getitem__)
            y |= {net: _spread(index, len(nets), tallest) for index, net in enumerate(nets)}
    return y


def _spread(index: int, count: int, tallest: int) -> float:
    return _MARGIN + _PITCH * tallest * (index + 0.5) / count


def _wires(graph: GateGraph, shown: Cone, places: Mapping[int, _Place]) -> list[Element]:
    wires = []
    for net in shown.gates:
        operands = graph.gate(net - graph.first_gate).operands
        for number, operand in enumerate(operands):
            if operand in places:
                wires.append(_wire(places[operand], places[net], _pin(places[net].y, number, len(operands))))
    wires += [
        _wire(places[net], places[-1 - index], places[-1 - index].y) for net, found in shown.roots for index in found
    ]
    return wires


def _wire(source: _Place, target: _Place, y: float) -> Element:
    middle = 0.5 * (target.left + source.right)
    start, end = f"{source.right:.4g} {source.y:.4g}", f"{target.left:.4g} {y:.4g}"
    return shape("path", d=f"M{start}C{middle:.4g} {source.y:.4g} {middle:.4g} {y:.4g} {end}", class_="wire")


def _pin(y: float, number: int, count: int) -> float:
    """The height of an operand's pin on a gate."""
    return y + _HEIGHT * ((number + 0.5) / count - 0.5)


def _leaves(graph: GateGraph, source: Source, shown: Cone, places: Mapping[int, _Place]) -> list[Element]:
    parts = []
    for net in shown.leaves:
        place, gate = places[net], net >= graph.first_gate
        label = f"%{net}" if gate else source.comparison(net - 2)
        text = _function(graph, net) if gate else f"{label}, in words {source.encoder.bit_names[source.bits[net - 2]]}"
        parts.append(
            shape(
                "g",
                shapes.title(text),
                _box(place, "leaf cut" if gate else "leaf"),
                shape("text", text=_short(label, 25), x=place.right - 6, y=place.y + 4, text_anchor="end"),
            )
        )
    return parts


def _function(graph: GateGraph, net: int) -> str:
    gate = graph.gate(net - graph.first_gate)
    operands = ", ".join(f"%{operand}" if operand > 1 else str(operand) for operand in gate.operands)
    return f"%{net} = {function(gate)}({operands})"


def _gates(graph: GateGraph, shown: Cone, places: Mapping[int, _Place]) -> list[Element]:
    parts = []
    for net in shown.gates:
        gate, place = graph.gate(net - graph.first_gate), places[net]
        sign = symbol(gate)
        circles = [
            shape("circle", cx=place.left - 2.5, cy=_pin(place.y, number, len(gate.operands)), r=2.5)
            for number, inverted in enumerate(sign.inverted)
            if inverted
        ]
        circles += [shape("circle", cx=place.right + 2.5, cy=place.y, r=2.5)] * sign.inverted_output
        kind = "table" if len(sign.sign) > 2 else "sign"
        text = shape(
            "text", text=sign.sign, x=(place.left + place.right) / 2, y=place.y + 4, text_anchor="middle", class_=kind
        )
        parts.append(shape("g", shapes.title(_function(graph, net)), _box(place, "gate"), text, *circles))
    return parts


def _scores(graph: GateGraph, shown: Cone, places: Mapping[int, _Place]) -> list[Element]:
    parts = []
    for index in _classes(shown):
        place = places[-1 - index]
        bias = int((graph.groups[index] == 1).sum())
        name = f"Σ {graph.class_names[index]}" + (f" + {bias}" if bias else "")
        title = shapes.title(f"Score of class {graph.class_names[index]}: how many of its nets are 1.")
        text = shape(
            "text", text=_short(name, 13), x=(place.left + place.right) / 2, y=place.y + 4, text_anchor="middle"
        )
        parts.append(shape("g", title, _box(place, "score"), text))
    return parts


def _box(place: _Place, kind: str) -> Element:
    return shape(
        "rect", x=place.left, y=place.y - _HEIGHT / 2, width=place.right - place.left, height=_HEIGHT, rx=3, class_=kind
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
