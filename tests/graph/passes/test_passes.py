"""What every pass promises, on random graphs and every input pattern."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.fold import fold
from gatewright.graph.passes.merge import merge
from gatewright.graph.passes.optimise import PASSES, optimise
from gatewright.graph.passes.sweep import sweep
from gatewright.graph.passes.wire import wire
from tests import naive
from tests.graphs import graphs, identity, random_graph

STEPS = (*dict.fromkeys(PASSES), optimise)


@given(graphs(), st.sampled_from(STEPS))
@settings(deadline=None, max_examples=300)
def test_same_scores_idempotent_and_never_larger(graph, step):
    smaller = step(graph)
    rows = naive.patterns(graph.inputs)
    assert naive.scores(smaller, rows) == naive.scores(graph, rows)
    assert step(smaller) == smaller
    assert smaller.gates <= graph.gates
    assert sum(len(g) for g in smaller.groups) <= sum(len(g) for g in graph.groups)
    assert (smaller.provenance, smaller.class_names) == (graph.provenance, graph.class_names)


@given(graphs())
@settings(deadline=None, max_examples=50)
def test_after_optimise_no_pass_finds_anything(graph):
    smallest = optimise(graph)
    assert all(step(smallest) == smallest for step in PASSES)


def test_the_hook_sees_every_pass():
    seen = []
    optimise(random_graph(np.random.default_rng(0)), lambda name, graph: seen.append((name, graph.gates)))
    assert [name for name, _ in seen[: len(PASSES)]] == [step.__name__ for step in PASSES]
    assert seen[-1][1] < seen[0][1] or seen[-1][1] <= 32


def build(gates, groups, inputs=3):
    return GateGraph.build(identity(inputs), gates, groups)


def listed(graph):
    return [(graph.gate(j).table, graph.gate(j).operands) for j in range(graph.gates)]


def test_fold_follows_constants_through_gates():
    graph = build([(0b0000, (2, 3)), (0b0111, (5, 4)), (0b1000, (6, 2))], [[7], [6]])
    folded = fold(graph)
    assert listed(folded) == [(0b10, (2,))]
    assert [g.tolist() for g in folded.groups] == [[5], [1]]


@pytest.mark.parametrize(("table", "left"), [(0b0110, []), (0b1000, [(0b10, (2,))]), (0b0001, [(0b01, (2,))])])
def test_fold_ties_equal_operands(table, left):
    assert listed(fold(build([(table, (2, 2))], [[5], [3]]))) == left


def test_fold_keeps_one_zero_in_a_group_that_never_scores():
    folded = fold(build([(0b0000, (2, 3))], [[5, 0, 5], [2, 0, 1]]))
    assert [g.tolist() for g in folded.groups] == [[0], [2, 1]]


def test_wire_absorbs_a_chain_of_inverters():
    graph = build([(0b01, (2,)), (0b01, (5,)), (0b01, (6,)), (0b1000, (7, 3))], [[8], [7]])
    assert listed(wire(graph)) == [(0b01, (2,)), (0b0010, (2, 3))]


def test_merge_knows_commuted_operands():
    graph = build([(0b0010, (2, 3)), (0b0100, (3, 2)), (0b0110, (5, 6))], [[5], [6, 7]])
    merged = merge(graph)
    assert listed(merged) == [(0b0010, (2, 3)), (0b0110, (5, 5))]
    assert merged.groups[1].tolist() == [5, 6]


def test_sweep_keeps_only_what_is_counted():
    graph = build([(0b0110, (2, 3)), (0b1000, (5, 4)), (0b1110, (5, 4))], [[7], [2]])
    assert listed(sweep(graph)) == [(0b0110, (2, 3)), (0b1110, (5, 4))]
