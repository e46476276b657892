"""The critical path of a routed design: the chain of cells that decides how fast its clock can be."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.patches import Patch

from gatewright.boards.area import part_of

from ..picture import INK, LINE, Picture, bare, drawing, legend, svg
from .area import shade

NAMES = {"clk-to-q": "flip-flop", "routing": "wire", "logic": "logic", "setup": "setup", "source": "source"}
_LONGEST_NAME = 48
_WIRES: dict[str, Any] = {"facecolor": LINE, "edgecolor": INK, "lw": 0.6}
"""An outline: no part has it."""


@dataclass(frozen=True)
class Hop:
    """A step of a path.

    Attributes:
        kind: what takes the time: see `NAMES`.
        part: of the design, in which it ends.
        cell: where it ends.
        delay_ns: that it takes.
    """

    kind: str
    part: str
    cell: str
    delay_ns: float


def path(folder: Path, board: Mapping[str, Any]) -> Picture:
    """The chain of a board's slowest path.

    Args:
        folder: the build folder of the board, with nextpnr's report.
        board: the values of its ``synthesize.json``.
    """
    if board["fmax_mhz"] is None:
        return Picture("There is no critical path: no open tool places this chip.")
    report = folder / f"top.seed{board.get('seed', 1)}.report.json"
    try:
        hops = _slowest(json.loads(report.read_bytes()), board)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Picture(f"The critical path is not shown: {report} is absent or unreadable ({error}).")
    if not hops:
        return Picture(f"The critical path is not shown: {report} does not hold it, or belongs to another build.")
    return _draw(hops, board)


def _slowest(report: Mapping[str, Any], board: Mapping[str, Any]) -> list[Hop]:
    """The hops of the path between flip-flops that sets the fastest clock; none if the report is of another build."""
    if not any(math.isclose(clock["achieved"], board["fmax_mhz"], rel_tol=1e-6) for clock in report["fmax"].values()):
        return []
    clocked = [found for found in report["critical_paths"] if "<async>" not in (found["from"], found["to"])]
    slowest: Mapping[str, Any] = max(
        clocked, key=lambda found: sum(step["delay"] for step in found["path"]), default={"path": []}
    )
    parts = tuple(board["parts"])
    return [_hop(step, parts) for step in slowest["path"]]


def _hop(step: Mapping[str, Any], parts: Sequence[str]) -> Hop:
    cell = str(step["to"]["cell"])
    return Hop(str(step["type"]), part_of(cell, parts), cell, float(step["delay"]))


def _draw(hops: Sequence[Hop], board: Mapping[str, Any]) -> Picture:
    total = sum(hop.delay_ns for hop in hops)
    wires = sum(hop.delay_ns for hop in hops if hop.kind == "routing")
    cells = [hop for hop in hops if hop.kind != "routing"]
    with drawing(1.25) as (figure, axes):
        left, parts = 0.0, dict[str, None]()
        for hop in hops:
            wire = hop.kind == "routing"
            look = _WIRES if wire else {"color": shade(hop.part), "lw": 0}
            axes.barh(0, hop.delay_ns, left=left, height=0.3 if wire else 0.8, **look)
            left += hop.delay_ns
            parts.update({} if wire else {hop.part: None})
        if board["clock_mhz"] and 1e3 / board["clock_mhz"] < 1.6 * total:
            axes.axvline(1e3 / board["clock_mhz"], color=INK, lw=1, ls=":")
        axes.set_yticks([])
        axes.set_ylim(-0.6, 0.6)
        axes.set_xlabel("ns after the clock edge")
        axes.spines["left"].set_visible(False)
        bare(axes)
        handles = [Patch(color=shade(part)) for part in parts] + [Patch(**_WIRES)]
        legend(figure, handles, [*parts, "wires"], columns=5)
        alt = (
            f"The critical path: {total:.2f} ns from flip-flop to flip-flop through {len(cells)} cells, "
            f"{wires:.2f} ns of it in wires."
        )
        drawn = svg(figure, alt)
    caption = (
        f"The slowest path between two flip-flops: {total:.2f} ns, {100 * wires / total:.0f} % of it in wires. "
        f"At {board['fmax_mhz']:.1f} MHz the period is as long; the design is clocked at {board['clock_mhz']:g} MHz."
    )
    return Picture(
        caption,
        Markup('{}<details><summary>its {} steps</summary><div class="wide">{}</div></details>').format(
            drawn, len(hops), _steps(hops)
        ),
    )


def _steps(hops: Sequence[Hop]) -> Markup:
    rows, since = [], 0.0
    for hop in hops:
        since += hop.delay_ns
        rows.append(
            Markup(
                '<tr><td>{:.2f}</td><td>{:.2f}</td><td class="text">{}</td><td class="text">{}</td>'
                '<td class="text"><code>{}</code></td></tr>'
            ).format(since, hop.delay_ns, NAMES.get(hop.kind, hop.kind), hop.part, _short(hop.cell))
        )
    head = (
        '<thead><tr><th>at, ns</th><th>delay, ns</th><th class="text">through</th><th class="text">part</th>'
        '<th class="text">to cell</th></tr></thead>'
    )
    return Markup("<table>{}<tbody>{}</tbody></table>").format(Markup(head), Markup("").join(rows))  # noqa: S704 - constant


def _short(cell: str) -> str:
    """The end of a long name: its beginning is the way through the hierarchy."""
    return cell if len(cell) <= _LONGEST_NAME else f"…{cell[-_LONGEST_NAME:]}"
