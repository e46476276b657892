"""A waveform of one inference, drawn from the trace that the simulation has left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from numpy.typing import NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .. import shapes
from ..picture import Picture
from ..shapes import shape
from ..trace import Cycle, Inference, inference, label_of

LONGEST = 14
"""Cycles of latency that are drawn one by one, as far as the page is wide; of a longer one, the middle is left out."""
_NAMES, _CYCLE, _ROW, _HIGH = 104, 40, 30, 17


def waveform(
    folder: Path, graph: GateGraph, words: NDArray[Any] | None, simulate: Any, clock_mhz: float | None
) -> Picture:
    """One sample on its way through the classifier.

    Args:
        folder: of the simulation.
        graph: the network.
        words: (samples, features) of the test split; None if it is not known.
        simulate: the values of ``simulate.json``; None if there is no simulation of this network.
        clock_mhz: of a board, for the latency in ns; None if there is none.
    """
    if simulate is None:
        return Picture("There is no waveform: the Verilog of this network has not been simulated.")
    if words is None:
        return Picture("There is no waveform: the test samples that the simulation begins with are not known.")
    latency = int(simulate["latency_cycles"])
    try:
        found = inference(folder, graph, words, latency)
    except GatewrightError as error:
        return Picture(f"There is no waveform: {error}")
    ns = f" = {1e3 * latency / clock_mhz:,.0f} ns at {clock_mhz:g} MHz" if clock_mhz else ""
    caption = (
        f"Test sample {found.sample} in {simulate['simulator']}: offered in one cycle, answered {latency} cycles "
        f"later{ns}. Label {graph.class_names[found.label]}, scores {_scores(graph, found)}."
    )
    return Picture(caption, _draw(found, graph, latency))


def _scores(graph: GateGraph, found: Inference) -> str:
    pairs = [f"{name}:\N{NO-BREAK SPACE}{score}" for name, score in zip(graph.class_names, found.scores, strict=True)]
    return ", ".join(pairs[:20]) + (", ..." if len(pairs) > 20 else "")


def _draw(found: Inference, graph: GateGraph, latency: int) -> Any:
    cycles: list[Cycle | None] = list(found.cycles)
    answered = found.answered
    if latency > LONGEST:
        # As many cycles at either end as stand around the inference, and a gap between them.
        kept = LONGEST // 2
        cycles[found.taken + kept : answered - kept] = [None]
        answered = found.taken + 2 * kept + 1
    taken = found.taken
    width, height = _NAMES + _CYCLE * len(cycles) + 8, _ROW * 7 + 54
    rows: list[tuple[str, Callable[[Cycle], bool | str]]] = [
        ("words.valid", lambda c: c.offered),
        ("words.ready", lambda c: c.ready),
        ("words", lambda c: f"#{c.sample}" if c.offered else ""),
        ("result.valid", lambda c: c.valid),
        ("result.ready", lambda c: c.take),
        ("result.label", lambda c: label_of(c.result, graph) if c.result is not None else ""),
    ]
    own = {"words": taken, "result.label": answered}
    parts = [*_marks(taken, answered, latency, height), *_clock(cycles)]
    for number, (name, of) in enumerate(rows, 1):
        top = 40 + number * _ROW
        parts.append(shape("text", text=name, x=_NAMES - 10, y=top + 13, text_anchor="end"))
        values = [None if cycle is None else of(cycle) for cycle in cycles]
        if name in own:
            parts += _bus(values, top, own[name])
        else:
            parts += _line(values, top)
    alt = (
        f"Waveform from the simulation: sample {found.sample} is offered in one cycle, and its result, "
        f"label {graph.class_names[found.label]}, is valid {latency} cycles later."
    )
    return shapes.drawing(width, height, alt, parts, "wave")


def _x(cycle: int) -> int:
    return _NAMES + _CYCLE * cycle


def _marks(taken: int, answered: int, latency: int, height: int) -> list[Element]:
    """The two edges, and the latency between them."""
    first, last = _x(taken + 1), _x(answered + 1)
    return [
        shape("rect", x=first, y=30, width=last - first, height=height - 36, class_="span"),
        shape("path", d=f"M{first} 24V{height - 6}M{last} 24V{height - 6}", class_="edge"),
        shape("path", d=f"M{first + 1} 24H{last - 1}m-7 -4l7 4l-7 4M{first + 8} 20l-7 4l7 4", class_="arrow"),
        shape("text", text=f"{latency} cycles", x=(first + last) / 2, y=16, text_anchor="middle", class_="mark"),
    ]


def _clock(cycles: Sequence[Cycle | None]) -> list[Element]:
    """Each cycle ends with a rising edge."""
    top, path = 40, f"M{_x(0)} 40"
    for cycle in cycles:
        if cycle is None:
            path += f"m{_CYCLE} 0"
        else:
            path += f"h{_CYCLE / 2}v{_HIGH}h{_CYCLE / 2}v{-_HIGH}"
    gaps = [_gap(index, top) for index, cycle in enumerate(cycles) if cycle is None]
    return [
        shape("text", text="clk", x=_NAMES - 10, y=top + 13, text_anchor="end"),
        shape("path", d=path, class_="signal"),
        *gaps,
    ]


def _line(values: Sequence[Any], top: int) -> list[Element]:
    path, last = "", None
    for index, value in enumerate(values):
        y = top + (0 if value else _HIGH)
        if value is None:
            last = None
            continue
        path += f"M{_x(index)} {y}" if last is None else f"V{y}"
        path += f"H{_x(index + 1)}"
        last = y
    gaps = [_gap(index, top) for index, value in enumerate(values) if value is None]
    return [shape("path", d=path, class_="signal"), *gaps]


def _bus(values: Sequence[Any], top: int, own: int) -> list[Element]:
    """A lozenge for each cycle in which there is a value."""
    parts = []
    for index, value in enumerate(values):
        left, right, middle = _x(index), _x(index + 1), top + _HIGH / 2
        if value is None:
            parts.append(_gap(index, top))
        elif not value:
            parts.append(shape("path", d=f"M{left} {middle}H{right}", class_="signal none"))
        else:
            outline = f"M{left} {middle}l4 {-_HIGH / 2}H{right - 4}l4 {_HIGH / 2}l-4 {_HIGH / 2}H{left + 4}z"
            shown = value if len(value) <= 5 else f"{value[:4]}…"
            parts += [
                shape("path", shapes.title(value), d=outline, class_="bus own" if index == own else "bus"),
                shape("text", text=shown, x=(left + right) / 2, y=middle + 4, text_anchor="middle", class_="value"),
            ]
    return parts


def _gap(index: int, top: int) -> Element:
    return shape("text", text="…", x=_x(index) + _CYCLE / 2, y=top + 13, text_anchor="middle")
