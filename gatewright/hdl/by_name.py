"""A module around the classifier that has a port for each feature and each score, called after its column or class.

It is for people who connect a network by hand: ``classifier_by_name.v`` beside ``classifier.v``, the same streams and
the same cycles, and nothing in it but wires.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gatewright.run import write_whole

from .expression import range_of, wrap
from .identifiers import identifiers
from .manifest import Manifest

MODULE = "classifier_by_name"
FILE = f"{MODULE}.v"

_OWN = ("clk", "rst", "words_valid", "words_ready", "label", "result", "result_valid", "result_ready")
"""Names that the module has already."""


def write_by_name(folder: Path) -> str:
    """Write ``classifier_by_name.v`` into a folder that holds the Verilog of a graph.

    Args:
        folder: with ``manifest.json``.

    Returns:
        The name of the file.

    Raises:
        GatewrightError: if the Verilog is absent, or the folder cannot be written.
    """
    manifest = Manifest.load(folder)
    lines = (part for line in _lines(manifest) for part in wrap(line))
    write_whole(folder / FILE, "\n".join(lines) + "\n")
    return FILE


def ports(manifest: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The port of each feature, and that of the score of each class."""
    own = (*_OWN, manifest.top)
    scores = identifiers([f"score {name}" for name in manifest.class_names], own)
    return identifiers(manifest.feature_names, (*own, *scores)), scores


def _lines(manifest: Manifest) -> Iterator[str]:
    features, scores = ports(manifest)
    words, label = manifest.field("words__payload", "words"), manifest.field("result__payload", "label")
    score = manifest.field("result__payload", "scores")
    yield f"// The module {manifest.top} with a port for each feature and each score."
    yield f"// Graph {manifest.digest}"
    yield f"module {MODULE} ("
    yield "    input wire clk,"
    yield "    input wire rst,"
    for name in features:
        yield f"    input wire {range_of(words.width)}{name},"
    yield "    input wire words_valid,"
    yield "    output wire words_ready,"
    yield f"    output wire {range_of(label.width)}label,"
    for name in scores:
        yield f"    output wire {range_of(score.width)}{name},"
    yield "    output wire result_valid,"
    yield "    input wire result_ready"
    yield ");"
    yield f"    wire {range_of(label.width + score.width * score.count)}result;"
    # The first of a concatenation is the highest.
    yield f"    assign {{{', '.join((*reversed(scores), 'label'))}}} = result;"
    yield f"    {manifest.top} {manifest.top} ("
    yield "        .clk(clk),"
    yield "        .rst(rst),"
    yield f"        .words__payload({{{', '.join(reversed(features))}}}),"
    yield "        .words__valid(words_valid),"
    yield "        .words__ready(words_ready),"
    yield "        .result__payload(result),"
    yield "        .result__valid(result_valid),"
    yield "        .result__ready(result_ready)"
    yield "    );"
    yield "endmodule"
