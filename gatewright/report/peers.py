"""Published networks for MNIST on FPGAs, and a run beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .source import Source


@dataclass(frozen=True)
class Peer:
    """A row of the table, as it was published.

    Attributes:
        model: name.
        device: the chip, as far as it is told.
        accuracy: on the test split, in percent.
        luts: with their size.
        ns: latency, if it is told.
        counted: whether encoder, popcount and argmax are in the LUTs.
        ours: whether it is the run's own.
    """

    model: str
    device: str
    accuracy: str
    luts: str
    ns: str
    counted: tuple[str, str, str]
    ours: bool = False


_SIZES = {"xc7": "LUT6", "gatemate": "LUT trees"}
_NO_P_A = ("no", "yes", "yes")
_ALL = ("yes", "yes", "yes")
_BOARD = "xc7a35t, routed, on a board"
_ALONE = "xcvu9p, out of context"

PUBLISHED = (
    Peer("DWN lg", _ALONE, "98.3", "4,082 LUT6", "6", _NO_P_A),
    Peer("DWN md", _ALONE, "97.9", "1,413 LUT6", "3.6", _NO_P_A),
    Peer("DWN sm", _ALONE, "97.1", "692 LUT6", "2.4", _NO_P_A),
    Peer("dwn-fpga-study 1x2000", _BOARD, "98.26", "6,294 LUT6", "43", _ALL),
    Peer("dwn-fpga-study 2x[1000,500]", _BOARD, "97.76", "3,464 LUT6", "48", _ALL),
    Peer("dwn-fpga-study 1x500", _BOARD, "97.70", "2,246 LUT6", "37", _ALL),
    Peer("dwn-fpga-study 1x300", _BOARD, "96.77", "1,597 LUT6", "37", _ALL),
    Peer("TreeLUT I", "", "97", "4,478 LUT6", "2.5", ("none needed", "yes", "no")),
    Peer("PolyLUT-Add", "", "96", "14,810 LUT6", "10", ("no", "", "no")),
    Peer("NeuraLUT", "", "96", "54,798 LUT6", "12", ("no", "", "no")),
    Peer("FINN SFC-max", "", "96", "91,131 LUT6", "310", ("no", "", "no")),
)


def is_mnist(source: Source, classes: int, dataset: str) -> bool:
    """Whether a run can stand beside those: MNIST's digits, whole or cropped to 20 by 20, by name and shape."""
    named = dataset.lower().rsplit("/", 1)[-1].startswith("mnist")
    return named and classes == 10 and source.encoder.features in (400, 784)


def table(name: str, source: Source, train: Mapping[str, Any], boards: Mapping[str, Mapping[str, Any]]) -> list[Peer]:
    """The published rows, and one for each board; by accuracy, the highest first.

    Args:
        name: of the network.
        source: of its inputs.
        train: what ``train.json`` holds.
        boards: what was built, by name.
    """
    rows = list(PUBLISHED)
    for on, board in boards.items():
        parts = board["parts"]
        luts = sum(parts[part]["lut"] for part in ("encoder", "gates", "popcount", "argmax") if part in parts)
        ns = f"{board['latency_ns']:,.0f}" if board["latency_ns"] is not None else ""
        device = f"{board['device']}, {'routed' if board['fmax_mhz'] is not None else 'synthesized'}"
        size = _SIZES.get(board.get("family", ""), "LUT4")
        row = Peer(
            f"{name} on {on}", device, f"{100 * train['accuracy_test']:.2f}", f"{luts:,} {size}", ns,
            (_encoder(source, parts), "yes", "yes"), ours=True,
        )  # fmt: skip
        rows.append(row)
    if not boards:
        accuracy = f"{100 * train['accuracy_test']:.2f}"
        rows.append(Peer(name, "not synthesized yet", accuracy, "", "", ("", "", ""), ours=True))
    return sorted(rows, key=lambda row: -float(row.accuracy))


def _encoder(source: Source, parts: Mapping[str, Mapping[str, int]]) -> str:
    if source.on_host:
        return "no"
    return "yes" if parts.get("encoder", {}).get("lut") else "none needed"
