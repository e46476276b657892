"""The module with named ports is the classifier, wire by wire."""

import dataclasses
import re

import numpy as np
import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.hdl.by_name import FILE, MODULE, ports, write_by_name
from gatewright.hdl.manifest import Manifest
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.sim.simulator import choose
from tests.graphs import random_encoder, random_graph
from tests.hdl.test_golden import icarus

FEATURES = ("petal width", "module", "result", "petal-width", "5%", "score 1", "größe", "label", "%")
CLASSES = ("1", "setosa", "setosa!", "words_valid")

BENCH = """module bench;
    reg clk = 0, rst = 1, offered = 0, take = 0;
    reg [{words}-1:0] payload = 0;
    wire [{result}-1:0] result, named;
    wire ready, valid, ready_named, valid_named;
    integer cycle, differing = 0, valids = 0, seen = 0;
    classifier packed_ports (.clk(clk), .rst(rst), .words__payload(payload), .words__valid(offered),
        .words__ready(ready), .result__payload(result), .result__valid(valid), .result__ready(take));
    classifier_by_name named_ports (.clk(clk), .rst(rst), {connections}.words_valid(offered),
        .words_ready(ready_named), .result_valid(valid_named), .result_ready(take));
    initial begin
        for (cycle = 0; cycle < 400; cycle = cycle + 1) begin
            #1 rst = cycle < 3;
            payload = {{$random, $random, $random}};
            offered = $random;
            take = $random;
            #1 if ({{ready, valid, result}} !== {{ready_named, valid_named, named}}) differing = differing + 1;
            if (valid) valids = valids + 1;
            if (valid && result[0]) seen = seen + 1;
            #1 clk = 1;
            #1 clk = 0;
        end
        $display("%0d differing, %0d valid, %0d odd", differing, valids, seen);
        $finish;
    end
endmodule
"""


def exported(folder, pipeline=None, width=3):
    """Verilog of a network of awkward names, and its manifest."""
    rng = np.random.default_rng(2)
    encoder = dataclasses.replace(random_encoder(rng, len(FEATURES), width, 1), feature_names=FEATURES)
    graph = random_graph(rng, encoder=encoder, layers=2, width=20, classes=len(CLASSES))
    graph = dataclasses.replace(graph, class_names=CLASSES)
    emit(graph, pipeline or Pipeline(), folder)
    assert write_by_name(folder) == FILE
    return Manifest.load(folder)


@pytest.mark.parametrize(("pipeline", "width"), [(Pipeline(), 3), (Pipeline(lanes=2), 1)])
def test_it_behaves_as_the_packed_one(tmp_path, pipeline, width):
    manifest = exported(tmp_path, pipeline, width)
    features, scores = ports(manifest)
    label, score = manifest.field("result__payload", "label"), manifest.field("result__payload", "scores")
    places = [(name, "payload", width * index, width) for index, name in enumerate(features)]
    places += [("label", "named", 0, label.width)]
    places += [(name, "named", label.width + score.width * i, score.width) for i, name in enumerate(scores)]
    connections = "".join(f".{port}({whole}[{low} +: {size}]), " for port, whole, low, size in places)
    result = label.width + score.width * len(CLASSES)
    text = BENCH.format(words=width * len(FEATURES), result=result, connections=connections)
    (tmp_path / "bench.v").write_text(text)
    status, said = icarus(tmp_path, FILE, *manifest.files, bench="bench.v")
    assert status == 0
    differing, valid, odd = map(int, re.findall(r"\d+", said))
    assert differing == 0
    assert 0 < odd < valid


def test_ports_are_called_after_columns_and_classes(tmp_path):
    manifest = exported(tmp_path)
    features, scores = ports(manifest)
    assert scores == ("score_1", "score_setosa", "score_setosa_2", "score_words_valid")
    assert features[:6] == ("petal_width", "module_2", "result_2", "petal_width_2", "x5", "score_1_2")
    assert features[6:] == ("gro_e", "label_2", "word8")
    declared = re.findall(r"(?:input|output) wire (?:\[\d+:0\] )?(\w+)", (tmp_path / FILE).read_text())
    assert declared == [
        "clk", "rst", *features, "words_valid", "words_ready", "label", *scores, "result_valid", "result_ready",
    ]  # fmt: skip


def test_verilator_finds_nothing_to_warn_of(tmp_path):
    manifest = exported(tmp_path)
    program = choose("verilator")
    options = ["--lint-only", "-Wall", "--top-module", MODULE]
    tools.find("verilator").run(*options, FILE, *manifest.files, cwd=tmp_path, env=program.environment)


def test_a_folder_without_verilog_is_refused(tmp_path):
    with pytest.raises(GatewrightError, match=r"manifest\.json"):
        write_by_name(tmp_path)
