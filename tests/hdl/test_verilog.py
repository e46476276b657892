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
from gatewright.sim.simulator import choose
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
    assert set(re.findall(r"^module (\S+) \($", text, re.MULTILINE)) == MODULES
    # Each module is introduced by a line that says what it is.
    assert len(re.findall(r"^// [A-Z].*\.\n(?:// .*\n)*module ", text, re.MULTILINE)) == len(MODULES)
    assert graph.digest in text
    assert f"Latency {manifest.latency_cycles} cycles, a result in every cycle" in text
    assert "$" not in text
    assert max(map(len, text.splitlines())) <= 120
    top = text[text.index("module classifier (") :]
    for port in manifest.ports:
        size = f"[{port.width - 1}:0] " if port.width > 1 else ""
        assert re.search(rf"\n    {port.direction} (wire|reg) {re.escape(size)}{port.name}[,\n]", top)


def test_the_same_graph_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        emit(network(), Pipeline(), tmp_path / name)
    for file in ("classifier.v", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    emit(network(1), Pipeline(), tmp_path / "b")
    assert (tmp_path / "a" / "classifier.v").read_bytes() != (tmp_path / "b" / "classifier.v").read_bytes()


PIPELINES = [
    Pipeline(),
    Pipeline(False, 0, 0, 0),
    Pipeline(True, 1, 1, 1, counter=6),
    Pipeline(lanes=1),
    Pipeline(lanes=5),
]


@pytest.fixture(params=range(len(PIPELINES)))
def exported(request, tmp_path):
    """The manifest of a random graph, whose Verilog lies in ``tmp_path``."""
    graph = network(request.param, layers=request.param, fan_in=2 + request.param, width=24)
    return emit(graph, PIPELINES[request.param], tmp_path)


def test_icarus_reads_it_without_a_warning(exported, tmp_path):
    options = ("-g2005", "-Wall", "-Wno-timescale", "-s", exported.top, "-o", "x")
    assert tools.find("iverilog").run(*options, *exported.files, cwd=tmp_path) == ""


def test_verilator_finds_nothing_to_say(exported, tmp_path):
    assert not re.search("verilator|lint", "".join((tmp_path / file).read_text() for file in exported.files))
    options = ("--lint-only", "-Wall", "--top-module", exported.top)
    said = tools.find("verilator").run(*options, *exported.files, cwd=tmp_path, env=choose("verilator").environment)
    assert "%" not in said


def test_yosys_reads_it_and_finds_no_problem(exported, tmp_path):
    script = [*(f"read_verilog {file}" for file in exported.files), f"hierarchy -check -top {exported.top}", "proc"]
    script += ["check -assert", "flatten", "check -assert", "select -assert-none t:$_DLATCH* t:$dlatch"]
    (tmp_path / "read.ys").write_text("\n".join(script) + "\n")
    assert "Warning" not in tools.find("yosys").run("-q", "read.ys", cwd=tmp_path)


def test_a_file_for_each_module_holds_the_same_and_reads_as_well(tmp_path):
    graph, pipeline = network(fan_in=3), Pipeline(lanes=2)
    whole, parts = emit(graph, pipeline, tmp_path / "a"), emit(graph, pipeline, tmp_path / "b", split=True)
    assert set(parts.files) == {f"{module}.v" for module in MODULES}
    assert Manifest.load(tmp_path / "b") == parts
    text = (tmp_path / "a" / whole.files[0]).read_text()
    for file in parts.files:
        part = (tmp_path / "b" / file).read_text()
        assert graph.digest in part
        assert part[part.index("module ") :] in text
    options = ("--lint-only", "-Wall", "--top-module", parts.top)
    said = tools.find("verilator").run(*options, *parts.files, cwd=tmp_path / "b", env=choose("verilator").environment)
    assert "%" not in said


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


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(lanes=2)])
def test_nothing_combinational_leads_from_ready_to_valid(tmp_path, pipeline):
    """Yosys removes all flip-flops' outputs from the cone: what is left of valid must not hold ready or words."""
    emit(network(), pipeline, tmp_path)
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


