import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.passes import merge as module
from gatewright.graph.passes.merge import merge
from tests import naive
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs


def test_commuted_operands_are_known():
    graph = build([(0b0010, (2, 3)), (0b0100, (3, 2)), (0b0110, (5, 6))], [[5], [6, 7]])
    merged = merge(graph)
    assert listed(merged) == [(0b0010, (2, 3)), (0b0110, (5, 5))]
    assert counted(merged) == [[5], [5, 6]]


def test_equal_gates_become_equal_operands_of_what_reads_them():
    # Two equal cones, three levels high.
    gates = [(6, (2, 3)), (6, (3, 2)), (8, (5, 4)), (8, (4, 6)), (14, (7, 2)), (14, (2, 8))]
    merged = merge(build(gates, [[9], [10]]))
    assert listed(merged) == [(6, (2, 3)), (8, (4, 5)), (14, (2, 6))]
    assert counted(merged) == [[7], [7]]


def test_a_complement_becomes_an_inverted_read():
    # AND of XOR and XNOR of the same nets, the second one written with commuted operands.
    merged = merge(build([(0b0110, (2, 3)), (0b1001, (3, 2)), (0b1000, (5, 4)), (0b1000, (6, 4))], [[7], [8]]))
    assert listed(merged) == [(0b0110, (2, 3)), (0b1000, (4, 5)), (0b0100, (4, 5))]


@pytest.mark.parametrize("kept", [5, 6])
def test_the_side_that_a_group_counts_is_kept(kept):
    merged = merge(build([(0b0110, (2, 3)), (0b1001, (2, 3)), (0b1000, (5, 2)), (0b1000, (6, 2))], [[kept], [7, 8]]))
    assert listed(merged)[0] == ((0b0110, 0b1001)[kept - 5], (2, 3))
    assert merged.gates == 3
    assert counted(merged) == [[5], [6, 7]]


def test_both_sides_are_kept_side_by_side_where_groups_count_both():
    graph = build([(0b0110, (2, 3)), (0b1001, (2, 3)), (0b1000, (6, 2))], [[5, 7], [6]])
    merged = merge(graph)
    assert listed(merged) == [(0b0110, (2, 3)), (0b1001, (2, 3)), (0b0100, (2, 5))]
    assert counted(merged) == [[5, 7], [6]]


@given(graphs(ring=True), st.sampled_from([0, 1000]))
@settings(deadline=None)
def test_short_and_long_runs_are_merged_alike(graph, short):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SHORT", short)
        other = merge(graph)
    assert merge(graph) == other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0b0110, (2, 3)), (0b0110, (2, 4))),
        ((0b0010, (2, 3)), (0b0010, (3, 2))),
        # One table of one net, and the same number as a table of two.
        ((0b10, (2,)), (0b10, (0, 2))),
        # Tables that differ in their upper half alone.
        ((1 << 63 | 1, (2, 3, 4, 2, 3, 4)), (1, (2, 3, 4, 2, 3, 4))),
        ((1 << 31 | 1, (2, 3, 4, 2, 3)), (1, (2, 3, 4, 2, 3))),
    ],
)
def test_gates_that_differ_are_kept_apart(first, second):
    merged = merge(build([first, second], [[5], [6]]))
    assert merged.gates == 2
    assert counted(merged) == [[5], [6]]


@given(st.integers(2, 6), st.data())
@settings(deadline=None, max_examples=50)
def test_a_gate_is_merged_with_itself_under_every_order_of_its_operands(fan_in, data):
    table = data.draw(st.integers(0, 2**2**fan_in - 1))
    orders = list(itertools.permutations(range(fan_in)))
    gates = []
    for order in [tuple(range(fan_in)), *data.draw(st.lists(st.sampled_from(orders), min_size=1, max_size=5))]:
        permuted = 0
        for row in itertools.product((0, 1), repeat=fan_in):
            pattern = int("".join(map(str, row)), 2)
            own = int("".join(str(row[i]) for i in order), 2)
            permuted |= (table >> pattern & 1) << own
        gates.append((permuted, tuple(2 + i for i in order)))
    graph = build(gates, [range(2 + fan_in, 2 + fan_in + len(gates)), [2]], inputs=fan_in)
    assert listed(merge(graph)) == gates[:1]
    rows = naive.patterns(fan_in)
    assert naive.scores(merge(graph), rows) == naive.scores(graph, rows)


@given(graphs(ring=True))
@settings(deadline=None)
def test_operands_rise_and_no_gate_occurs_twice(graph):
    gates = listed(merge(graph))
    assert all(list(operands) == sorted(operands) for _, operands in gates)
    assert len(set(gates)) == len(gates)
