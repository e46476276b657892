import pytest
from hypothesis import given, settings

from gatewright.graph.passes import sweep as module
from gatewright.graph.passes.sweep import sweep
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs


def test_only_what_is_counted_stays():
    graph = build([(0b0110, (2, 3)), (0b1000, (5, 4)), (0b1110, (5, 4))], [[7], [2]])
    assert listed(sweep(graph)) == [(0b0110, (2, 3)), (0b1110, (5, 4))]


def test_a_gate_that_only_dead_gates_read_is_dead():
    graph = build([(0b0110, (2, 3)), (0b1000, (5, 4)), (0b10, (2,)), (0b01, (6,))], [[7], [1, 4]])
    swept = sweep(graph)
    assert listed(swept) == [(0b10, (2,))]
    assert counted(swept) == [[5], [1, 4]]


def test_everything_may_be_dead():
    swept = sweep(build([(0b0110, (2, 3))], [[2], [0]]))
    assert (swept.gates, swept.operands.shape) == (0, (0, 0))


@pytest.mark.parametrize("short", [0, 1000])
@given(graph=graphs(ring=True))
@settings(deadline=None, max_examples=50)
def test_what_is_left_is_what_a_walk_from_the_groups_meets(short, graph):
    met, todo = set(), [net for group in counted(graph) for net in group]
    while todo:
        net = todo.pop()
        if net >= graph.first_gate and net not in met:
            met.add(net)
            todo += graph.gate(net - graph.first_gate).operands
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SHORT", short)
        patch.setattr(module, "_BLOCK", 5)
        swept = sweep(graph)
    kept = [graph.gate(net - graph.first_gate) for net in sorted(met)]
    assert [(gate.table, len(gate.operands)) for gate in kept] == [(t, len(o)) for t, o in listed(swept)]