@pytest.mark.parametrize(("pipeline", "expected"), [(Pipeline(), {"valid"}), (Pipeline(lanes=1), {"phase", "valid"})])
def test_only_what_says_which_results_are_valid_is_reset(tmp_path, pipeline, expected):
    emit(network(), pipeline, tmp_path)
    text = (tmp_path / "classifier.v").read_text()
    assert set(re.findall(r"if \(rst\) (\w+) <= \d+'d0;", text)) == expected
    assert len(re.findall(r"\brst\b", text)) == 1 + len(expected)


def test_a_serial_popcount_has_registers_by_known_names(tmp_path):
    for fan_in in (2, 4):
        emit(network(fan_in=fan_in), Pipeline(lanes=1), tmp_path)
        modules = (tmp_path / "classifier.v").read_text().split("endmodule")
        [holding] = [module for module in modules if re.search(r"reg (\[\d+:0\] )?class0;", module)]
        assert "module gates" in holding
        assert re.search(r"reg (\[\d+:0\] )?phase;", modules[-2])


NASTY = ("input", "sepal length (cm)", "a", "a", "\u6e29\u5ea6", "n" * 1000, "x\nendmodule \\", "words", "clk", "1")


def table(names, word_width=4):
    """A network that reads every feature but the last."""
    count, read = len(names), range(2, 1 + len(names))
    thresholds = np.full(count, 2 if word_width > 1 else 0)
    encoder = Thermometer(
        tuple(f"{name}{i}" if names.count(name) > 1 else name for i, name in enumerate(names)),
        word_width, np.linspace(-1, 1, count), np.full(count, 0.3), np.arange(count), thresholds,
    )  # fmt: skip
    return GateGraph.build(encoder, [], [read, [1]])


@pytest.mark.parametrize("word_width", [1, 4])
def test_the_verilog_names_the_features(tmp_path, word_width):
    graph = table(NASTY, word_width)
    emit(graph, Pipeline(), tmp_path)
    text = (tmp_path / "classifier.v").read_text()
    encoder = text[text.index("module encoder (") : text.index("\nendmodule")]
    names = ["input_2", "sepal_length_cm", "a2", "a3", "word4", "n" * 32, "x_endmodule", "words_2", "clk_2", "x1"]
    read = [(name if word_width == 1 else f"{name}_gt_2") for name in names[:-1]]
    # The comparisons stand in the order of the words, and nothing else does.
    assert re.findall(r"wire (\w+) = words", encoder) == read
    listed = re.findall(r"^//   \[(?:(\d+):)?(\d+)\] +(\w+) +(.*)$", text, re.MULTILINE)
    assert [(int(low), name) for _, low, name, _ in listed] == [(i * word_width, name) for i, name in enumerate(names)]
    assert [", not read" in rest for *_, rest in listed] == [False] * 9 + [True]
    assert listed[0][3] == '(x - -1.0) * 0.3, "input"'
    assert max(map(len, text.splitlines())) <= 120
    assert text.isascii()


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(False, 0, 0, 0)])
@pytest.mark.parametrize("word_width", [1, 4])
def test_no_name_of_a_feature_is_more_than_a_name(tmp_path, pipeline, word_width):
    manifest = emit(table(NASTY, word_width), pipeline, tmp_path)
    options = ("--lint-only", "-Wall", "--top-module", manifest.top)
    said = tools.find("verilator").run(*options, *manifest.files, cwd=tmp_path, env=choose("verilator").environment)
    assert "%" not in said
    options = ("-g2005", "-Wall", "-Wno-timescale", "-s", manifest.top, "-o", "x")
    assert tools.find("iverilog").run(*options, *manifest.files, cwd=tmp_path) == ""
    assert manifest.feature_names == table(NASTY, word_width).encoder.feature_names
