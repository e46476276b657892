from hypothesis import given, settings

from gatewright.graph.passes.wire import wire
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs


def test_a_chain_of_inverters_is_absorbed():
    graph = build([(0b01, (2,)), (0b01, (5,)), (0b01, (6,)), (0b1000, (7, 3))], [[8], [7]])
    assert listed(wire(graph)) == [(0b01, (2,)), (0b0010, (2, 3))]


def test_a_buffer_is_read_past_by_gates_and_groups():
    graph = build([(0b10, (3,)), (0b10, (5,)), (0b0110, (6, 2))], [[7, 6], [5]])
    wired = wire(graph)
    assert listed(wired) == [(0b0110, (3, 2))]
    assert counted(wired) == [[5, 3], [3]]


def test_an_inverter_that_a_group_counts_stays_and_is_read_past():
    graph = build([(0b01, (2,)), (0b0110, (5, 3))], [[5, 5], [6]])
    wired = wire(graph)
    assert listed(wired) == [(0b01, (2,)), (0b1001, (2, 3))]
    assert counted(wired) == [[5, 5], [6]]


def test_an_inverter_that_a_group_counts_becomes_the_complement_of_its_gate():
    graph = build([(0b0111, (2, 3)), (0b01, (5,)), (0b01, (6,)), (0b01, (7,))], [[6, 8], [5, 7]])
    wired = wire(graph)
    assert listed(wired) == [(0b0111, (2, 3)), (0b1000, (2, 3)), (0b1000, (2, 3))]
    assert counted(wired) == [[6, 7], [5, 5]]


def test_an_even_number_of_inverters_is_a_wire():
    graph = build([(0b01, (4,)), (0b01, (5,))], [[6], [2]])
    wired = wire(graph)
    assert listed(wired) == []
    assert counted(wired) == [[4], [2]]


def test_every_operand_of_a_wide_gate_may_be_inverted():
    # AND of three becomes AND of their complements, which is NOR.
    graph = build([(0b01, (2,)), (0b01, (3,)), (0b01, (4,)), (0b10000000, (5, 6, 7))], [[8], [2]])
    assert listed(wire(graph)) == [(0b00000001, (2, 3, 4))]


@given(graphs(ring=True))
@settings(deadline=None)
def test_no_gate_reads_a_buffer_or_an_inverter(graph):
    wired = wire(graph)
    gates = listed(wired)
    counts = {net for group in counted(wired) for net in group}
    for j, (table, operands) in enumerate(gates):
        read = [gates[net - wired.first_gate] for net in operands if net >= wired.first_gate]
        assert not any(len(of) == 1 and value in (0b01, 0b10) for value, of in read)
        if len(operands) == 1 and table in (0b01, 0b10):
            assert table == 0b01
            assert wired.first_gate + j in counts
