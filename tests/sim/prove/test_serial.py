"""Proofs of a classifier that counts its nets a few at a time."""

import re

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.sim.prove.prove import prove_verilog
from gatewright.sim.prove.yosys import ECP5, GATES, GOWIN, ICE40
from tests.graphs import random_encoder, random_graph


def network(seed, fan_in=2, classes=3):
    rng = np.random.default_rng(seed)
    encoder = random_encoder(rng, 3, 4, 4)
    return optimise(random_graph(rng, width=14, fan_in=fan_in, classes=classes, encoder=encoder, per_class=9))


def proven(graph, folder, pipeline, reading=GATES, change=None, **timing):
    manifest = emit(graph, pipeline, folder / "rtl")
    path = folder / "rtl" / "classifier.v"
    if change:
        text, count = re.subn(*change, path.read_text(), count=1)
        assert count == 1, text
        path.write_text(text)
    timing = {"interval": manifest.initiation_interval, "lanes": pipeline.lanes} | timing
    return prove_verilog(graph, path, manifest.latency_cycles, folder / "build", reading, 60, **timing)


@pytest.mark.parametrize(
    ("seed", "fan_in", "pipeline"),
    [(0, 2, Pipeline(lanes=2)), (1, 4, Pipeline(True, 1, 1, 1, lanes=4)), (2, 6, Pipeline(False, 0, 0, 0, lanes=1))],
)
def test_random_networks_are_proven(tmp_path, seed, fan_in, pipeline):
    step = proven(network(seed, fan_in), tmp_path, pipeline)
    assert step.equivalent, step.sentence
    assert "and a sample every" in step.sentence


@pytest.mark.parametrize("reading", [ICE40, ECP5, GOWIN], ids=lambda reading: reading.name)
def test_its_netlists_are_proven(tmp_path, reading):
    step = proven(network(0), tmp_path, Pipeline(lanes=2), reading)
    assert step.equivalent, step.sentence


def test_wrong_lanes_are_a_poor_hint_and_no_wrong_verdict(tmp_path):
    assert proven(network(0), tmp_path, Pipeline(lanes=2), lanes=5).equivalent


def test_a_wrong_interval_is_refuted_or_refused(tmp_path):
    graph = network(0)
    right = emit(graph, Pipeline(lanes=2), tmp_path / "rtl").initiation_interval
    assert not proven(graph, tmp_path, Pipeline(lanes=2), interval=1).equivalent
    assert not proven(graph, tmp_path, Pipeline(lanes=2), interval=right - 1).equivalent
    with pytest.raises(GatewrightError, match="has no register 'phase' of 6 bits"):
        proven(graph, tmp_path, Pipeline(lanes=2), interval=33)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (r"wire last = phase == 4'b1010", "wire last = phase == 4'b1001", "stream: different"),
        (r"if \(rst\) phase <= 4'd0", "if (rst) phase <= 4'd15", "stream: different"),
        (r"if \(rst\) phase <= 4'd0", "if (1'b0) phase <= 4'd0", "stream: different"),
        (r"phase <= last \? 4'd0", "phase <= last ? 4'd1", "stream: different"),
        (r"wire counting = advance", "wire counting = result__ready", "stream: different"),
        (r"wire counting = [^;]*", "wire counting = advance", "stream: different"),
        (r"assign words__ready = [^;]*", "assign words__ready = advance", "stream: different"),
        (r"valid <= {valid\[1:0\], \w+}", "valid <= {valid[1:0], words__valid}", "result: different"),
        (r"valid <= {valid\[1:0\], \w+}", "valid <= {valid[1:0], last}", "result: different"),
        (r"valid <= {valid\[1:0\], \w+}", "valid <= {valid[1:0], 1'b0}", "result: different"),
        (r"if \(rst\) valid <= [^;]*", "if (rst) valid <= valid", "reset: different"),
        (r"phase\[3:1\] == 3'b011", "phase[3:1] == 3'b111", "result: different"),
        (r"reading1\[3:1\] == 3'b010", "reading1[3:1] == 3'b011", "result: different"),
        (r"wire done_now = [^;]*", "wire done_now = 1'b1", "result: different"),
        (r"following = zero", "following = first", "result: different"),
        (r"score > best", "score >= best", "result: different"),
        (r"resting\[1\] \? 4'd0", "resting[1] ? 4'd1", "result: different"),
    ],
)
def test_a_wrong_phase_is_refuted(tmp_path, old, new, said):
    graph = network(0, classes=5)
    assert emit(graph, Pipeline(False, 0, 0, 0, lanes=5), tmp_path / "rtl").initiation_interval == 11
    step = proven(graph, tmp_path, Pipeline(False, 0, 0, 0, lanes=5), change=(old, new))
    assert not step.equivalent
    assert step.sentence.startswith(said)
