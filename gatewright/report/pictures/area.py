"""Area by part, board by board, beside what the chip has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..picture import COLOURS, INK, Picture, bare, drawing, legend, svg

RESOURCES = {"lut": "LUT", "ff": "FF", "carry": "carry"}
PARTS = ("encoder", "gates", "popcount", "argmax", "link", "io")
_SHADES = dict(zip(PARTS, (COLOURS[5], COLOURS[0], COLOURS[1], COLOURS[3], COLOURS[7], COLOURS[6]), strict=True))


def shade(part: str) -> str:
    """The colour of a part, the same in every picture."""
    return _SHADES.get(part, COLOURS[4])


def area(boards: Mapping[str, Mapping[str, Any]]) -> Picture:
    """One group of bars for each board: LUTs, flip-flops and carries, part after part.

    Args:
        boards: for each board the values of its ``synthesize.json``, at least one.
    """
    groups = {
        name: [kind for kind in RESOURCES if board["total"][kind] or kind != "carry"] for name, board in boards.items()
    }
    parts = list(dict.fromkeys(part for board in boards.values() for part in board["parts"]))
    rows = sum(map(len, groups.values()))
    most = max(board["total"][kind] for name, board in boards.items() for kind in groups[name])
    with drawing(1.1 + 0.3 * rows + 0.35 * len(boards)) as (figure, axes):
        place, ticks, labels = 0.0, [], []
        handles: dict[str, Any] = {}
        for name, kinds in groups.items():
            board = boards[name]
            axes.text(
                0.012 * most,
                place - 0.05,
                f"{name} ({board['device']})",
                fontweight="bold",
                va="center",
            )
            for kind in kinds:
                place += 1
                left = 0
                for part in parts:
                    cells = board["parts"].get(part, {}).get(kind, 0)
                    handles[part] = axes.barh(place, cells, left=left, height=0.72, color=shade(part))
                    left += cells
                available = board["available"][kind]
                if available:
                    axes.barh(place, available, height=0.72, facecolor="none", edgecolor=INK, lw=0.7, ls=":")
                share = f" ({100 * left / available:.0f} %)" if available else ""
                of = f" of {available:,}" if available else ""
                axes.annotate(
                    f"{left:,}{of}{share}", (left, place), (4, 0), textcoords="offset points", va="center", fontsize=8
                )
                ticks.append(place)
                labels.append(RESOURCES[kind])
            place += 1.25
        axes.set_yticks(ticks, labels)
        axes.set_ylim(place - 0.4, -0.8)
        # A large chip would press the bars flat: its outline runs out of the picture then.
        axes.set_xlim(0, 1.5 * max(1, most))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.spines["left"].set_visible(False)
        bare(axes)
        legend(figure, list(handles.values()), list(handles), columns=3)
        caption = (
            "Area by part as it is counted after synthesis; the dotted outline is what the chip has, as far as it fits "
            "into the picture."
        )
        return Picture(caption, svg(figure, f"Area by part. {_said(boards)}"))


def _said(boards: Mapping[str, Mapping[str, Any]]) -> str:
    return " ".join(
        f"{name}: {board['total']['lut']:,} of {board['available']['lut']:,} LUTs, "
        + ", ".join(f"{part} {cells['lut']:,}" for part, cells in board["parts"].items())
        + "."
        for name, board in boards.items()
    )
