from gatewright.graph.graph import GateGraph
from gatewright.graph.stats import stats
from tests.graphs import identity

GATES = [(0b0110, (2, 3)), (0b01, (5,)), (0b0110, (6, 5)), (0x96, (2, 3, 7)), (0b10, (1,))]


def test_counts():
    graph = GateGraph.build(identity(3), GATES, [[8, 8, 1], [5, 0]])
    result = stats(graph)
    assert result.kinds == {"xor": 2, "not": 1, "buffer": 1, "fan-in 3": 1}
    assert (result.gates, result.inputs_used, result.depth, result.counted, result.max_fan_out) == (5, 2, 4, 3, 3)


def test_a_graph_without_gates():
    result = stats(GateGraph.build(identity(2), [], [[2], [1]]))
    assert (result.gates, result.depth, result.inputs_used, result.kinds) == (0, 0, 1, {})
