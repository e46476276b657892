import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph import schedule
from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import levels, runs
from tests.graphs import graphs, identity


def naive_runs(graph):
    """Begin a new run at every gate that reads a gate of the present one."""
    cuts = []
    for j in range(graph.gates):
        if not cuts or max(graph.gate(j).operands) >= graph.first_gate + cuts[-1]:
            cuts.append(j)
    stops = [*cuts[1:], graph.gates][: len(cuts)]
    return [slice(start, stop) for start, stop in zip(cuts, stops, strict=True)]


def naive_levels(graph):
    level = [0] * graph.first_gate
    for j in range(graph.gates):
        level.append(1 + max(level[operand] for operand in graph.gate(j).operands))
    return level


@given(graphs(max_layers=6), st.integers(1, 40))
@settings(deadline=None)
def test_runs_are_the_longest_without_a_dependency_whatever_the_block(graph, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule, "_BLOCK", block)
        assert list(runs(graph)) == naive_runs(graph)


@given(graphs(max_layers=6))
@settings(deadline=None)
def test_levels_equal_the_definition(graph):
    assert levels(graph).tolist() == naive_levels(graph)


def test_a_layered_network_has_one_run_a_layer():
    layers = [[(0b0110, (n, n + 1)) for n in range(start, start + 9_999)] for start in (2, 10_002)]
    graph = GateGraph.build(identity(10_000), layers[0] + layers[1][:9_998], [[20_001], [20_002]])
    assert list(runs(graph)) == [slice(0, 9_999), slice(9_999, 19_997)]
    assert levels(graph)[10_002:].tolist() == [1] * 9_999 + [2] * 9_998


def test_a_chain_has_one_run_a_gate():
    graph = GateGraph.build(identity(1), [(0b01, (2 + i,)) for i in range(5_000)], [[5_002], [2]])
    assert list(runs(graph)) == [slice(i, i + 1) for i in range(5_000)]
    assert levels(graph)[2:].tolist() == list(range(5_001))


def test_without_gates_there_is_no_run():
    graph = GateGraph.build(identity(2), [], [[2], [3]])
    assert list(runs(graph)) == []
    assert levels(graph).tolist() == [0, 0, 0, 0]
