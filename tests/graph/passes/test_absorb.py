import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.passes.absorb import absorb
from tests import naive
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs


def test_a_gate_goes_into_its_reader():
    graph = build([(0b1000, (2, 3)), (0b0110, (5, 4))], [[6], [2]])
    # The reader's own operand is in front: c xor (a and b).
    assert listed(absorb(graph)) == [(0b01111000, (4, 2, 3))]


def test_a_gate_goes_into_every_reader_or_stays():
    gates = [(0b0110, (2, 3)), (0b1000, (7, 4)), (0b1110, (7, 5)), (0b1000_0000, (7, 5, 6))]
    assert [len(operands) for _, operands in listed(absorb(build(gates, [[8, 9], [10]], inputs=5)))] == [3, 3, 4]
    assert len(listed(absorb(build(gates, [[8, 9], [10]], inputs=5), width=3))) == 4


def test_a_gate_that_a_group_counts_stays():
    graph = build([(0b1000, (2, 3)), (0b0110, (5, 4))], [[6], [5]])
    assert absorb(graph) == graph


def test_what_cancels_out_is_dropped():
    # (a xor b) xor b is a.
    graph = absorb(build([(0b0110, (2, 3)), (0b0110, (5, 3))], [[6], [2]]))
    assert listed(graph) == [(0b10, (2,))]
    graph = absorb(build([(0b0110, (2, 3)), (0b1001, (2, 3)), (0b1000, (5, 6))], [[7], [2]]))
    assert listed(graph) == []
    assert counted(graph) == [[0], [2]]


@pytest.mark.parametrize("length", [2, 50, 3000])
def test_a_chain_becomes_as_few_gates_as_its_inputs_allow(length):
    # XOR of two inputs over and over: however long, it is one table of both.
    chain = absorb(build([(0b0110, (4 + i if i else 3, 2 + i % 2)) for i in range(length)], [[4 + length], [2]]))
    assert chain.gates <= 1


@given(graphs(ring=True), st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_no_gate_is_wider_than_allowed_unless_it_was_and_nothing_more_fits(graph, width):
    absorbed = absorb(graph, width)
    before = max((len(operands) for _, operands in listed(graph)), default=0)
    assert max((len(operands) for _, operands in listed(absorbed)), default=0) <= max(width, before)
    rows = naive.patterns(graph.inputs)
    assert naive.scores(absorbed, rows) == naive.scores(graph, rows)
    assert absorb(absorbed, width) == absorbed
    gates, kept = listed(absorbed), {net for group in counted(absorbed) for net in group}
    for j, (_, operands) in enumerate(gates):
        net = absorbed.first_gate + j
        readers = [read for _, read in gates if net in read]
        if net not in kept and readers:
            assert any(len({*read, *operands} - {net}) > width for read in readers)


@pytest.mark.parametrize("width", [0, 7])
def test_refuses_a_width_that_no_gate_has(width):
    with pytest.raises(GatewrightError, match=f"{width} operands wide"):
        absorb(build([], [[2], [3]]), width)
