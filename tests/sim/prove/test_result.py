import random
from dataclasses import replace

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.sim.prove import design as design_module
from gatewright.sim.prove import result as result_module
from gatewright.sim.prove.cec import Verdict, equivalent
from gatewright.sim.prove.design import Design
from gatewright.sim.prove.result import classified, label_bits, result_holds, score_bits
from tests import naive
from tests.graphs import identity, random_encoder, random_graph
from tests.sim.prove.cells import answer, expected
from tests.sim.prove.designs import LATENCY, read, small

LABEL = "result <= {scores, best};"


def plain():
    """A graph in which every cut succeeds."""
    return GateGraph.build(identity(4), [(8, (2, 3)), (6, (4, 5))], [[6, 7, 2], [7, 4], [3, 5, 6]])


def holds(graph, netlist, folder, latency=LATENCY):
    return result_holds(Design(graph, netlist), graph, latency, folder, "t", 60)


@pytest.mark.parametrize("seed", range(6))
def test_the_result_of_a_right_design_is_proven(tmp_path, seed):
    rng = np.random.default_rng(seed)
    encoder = random_encoder(rng, 3, 2 + seed % 3, 3)
    graph = random_graph(rng, layers=seed % 3, width=10, classes=2 + seed % 4, fan_in=1 + seed, encoder=encoder)
    netlist, _ = read(graph, tmp_path)
    verdict, words = holds(graph, netlist, tmp_path)
    assert (verdict.equivalent, words) == (True, None)
    assert verdict.seconds > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 3'd4;", "> 3'd5;"),
        ("words__payload[3 +: 3] > 3'd2;", "words__payload[0 +: 3] > 3'd2;"),
        ("wire n7 = (bits[1] & bits[3]);", "wire n7 = (bits[1] & ~bits[3]);"),
        ("counted[5] <= n9;", "counted[5] <= ~n9;"),
        ("scores[6 +: 3] <= {", "scores[6 +: 3] <= 3'd1 | {"),
        ("wire m0_2 = scores[3 +: 3] > scores[0 +: 3];", "wire m0_2 = scores[3 +: 3] >= scores[0 +: 3];"),
        (LABEL, "result <= {scores[5:0], scores[8:6], best};"),
        (LABEL, "result <= {scores, best | (best == 2'd2)};"),
    ],
)
def test_a_wrong_line_has_words_that_the_naive_reference_confirms(tmp_path, old, new):
    graph = small()
    netlist, module = read(graph, tmp_path, (old, new))
    verdict, words = holds(graph, netlist, tmp_path)
    assert not verdict.equivalent
    found = answer(module, graph, words, LATENCY, random.Random(0))
    right = expected(graph, words)
    assert found not in (right, None)
    scores = naive.scores(graph, [naive.bits(graph, words)])[0]
    assert f"must be class '{naive.label(scores)}' with scores {scores}" in verdict.sentence
    assert [found >> 2 + 3 * i & 7 for i in range(3)] == eval(verdict.sentence.split("scores ")[2].split("]")[0] + "]")  # noqa: S307


@pytest.mark.parametrize("graph", [small(), plain()], ids=["small", "plain"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("counted[2] <= ", "counted[2] <= counted[2] ^ "),
        ("wire m0_2 = scores[", "wire m0_2 = result[0] ^ scores["),
        ("valid <= {valid[2:0], words__valid};", "valid <= {valid[2:0], 1'b1};"),
        ("valid <= {valid[2:0], words__valid};", "valid <= {valid[2], valid[2], valid[0], words__valid};"),
        ("assign result__valid = valid[3];", "assign result__valid = valid[2];"),
        (LABEL, "result <= {scores, best} ^ result[0];"),
        (LABEL, "result <= words__payload[0] ? 0 : {scores, best};"),
        ("if (advance) bits[0] <=", "if (advance & words__valid) bits[0] <="),
    ],
)
def test_other_cycles_and_the_state_must_not_reach_the_result(tmp_path, graph, old, new):
    netlist, _ = read(graph, tmp_path, (old, new))
    verdict, words = holds(graph, netlist, tmp_path)
    assert not verdict.equivalent
    assert words is not None


@pytest.mark.parametrize("latency", [LATENCY - 1, LATENCY + 1])
def test_another_latency_is_refuted(tmp_path, latency):
    graph = small()
    assert not holds(graph, read(graph, tmp_path)[0], tmp_path, latency)[0].equivalent


def correlated():
    """The second counted bit implies the first, so that not every sum of free bits occurs."""
    return GateGraph.build(Thermometer(("x",), 3, [0], [1], [0, 0], [1, 4]), [], [[2, 3], [3, 1]])


