from gatewright.graph.graph import GateGraph
from gatewright.graph.stats import inputs_read, stats
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


def test_inputs_are_read_from_every_position():
    graph = GateGraph.build(identity(6), [(0b0110, (2, 3))], [[8], [1]], positions=(1, 5))
    result = stats(graph)
    # From position 1 the bits 1 and 2, from position 5 the bits 5 and 0.
    assert (result.inputs_used, result.max_fan_out) == (4, 1)
    assert inputs_read(graph).tolist() == [2, 3, 4, 5, 6, 7]
    assert inputs_read(GateGraph.build(identity(6), [(0b0110, (2, 4))], [[8], [1]])).tolist() == [2, 4]
