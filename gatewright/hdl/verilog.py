"""Verilog: the same graph and pipeline give the same bytes, whichever Yosys writes them."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from amaranth.back import rtlil
from amaranth.utils import bits_for

from gatewright import tools
from gatewright.graph.graph import GateGraph
from gatewright.graph.stats import inputs_read
from gatewright.run import write_whole

from .classifier import Classifier
from .encoder import called
from .expression import LINE
from .manifest import Field, Manifest, Port
from .pipeline import Pipeline
from .writer import write_module

__all__ = ["Field", "Manifest", "Pipeline", "Port", "emit"]

TOP = "classifier"

# Processes become multiplexers and registers with their enable and reset; nothing else is changed.
_SCRIPT = """read_rtlil classifier.il
proc -noopt -norom
opt_clean
opt_dff -keepdc -nosdff classifier %n
opt_dff -keepdc classifier
opt_clean
write_json classifier.json
"""


def emit(graph: GateGraph, pipeline: Pipeline, folder: Path, *, split: bool = False) -> Manifest:
    """Write the Verilog of a network and ``manifest.json`` into ``folder``.

    The modules are ``classifier`` and its parts ``encoder``, ``gates``, ``popcount`` and ``argmax``; a part in which
    nothing happens is left out.

    Args:
        graph: the network.
        pipeline: where the registers stand, and how it counts.
        folder: it is made if need be.
        split: whether each module stands in a file of its own; all stand in ``classifier.v`` otherwise.

    Raises:
        GatewrightError: if Yosys is missing or fails, or the folder cannot be written.
    """
    classifier = Classifier(graph, pipeline)
    modules = convert(classifier)
    manifest = replace(describe(classifier), files=tuple(f"{name}.v" for name in modules) if split else (f"{TOP}.v",))
    header = _header(manifest)
    texts = modules.values() if split else [_joined(modules)]
    for file, text in zip(manifest.files, texts, strict=True):
        write_whole(folder / file, header + text)
    manifest.store(folder)
    return manifest


def convert(classifier: Classifier) -> dict[str, str]:
    """The Verilog of a classifier: the text of each module by its name, the top last.

    Raises:
        GatewrightError: if Yosys is missing or fails.
    """
    text = rtlil.convert(classifier, name=TOP, emit_src=False)
    text = re.sub(rf"\\{TOP}\.(\w+)", r"\\\1", text)
    with tempfile.TemporaryDirectory() as name:
        build = Path(name)
        (build / "classifier.il").write_text(text)
        (build / "classifier.ys").write_text(_SCRIPT)
        tools.find("yosys").run("-q", "classifier.ys", cwd=build)
        netlist = json.loads((build / "classifier.json").read_bytes())["modules"]
    for contents in netlist.values():
        contents["cells"] = dict(sorted(contents["cells"].items(), key=lambda cell: _counting(cell[0])))
    comments = _comments(classifier)
    return {module: write_module(module, netlist, comments[module]) for module in comments if module in netlist}


def _counting(name: str) -> str:
    """What sorts names with numbers as people count: ``$9`` before ``$10``."""
    return re.sub(r"\d+", lambda number: number[0].zfill(12), name)


def _comments(classifier: Classifier) -> dict[str, str]:
    """The modules, each behind those that it holds, and what they are."""
    graph, thresholds, depth = classifier.graph, len(inputs_read(classifier.graph)), classifier.gates.depth
    return {
        "encoder": f"The encoder: {thresholds} bits, each the word of a feature compared with a threshold.",
        "gates": f"The network: truth tables in {depth} levels.",
        "popcount": f"The score of each of {graph.classes} classes: how many of its nets are 1.",
        "argmax": f"The label: the first of {graph.classes} classes with the highest score.",
        TOP: "\n".join(["The whole classifier: a stream of words in, a stream of results out.", *_words(classifier)]),
    }


def _words(classifier: Classifier) -> Iterator[str]:
    """For each feature, which bits of ``words__payload`` hold its word, and how that comes from its value."""
    encoder, names = classifier.graph.encoder, called(classifier.graph)
    read = set(encoder.feature[inputs_read(classifier.graph) - 2].tolist())
    highest, wide, digits = 2**encoder.word_width - 1, max(map(len, names)), len(str(len(names) * encoder.word_width))
    yield f"A word of words__payload is made of a feature x, rounded down and kept within 0 and {highest}:"
    for index, name in enumerate(encoder.feature_names):
        low, high = index * encoder.word_width, (index + 1) * encoder.word_width - 1
        place = f"[{high}:{low}]" if high > low else f"[{low}]"
        offset, scale = float(encoder.offset[index]), float(encoder.scale[index])
        value = f"x - {offset!r}" if offset else "x"
        formula = value if scale == 1 else f"({value}) * {scale!r}"
        note = "" if index in read else ", not read"
        line = f"  {place:<{digits * 2 + 3}} {names[index]:<{wide}}  {formula}{note}"
        yield f"{line}, {json.dumps(name)}"[: LINE - 3].rstrip("\\") if names[index] != name else line


def describe(classifier: Classifier) -> Manifest:
    """What the Verilog of a classifier says about itself."""
    graph, encoder = classifier.graph, classifier.graph.encoder
    label, score = bits_for(graph.classes - 1), bits_for(graph.max_score)
    words = Field("words", 0, encoder.word_width, encoder.features)
    result = (Field("label", 0, label, 1), Field("scores", label, score, graph.classes))
    return Manifest(
        digest=graph.digest,
        name=graph.provenance.name,
        top=TOP,
        files=(f"{TOP}.v",),
        ports=(
            Port("clk", "input", 1),
            Port("rst", "input", 1),
            Port("words__payload", "input", words.width * words.count, (words,)),
            Port("words__valid", "input", 1),
            Port("words__ready", "output", 1),
            Port("result__payload", "output", label + score * graph.classes, result),
            Port("result__valid", "output", 1),
            Port("result__ready", "input", 1),
        ),
        latency_cycles=classifier.latency,
        initiation_interval=classifier.initiation_interval,
        pipeline=classifier.pipeline,
        class_names=graph.class_names,
        feature_names=encoder.feature_names,
    )


def _joined(modules: Mapping[str, str]) -> str:
    """Modules in one file, each with the name and the line numbers that it would have in a file of its own."""
    return "\n".join(f'`line 1 "{name}.v" 0\n{text}' for name, text in modules.items())


def _header(manifest: Manifest) -> str:
    """What the file is, for people. The name is printable ASCII without line breaks, whatever it was."""
    name = re.sub(r"[^ -~]", "?", manifest.name)
    interval = manifest.initiation_interval
    pace = "a result in every cycle" if interval == 1 else f"a result every {interval} cycles"
    return (
        f"// {name}: a logic gate network by gatewright.\n"
        f"// Graph {manifest.digest}\n"
        f"// Latency {manifest.latency_cycles} cycles, {pace}; manifest.json describes the ports.\n\n"
    )
