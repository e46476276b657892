import numpy as np
import pytest
from hypothesis import given

from gatewright.report.cone import cones, readers
from gatewright.report.source import source
from tests.graphs import encoders, graphs, random_encoder, random_graph


def dependence(graph, position=0):
    """For each net, the features that it depends on from a position, one net after another."""
    ring = graph.encoder.feature.tolist()
    found = [set(), set(), *({feature} for feature in ring[position:] + ring[:position])]
    for index in range(graph.gates):
        found.append(set().union(*(found[operand] for operand in graph.gate(index).operands)))
    return found


@given(graphs(encoder=encoders(), ring=True))
def test_readers_are_counted_through_the_whole_network(graph):
    seen = [dependence(graph, position) for position in graph.positions]
    counted, own = readers(graph, source(graph)), range(graph.first_gate, graph.nets)
    for feature in range(graph.encoder.features):
        assert counted.gates[feature] == sum(feature in found[net] for found in seen for net in own)
        for index, group in enumerate(graph.groups):
            assert counted.votes[index, feature] == sum(feature in found[net] for found in seen for net in group)


@pytest.mark.parametrize("features", [63, 64, 65, 130])
def test_more_features_than_a_word_has_bits(features):
    rng = np.random.default_rng(features)
    graph = random_graph(rng, width=200, encoder=random_encoder(rng, features, 2, 2))
    found = dependence(graph)
    expected = [
        sum(feature in found[net] for net in range(graph.first_gate, graph.nets)) for feature in range(features)
    ]
    assert readers(graph, source(graph)).gates.tolist() == expected


def behind(graph, net):
    """The gates and inputs behind a net."""
    todo, seen = [net], set()
    while todo:
        one = todo.pop()
        if one > 1 and one not in seen:
            seen.add(one)
            todo += graph.gate(one - graph.first_gate).operands if one >= graph.first_gate else []
    return seen


@given(graphs(encoder=encoders()))
def test_a_small_network_is_its_own_cone(graph):
    counts = any((group > 1).any() for group in graph.groups)
    whole = cones(graph, 10_000, 10_000, 1)
    assert len(whole) == counts
    if not counts:
        return
    [found] = whole
    assert found.whole
    counted = {int(net) for group in graph.groups for net in group if net > 1}
    assert set(found.gates) | set(found.leaves) == set().union(*(behind(graph, net) for net in counted))
    assert {net for net, _ in found.roots} == counted
    for net, classes in found.roots:
        assert classes == tuple(index for index, group in enumerate(graph.groups) if net in group)


@given(graphs(max_layers=4, max_width=12))
def test_cones_are_bounded_and_closed(graph):
    counting = [index for index, group in enumerate(graph.groups) if (group > 1).any()]
    several = cones(graph, 5, 6, 10)
    if not any(found.whole for found in several):
        assert [found.roots[0][1][0] for found in several] == counting
        assert [found.roots for found in cones(graph, 5, 6, 1)] == [found.roots for found in several[:1]]
    for found in several:
        assert len(found.gates) <= 5
        inside = set(found.gates) | set(found.leaves)
        if any(net >= graph.first_gate for net in found.leaves):
            # What is not followed to its inputs is the cone of one net, the last that the class counts.
            [chosen] = {index for _, classes in found.roots for index in classes}
            assert int(graph.groups[chosen].max()) in dict(found.roots)
            assert not found.whole
        for net in found.gates:
            assert {operand for operand in graph.gate(net - graph.first_gate).operands if operand > 1} <= inside
        if not found.whole:
            assert len({index for _, classes in found.roots for index in classes}) == 1


def test_a_single_cone_that_is_too_large_is_cut():
    graph = random_graph(np.random.default_rng(5), inputs=64, layers=5, width=64, fan_in=4, per_class=3)
    for found in cones(graph, 7, 3, 10):
        assert len(found.gates) == 7
        assert any(net >= graph.first_gate for net in found.leaves)
        assert len(found.roots) == 1
