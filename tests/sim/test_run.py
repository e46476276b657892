import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.check import check
from gatewright.sim.run import Rtl, simulate
from gatewright.sim.vectors import vectors
from tests.graphs import random_encoder, random_graph
from tests.sim.designs import emitted, small

WORDS = np.array([[x, y] for x in range(4) for y in range(4)] * 4)


def test_every_word_of_a_small_network(tmp_path):
    said = []
    result = simulate(
        small(), emitted(tmp_path / "rtl"), WORDS, tmp_path / "sim", progress=lambda *report: said.append(report)
    )
    assert result.passed
    assert (result.simulator, result.vectors, result.mismatches, result.first) == ("icarus", 64, 0, None)
    assert result.ties == check(small(), small(), WORDS).ties > 0
    assert said


@pytest.mark.parametrize("seed", range(3))
def test_random_networks(tmp_path, seed):
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, layers=3, width=20, classes=5, fan_in=4, encoder=random_encoder(rng, 7, 9, 3))
    chosen = vectors(graph, rng.integers(0, 512, (20, 7)), seed=seed)
    assert simulate(graph, emitted(tmp_path / "rtl", graph=graph), chosen.words, tmp_path / "sim", seed=seed).passed


def test_it_is_a_target(tmp_path):
    target = Rtl(small(), emitted(tmp_path / "rtl"), tmp_path / "sim")
    assert check(target, small(), WORDS).passed
    assert target.scores(WORDS[:3]).tolist() == small().scores(WORDS[:3]).tolist()


def test_a_wrong_gate_is_seen_in_the_scores(tmp_path):
    rtl = emitted(
        tmp_path / "rtl", ("classifier.v", "level1_and = bits[0] & bits[2]", "level1_and = bits[0] | bits[2]")
    )
    result = simulate(small(), rtl, WORDS, tmp_path / "sim")
    wrong = [i for i, (x, y) in enumerate(WORDS) if (x > 0) != (y > 1)]
    assert not result.passed
    assert (result.mismatches, result.first) == (len(wrong), wrong[0])


def test_a_tie_for_the_wrong_class_is_seen_in_the_labels(tmp_path):
    rtl = emitted(tmp_path / "rtl", ("classifier.v", " > round1_0_score", " >= round1_0_score"))
    result = simulate(small(), rtl, WORDS, tmp_path / "sim")
    assert 0 < result.mismatches <= result.ties


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("classifier.v", "if (advance) scores2", "if (1'h1) scores2"), "the result changed"),
        (("manifest.json", '"latency_cycles": 4', '"latency_cycles": 5'), "took 4 cycles, not 5"),
        (("manifest.json", '"latency_cycles": 4', '"latency_cycles": 3'), "has no result after 3 cycles"),
        (
            ("classifier.v", "words__ready = result__ready", "words__ready = 1'h0; // "),
            "no sample was taken in 1 cycles",
        ),
        (
            ("classifier.v", "else if (words__ready) valid", "else valid"),
            "the result|no sample is in flight|took|no answer",
        ),
        (("classifier.v", "if (rst) valid", "if (1'h0) valid"), "no sample is in flight|took"),
    ],
    ids=["not held", "early", "late", "never ready", "valid runs on", "no reset"],
)
def test_a_broken_stream_is_a_sentence(tmp_path, change, sentence):
    rtl = emitted(tmp_path / "rtl", change)
    with pytest.raises(GatewrightError, match=rf"({sentence}).*sim\.log"):
        simulate(small(), rtl, WORDS, tmp_path / "sim")


def test_stale_verilog_is_refused_by_name(tmp_path):
    other = random_graph(np.random.default_rng(0))
    with pytest.raises(GatewrightError, match="rtl is stale"):
        simulate(other, emitted(tmp_path / "rtl"), WORDS, tmp_path / "sim")


@pytest.mark.parametrize("words", [np.zeros((0, 2), int), [[0, 9]], [[0]]])
def test_words_that_cannot_be_simulated_are_refused(tmp_path, words):
    with pytest.raises(GatewrightError, match="words"):
        simulate(small(), emitted(tmp_path / "rtl"), words, tmp_path / "sim")


@pytest.mark.timeout(300)
def test_verilator_agrees_and_sees_a_fault(tmp_path):
    graph = small()
    rtl = emitted(tmp_path / "rtl", ("classifier.v", " > round1_0_score", " >= round1_0_score"))
    result = simulate(graph, rtl, WORDS, tmp_path / "sim", simulator="verilator")
    assert (result.simulator, result.vectors) == ("verilator", 64)
    assert 0 < result.mismatches <= result.ties