IMPLIED = ("scores[0 +: 2] <= ", "scores[0 +: 2] <= counted[1] ? 2'd2 : {1'b0, counted[0]}; //")


def test_where_a_cut_fails_the_uncut_comparison_decides(tmp_path):
    netlist, _ = read(correlated(), tmp_path, IMPLIED)
    verdict, words = holds(correlated(), netlist, tmp_path)
    assert (verdict.equivalent, words) == (True, None)
    assert (tmp_path / "t_score0.cex").exists()
    assert (tmp_path / "t_payload.aig").exists()


# Each pair is one function or its complement in two orders: two nodes of the specification and one of the design.
PARITY = [(0x96, (2, 3, 4)), (0x69, (4, 3, 2))]
CHOICE = [(0xE0, (2, 3, 4)), (0xC8, (3, 2, 4))]


@pytest.mark.parametrize(
    ("gates", "second", "right"),
    [(PARITY, "~n5", True), (PARITY, "n5", False), (CHOICE, "n5", True), (CHOICE, "~n5", False)],
)
def test_a_signal_and_its_complement_are_cut_as_one(tmp_path, gates, second, right):
    graph = GateGraph.build(identity(3), gates, [[6, 5], [2, 1]])
    netlist, _ = read(graph, tmp_path, ("wire n6 = ", f"wire n6 = {second}; //"))
    verdict, words = holds(graph, netlist, tmp_path)
    assert (verdict.equivalent, words is None) == (right, right)
    assert (tmp_path / "t_payload.aig").exists() == (not right)


def undecided(monkeypatch, *names):
    """An engine that gives up on some questions."""

    def ask(aig, left, right, inputs, folder, name, seconds):
        if name in names:
            return Verdict(False, "none", 1.0, None, "not proven: no verdict")
        return equivalent(aig, left, right, inputs, folder, name, seconds)

    monkeypatch.setattr(design_module, "equivalent", ask)


@pytest.mark.parametrize("name", ["valid", "nets", "score0", "score1", "score2", "label"])
def test_a_question_without_an_answer_is_no_proof(tmp_path, monkeypatch, name):
    graph = plain()
    netlist, _ = read(graph, tmp_path)
    undecided(monkeypatch, f"t_{name}")
    verdict, words = holds(graph, netlist, tmp_path)
    assert (verdict.equivalent, words) == (False, None)
    assert "not proven" in verdict.sentence
    assert verdict.seconds >= 1


def test_a_failed_cut_and_no_answer_to_the_rest_is_no_proof(tmp_path, monkeypatch):
    netlist, _ = read(correlated(), tmp_path, IMPLIED)
    undecided(monkeypatch, "t_payload")
    verdict, words = holds(correlated(), netlist, tmp_path)
    assert (verdict.equivalent, words) == (False, None)
    assert "not proven" in verdict.sentence


def test_a_wire_that_differs_on_a_single_sample_is_caught(tmp_path):
    graph = GateGraph.build(identity(20), [(8, (2, 3))], [[22], [4]])
    netlist, _ = read(graph, tmp_path, ("counted[1] <= n22;", "counted[1] <= n22 ^ (&bits);"))
    verdict, words = holds(graph, netlist, tmp_path)
    assert (tmp_path / "t_nets.cex").exists()
    assert (verdict.equivalent, words) == (False, (1,) * 20)


def test_a_design_that_does_not_name_its_wires_is_compared_whole(tmp_path):
    netlist, _ = read(small(), tmp_path, (r"\popcount.counted", r"\popcount.wires"))
    assert holds(small(), netlist, tmp_path)[0].equivalent
    assert (tmp_path / "t_payload.aig").exists()


def test_a_specification_that_the_reference_contradicts_is_an_error(tmp_path, monkeypatch):
    netlist, _ = read(small(), tmp_path, ("counted[5] <= n9;", "counted[5] <= ~n9;"))
    monkeypatch.setattr(result_module, "classified", lambda graph, words: "something else")
    with pytest.raises(GatewrightError, match="The specification and the reference disagree on the words"):
        holds(small(), netlist, tmp_path)


def test_a_label_that_is_no_class_is_readable(tmp_path):
    netlist, _ = read(small(), tmp_path, (LABEL, "result <= {scores, 2'd3};"))
    verdict, _ = holds(small(), netlist, tmp_path)
    assert "answers class number 3 with scores" in verdict.sentence


def test_widths_and_names():
    graph = replace(small(), class_names=("a", "b", "c"))
    assert (label_bits(graph), score_bits(graph)) == (2, 3)
    for words in ((0, 0), (2, 5), (7, 7)):
        scores = naive.scores(graph, [naive.bits(graph, words)])[0]
        assert classified(graph, words) == f"class {'abc'[naive.label(scores)]!r} with scores {scores}"
