import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings

from gatewright.errors import GatewrightError
from gatewright.graph import evaluate as module
from gatewright.graph.evaluate import evaluate
from tests import naive
from tests.graphs import encoders, graphs, random_graph


@given(graphs())
@settings(deadline=None)
def test_equals_the_naive_reference_on_every_pattern(graph):
    rows = naive.patterns(graph.inputs)
    assert evaluate(graph, rows).tolist() == naive.scores(graph, rows)


@given(graphs(encoder=encoders()))
@settings(deadline=None, max_examples=30)
def test_scores_go_through_the_encoder(graph):
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**graph.encoder.word_width, (20, graph.encoder.features))
    assert graph.scores(words).tolist() == naive.scores(graph, [naive.bits(graph, row) for row in words])


@pytest.mark.parametrize("samples", [0, 1, 63, 64, 65, 200])
def test_any_number_of_samples(samples, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_BYTES", 64)
    graph = random_graph(np.random.default_rng(3), inputs=9)
    rows = np.random.default_rng(4).integers(0, 2, (samples, 9))
    assert graph(rows).tolist() == naive.scores(graph, rows)
    assert graph(rows).shape == (samples, 3)


@pytest.mark.parametrize(("fan_in", "layers", "per_class"), [(2, 4, 50), (6, 1, 50), (6, 1, 2000)])
def test_memory_is_bounded_whatever_the_fan_in_and_the_number_of_samples(fan_in, layers, per_class, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_BYTES", 1 << 20)
    graph = random_graph(np.random.default_rng(0), width=200, layers=layers, fan_in=fan_in, per_class=per_class)
    rows = np.random.default_rng(1).integers(0, 2, (40_000, 8)).astype(np.bool_)
    tracemalloc.start()
    try:
        scores = evaluate(graph, rows)
        beside = tracemalloc.get_traced_memory()[1] - 2 * scores.nbytes
    finally:
        tracemalloc.stop()
    assert beside < 2 << 20


def test_random_graphs_contain_what_breaks_things():
    drawn = [random_graph(np.random.default_rng(seed)) for seed in range(60)]
    operands = [graph.gate(j).operands for graph in drawn for j in range(graph.gates)]
    assert any(0 in o for o in operands)
    assert any(1 in o for o in operands)
    assert any(len(set(o)) < len(o) for o in operands)
    assert any(group.tolist() == [0] for graph in drawn for group in graph.groups)
    assert any(1 in group for graph in drawn for group in graph.groups)
    assert any(len(set(group.tolist())) < len(group) for graph in drawn for group in graph.groups)
    assert any(graph.groups[0].tolist() == graph.groups[-1].tolist() for graph in drawn)


@pytest.mark.parametrize("bits", [np.zeros((2, 7)), np.zeros(8), np.full((1, 8), 2), np.full((1, 8), np.nan)])
def test_refuses_what_are_no_bits(bits):
    with pytest.raises(GatewrightError, match=r"bits"):
        evaluate(random_graph(np.random.default_rng(0)), bits)
