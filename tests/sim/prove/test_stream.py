import json
import random

import pytest

from gatewright.errors import GatewrightError
from gatewright.sim.prove.netlist import read as read_json
from gatewright.sim.prove.stream import follows
from tests.sim.prove import cells
from tests.sim.prove.designs import LATENCY, read, small

ADVANCE = "wire advance = result__ready | ~result__valid;"
VALID = "if (rst) valid <= 0; else if (advance) valid <= {valid[2:0], words__valid};"
OUT = "assign result__payload = result;"


def judged(folder, *changes, latency=LATENCY):
    graph = small()
    netlist, module = read(graph, folder, *changes)
    return follows(graph, netlist, latency, folder, "t", 60), module


def test_a_right_design_follows_its_graph(tmp_path):
    (verdict, words), module = judged(tmp_path)
    assert (verdict.equivalent, words) == (True, None)
    assert verdict.sentence.endswith("for every input and every state, with latency 4")
    assert not cells.misbehaves(module, small(), LATENCY, 200, random.Random(0))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if (advance) result <= {scores, best};", "result <= {scores, best};"),
        ("if (advance) counted[3] <=", "counted[3] <="),
        ("if (advance) bits[2] <=", "if (result__ready) bits[2] <="),
        ("if (advance) scores[3 +: 3] <=", "if (1'b1) scores[3 +: 3] <="),
        (ADVANCE, "wire advance = 1'b1;"),
        (ADVANCE, "wire advance = result__ready;"),
        (ADVANCE, "wire advance = result__ready | result__valid;"),
        ("assign words__ready = advance;", "assign words__ready = result__ready;"),
        ("assign words__ready = advance;", "assign words__ready = 1'b1;"),
        ("assign words__ready = advance;", "assign words__ready = advance & words__valid;"),
        ("assign words__ready = advance;", "assign words__ready = advance & ~rst;"),
        (VALID, VALID.replace("words__valid}", "words__valid & result__ready}")),
        (VALID, "if (rst) valid <= 0; else valid <= advance ? {valid[2:0], words__valid} : valid << 1;"),
    ],
)
def test_a_stream_that_stalls_wrongly_is_refuted(tmp_path, old, new):
    (verdict, words), _ = judged(tmp_path, (old, new))
    assert (verdict.equivalent, words) == (False, None)
    assert verdict.sentence.startswith("stream: different")
    assert verdict.counterexample is not None


@pytest.mark.parametrize(
    "new",
    [
        VALID.replace("if (rst) valid <= 0; else ", ""),
        VALID.replace("valid <= 0;", "valid[3:1] <= 0;"),
        VALID.replace("valid <= 0;", "valid <= 4'd1;"),
        VALID.replace("valid <= 0;", "valid <= 4'd8;"),
        VALID.replace("if (rst)", "if (rst & result__ready)"),
        VALID.replace("if (rst)", "if (rst & words__valid)"),
        VALID.replace("if (rst)", "if (~rst)"),
        VALID.replace("valid <= 0;", "valid <= {3'd0, words__valid};"),
    ],
)
def test_a_reset_that_leaves_a_valid_result_is_refuted(tmp_path, new):
    (verdict, words), _ = judged(tmp_path, (VALID, new))
    assert (verdict.equivalent, words) == (False, None)
    assert verdict.sentence.startswith(("reset: different", "stream: different"))
    assert verdict.sentence.startswith("stream") == ("~rst" in new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OUT, "assign result__payload = result ^ words__payload[0];"),
        (OUT, "assign result__payload = result__ready ? result : 0;"),
        (OUT, "assign result__payload = rst ? 0 : result;"),
        (OUT, "assign result__payload = {result[10:1], 1'bx};"),
        ("assign result__valid = valid[3];", "assign result__valid = valid[3] & words__valid;"),
        ("assign result__valid = valid[3];", "assign result__valid = valid[3] & ~rst;"),
    ],
)
def test_a_result_that_depends_on_an_input_is_refuted(tmp_path, old, new):
    (verdict, words), _ = judged(tmp_path, (old, new))
    assert (verdict.equivalent, words) == (False, None)
    assert verdict.engine == "structure"
    assert "depends on an input in the same cycle" in verdict.sentence


def test_a_wrong_result_is_named_with_its_words(tmp_path):
    (verdict, words), module = judged(tmp_path, ("counted[5] <= n9;", "counted[5] <= ~n9;"))
    assert not verdict.equivalent
    assert verdict.sentence.startswith("result: different")
    assert f"the sample {list(words)} must be" in verdict.sentence
    assert cells.answer(module, small(), words, LATENCY, random.Random(0)) != cells.expected(small(), words)


@pytest.mark.parametrize(("latency", "stage"), [(3, "result"), (5, "reset")])
def test_a_wrong_latency_is_refuted(tmp_path, latency, stage):
    (verdict, _), _ = judged(tmp_path, latency=latency)
    assert not verdict.equivalent
    assert verdict.sentence.startswith(f"{stage}: different")


def test_a_combinational_loop_is_refused(tmp_path):
    change = (
        "assign result__payload = result;",
        "wire l; assign l = ~(l & result[0]); assign result__payload = {result[10:1], l};",
    )
    with pytest.raises(GatewrightError, match="has a combinational loop through bit"):
        judged(tmp_path, change)


def test_a_constant_design_is_no_classifier(tmp_path):
    ports = {
        **{n: {"direction": "input", "bits": [b]} for n, b in (("clk", 2), ("rst", 3), ("words__valid", 4))},
        "result__ready": {"direction": "input", "bits": [5]},
        "words__payload": {"direction": "input", "bits": list(range(6, 12))},
        "words__ready": {"direction": "output", "bits": ["1"]},
        "result__valid": {"direction": "output", "bits": ["0"]},
        "result__payload": {"direction": "output", "bits": ["0"] * 11},
    }
    netlist = read_json(json.dumps({"modules": {"classifier": {"ports": ports, "cells": {}}}}), "n")
    verdict, _ = follows(small(), netlist, LATENCY, tmp_path, "t", 60)
    assert not verdict.equivalent
    assert verdict.sentence.startswith("result: different")
