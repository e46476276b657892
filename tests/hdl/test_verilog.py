import json
import re

import numpy as np
import pytest

from gatewright import tools
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph, Provenance
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.manifest import Manifest
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from tests.graphs import random_encoder, random_graph

MODULES = {"classifier", "encoder", "gates", "popcount", "argmax"}

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


def network(seed=0, **options):
    rng = np.random.default_rng(seed)
    return random_graph(rng, encoder=random_encoder(rng, 4, 5, 3), **options)


def test_modules_ports_and_header(tmp_path):
    graph = network(fan_in=4)
    manifest = emit(graph, Pipeline(), tmp_path)
    text = (tmp_path / "classifier.v").read_text()
    assert set(re.findall(r"^module (\S+)\(", text, re.MULTILINE)) == MODULES
    assert graph.digest in text
    assert f"Latency {manifest.latency_cycles} cycles" in text
    assert "$" not in text
    top = text[text.index("module classifier(") :]
    for port in manifest.ports:
        size = f"[{port.width - 1}:0] " if port.width > 1 else ""
        assert f"\n  {port.direction} {size}{port.name};" in top


def test_the_same_graph_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        emit(network(), Pipeline(), tmp_path / name)
    for file in ("classifier.v", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    emit(network(1), Pipeline(), tmp_path / "b")
    assert (tmp_path / "a" / "classifier.v").read_bytes() != (tmp_path / "b" / "classifier.v").read_bytes()


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(False, 0, 0, 0), Pipeline(True, 1, 1, 1)])
def test_icarus_reads_it_without_a_warning(tmp_path, pipeline):
    emit(network(layers=3), pipeline, tmp_path)
    icarus = tools.find("iverilog")
    output = icarus.run(
        "-g2005", "-Wall", "-Wno-timescale", "-s", "classifier", "-o", "x", "classifier.v", cwd=tmp_path
    )
    assert output == ""


def test_the_manifest_says_what_the_component_does(tmp_path):
    graph = network()
    pipeline = Pipeline(True, 1, 2, 1)
    manifest = emit(graph, pipeline, tmp_path)
    assert Manifest.load(tmp_path) == manifest
    assert manifest.latency_cycles == Classifier(graph, pipeline).latency
    assert manifest.digest == graph.digest
    assert manifest.class_names == graph.class_names
    label, scores = (manifest.field("result__payload", name) for name in ("label", "scores"))
    assert (label.low, label.width, scores.low, scores.count) == (0, 2, 2, 3)
    words = manifest.field("words__payload", "words")
    assert (words.low, words.width, words.count) == (0, 5, 4)


def test_a_name_cannot_leave_its_comment(tmp_path):
    graph = GateGraph.build(
        Thermometer.identity(("x",)), [], [[2], [1]], provenance=Provenance(name="né\nmodule evil; endmodule")
    )
    emit(graph, Pipeline(), tmp_path)
    assert (tmp_path / "classifier.v").read_text().startswith("// n??module evil; endmodule: ")
    assert json.loads((tmp_path / "manifest.json").read_text())["name"] == graph.provenance.name


def test_nothing_combinational_leads_from_ready_to_valid(tmp_path):
    """Yosys removes all flip-flops' outputs from the cone: what is left of valid must not hold ready or words."""
    emit(network(), Pipeline(), tmp_path)
    (tmp_path / "cone.ys").write_text(
        "read_verilog classifier.v\nhierarchy -top classifier\nproc\nflatten\nopt_clean\n"
        "select -write cone.txt w:result__valid w:result__payload %% "
        "w:result__valid w:result__payload %u %ci*:-$dff,$dffe,$sdff,$sdffe,$sdffce\n"
    )
    tools.find("yosys").run("-q", "cone.ys", cwd=tmp_path)
    cone = (tmp_path / "cone.txt").read_text()
    assert "classifier/result__valid" in cone
    assert "classifier/result__ready" not in cone
    assert "classifier/words" not in cone


def test_only_valid_bits_are_reset(tmp_path):
    emit(network(), Pipeline(), tmp_path)
    text = (tmp_path / "classifier.v").read_text()
    assert re.findall(r"if \(rst\) (\w+) <=", text) == ["valid"]
