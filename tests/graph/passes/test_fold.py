import pytest
from hypothesis import given, settings

from gatewright.graph.passes.fold import fold
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs


def test_constants_are_followed_through_gates():
    graph = build([(0b0000, (2, 3)), (0b0111, (5, 4)), (0b1000, (6, 2))], [[7], [6]])
    folded = fold(graph)
    assert listed(folded) == [(0b10, (2,))]
    assert counted(folded) == [[5], [1]]


@pytest.mark.parametrize(("table", "left"), [(0b0110, []), (0b1000, [(0b10, (2,))]), (0b0001, [(0b01, (2,))])])
def test_equal_operands_are_tied(table, left):
    assert listed(fold(build([(table, (2, 2))], [[5], [3]]))) == left


@pytest.mark.parametrize(
    ("table", "operands", "left"),
    [
        (0b1100, (2, 3), (0b10, (2,))),
        (0b0101, (2, 3), (0b01, (3,))),
        # Majority with a constant is AND or OR; with an operand twice it is that operand.
        (0b11101000, (0, 2, 3), (0b1000, (2, 3))),
        (0b11101000, (2, 1, 3), (0b1110, (2, 3))),
        (0b11101000, (2, 3, 2), (0b10, (2,))),
        # The first operand of six selects the second or the third.
        (0xFFFF_0000_FF00_FF00, (0, 2, 4, 3, 2, 3), (0b10, (4,))),
        (0xFFFF_0000_FF00_FF00, (1, 2, 4, 3, 2, 3), (0b10, (2,))),
    ],
)
def test_a_gate_keeps_the_operands_that_it_depends_on(table, operands, left):
    assert listed(fold(build([(table, operands)], [[5], [2]]))) == [left]


@given(graphs(ring=True))
@settings(deadline=None)
def test_every_operand_that_is_left_is_a_different_net_that_matters(graph):
    folded = fold(graph)
    for table, operands in listed(folded):
        assert len(set(operands)) == len(operands)
        assert not {0, 1} & set(operands)
        for column in range(len(operands)):
            flipped = [i ^ 1 << column for i in range(2 ** len(operands))]
            assert any(table >> i & 1 != table >> j & 1 for i, j in enumerate(flipped))


def test_one_zero_stays_in_a_group_that_never_scores():
    folded = fold(build([(0b0000, (2, 3))], [[5, 0, 5], [2, 0, 1]]))
    assert counted(folded) == [[0], [2, 1]]
