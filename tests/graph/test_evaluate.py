import sys
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings

from gatewright.errors import GatewrightError
from gatewright.graph import evaluate as module
from gatewright.graph.compiled import by_kernels
from gatewright.graph.evaluate import by_numpy, evaluate
from gatewright.graph.graph import GateGraph
from tests import naive
from tests.graphs import encoders, graphs, identity, random_graph

BOTH = pytest.mark.parametrize("by", [by_numpy, by_kernels])


@BOTH
@given(graph=graphs())
@settings(deadline=None)
def test_equals_the_naive_reference_on_every_pattern(by, graph):
    rows = naive.patterns(graph.inputs)
    expected = naive.scores(graph, rows)
    assert evaluate(graph, rows).tolist() == expected
    assert by(graph, np.array(rows, dtype=np.bool_)).tolist() == expected


@given(graphs(encoder=encoders(), ring=True))
@settings(deadline=None, max_examples=30)
def test_scores_go_through_the_encoder(graph):
    rng = np.random.default_rng(0)
    words = rng.integers(0, 2**graph.encoder.word_width, (20, graph.encoder.features))
    assert graph.scores(words).tolist() == naive.scores(graph, [naive.bits(graph, row) for row in words])


@BOTH
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(
    ("samples", "inputs"), [(0, 9), (1, 9), (63, 64), (64, 70), (65, 9), (200, 200), (511, 65), (513, 130)]
)
def test_any_number_of_samples_and_inputs_in_any_order(by, order, samples, inputs, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_BYTES", 64)
    graph = random_graph(np.random.default_rng(3), inputs=inputs, fan_in=4)
    rows = np.asarray(np.random.default_rng(4).integers(0, 2, (samples, inputs)).astype(np.bool_), order=order)
    assert by(graph, rows).tolist() == naive.scores(graph, rows.astype(int))
    assert by(graph, rows).shape == (samples, 3)


def test_bits_that_are_neither_rows_nor_columns_of_memory():
    graph = random_graph(np.random.default_rng(3), inputs=70)
    rows = np.random.default_rng(4).integers(0, 2, (130, 140)).astype(np.bool_)[::2, ::2]
    assert by_kernels(graph, rows).tolist() == naive.scores(graph, rows.astype(int))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 63, 64, 1000, 5000])
def test_counts_of_any_size(size):
    # Net 1 counts each time, the input now and then.
    graph = GateGraph.build(identity(1), [], [[1] * size + [2] * 3, [2] * size])
    assert by_kernels(graph, np.array([[False], [True]])).tolist() == [[size, 0], [size + 3, size]]


def test_kernels_take_over_once_they_pay(monkeypatch):
    graph = random_graph(np.random.default_rng(0))
    monkeypatch.delitem(sys.modules, "gatewright.graph.compiled", raising=False)
    assert module._kernels(module._WORTH_LOADING - 1) is None
    assert module._kernels(module._WORTH_LOADING).__name__ == "by_kernels"
    monkeypatch.setitem(sys.modules, "gatewright.graph.compiled", None)
    assert module._kernels(module._WORTH_LOADING) is None
    rows = np.zeros((3, 8))
    assert graph(rows).tolist() == naive.scores(graph, rows.astype(int))


@pytest.mark.parametrize(("fan_in", "layers", "per_class"), [(2, 4, 50), (6, 1, 50), (6, 1, 2000)])
def test_memory_is_bounded_whatever_the_fan_in_and_the_number_of_samples(fan_in, layers, per_class, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_BYTES", 1 << 20)
    graph = random_graph(np.random.default_rng(0), width=200, layers=layers, fan_in=fan_in, per_class=per_class)
    rows = np.random.default_rng(1).integers(0, 2, (40_000, 8)).astype(np.bool_)
    tracemalloc.start()
    try:
        scores = by_numpy(graph, rows)
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
