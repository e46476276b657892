from hypothesis import given, settings

from gatewright.graph.passes.bias import bias
from gatewright.graph.passes.merge import merge
from tests.graph.passes.lists import build, counted
from tests.graphs import graphs


def test_a_gate_and_its_complement_in_one_group_are_one():
    graph = build([(0b0110, (2, 3)), (0b1001, (2, 3))], [[5, 6, 4], [5, 2]])
    assert counted(bias(graph)) == [[4, 1], [5, 2]]


def test_an_input_and_its_inverter_are_one():
    assert counted(bias(build([(0b01, (2,))], [[2, 5, 3], [3]]))) == [[3, 1], [3]]


def test_as_often_as_both_are_listed():
    graph = build([(0b0110, (2, 3)), (0b1001, (2, 3))], [[5, 6, 5, 6, 5, 3], [2]])
    assert counted(bias(graph)) == [[5, 3, 1, 1], [2]]


def test_complements_in_different_groups_stay():
    graph = build([(0b0110, (2, 3)), (0b1001, (2, 3))], [[5, 5], [6, 6]])
    assert counted(bias(graph)) == [[5, 5], [6, 6]]


def test_tables_of_other_nets_are_no_complements():
    graph = build([(0b0110, (2, 3)), (0b1001, (2, 4)), (0b0111, (2, 3))], [[5, 6, 7], [2]])
    assert bias(graph) == graph


@given(graphs(ring=True))
@settings(deadline=None)
def test_afterwards_no_group_counts_two_complements(graph):
    graph = bias(merge(graph))
    for group in counted(graph):
        gates = [graph.gate(net - graph.first_gate) for net in group if net >= graph.first_gate]
        listed = {(gate.table, gate.operands) for gate in gates}
        assert not any((2**2 ** len(operands) - 1 - table, operands) in listed for table, operands in listed)
