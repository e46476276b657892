from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.turns import interval, lanes, listed, places, rounds, standing
from tests.graphs import identity


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=2, max_size=4), st.integers(1, 40))
def test_turns_are_a_power_of_two_and_hold_every_net(groups, most):
    graph, pipeline = GateGraph.build(identity(8), [], [group or [0] for group in groups]), Pipeline(lanes=most)
    count, wide = rounds(graph, pipeline), lanes(graph, pipeline)
    longest = max(sum(net > 1 for net in group) for group in groups)
    assert places(graph) == longest
    if not longest:
        assert count == wide == 0
        return
    assert wide <= most
    assert count * wide >= longest > count * (wide - 1)
    assert count & count - 1 == 0
    # Half as many turns would need more lanes than there may be.
    assert count == 1 or -(-longest // (count // 2)) > most


def test_constants_are_no_nets():
    graph = GateGraph.build(identity(5), [], [[4, 1, 4, 0, 2], [0, 1], [3]])
    assert [listed(group).tolist() for group in graph.groups] == [[4, 4, 2], [], [3]]
    assert [rounds(graph, Pipeline(lanes=n)) for n in (0, 1, 2, 3, 9)] == [0, 4, 2, 1, 1]
    assert lanes(graph, Pipeline(lanes=2)) == 2
    assert rounds(GateGraph.build(identity(1), [], [[1], [0]]), Pipeline(lanes=1)) == 0


def test_a_ring_that_turns_back_takes_what_is_left_of_a_turn_and_a_cycle():
    graph = replace(GateGraph.build(identity(9), [], [[2, 3], [4]]), positions=(0, 2, 7))
    for width in (1, 2):
        pipeline = Pipeline(lanes=width)
        one = interval(graph, pipeline, 1)
        assert one == 1 + 7 + 3 * standing(graph, pipeline, 1)
        assert interval(graph, pipeline, 1, back=True) == one + 3
    assert interval(replace(graph, positions=(0,)), Pipeline(), 1, back=True) == 1
