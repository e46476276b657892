import numpy as np

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import levels, runs
from gatewright.graph.stats import stats
from tests.graphs import identity, random_graph

GATES = [(0b0110, (2, 3)), (0b01, (5,)), (0b0110, (6, 5)), (0x96, (2, 3, 7)), (0b10, (1,))]


def test_counts():
    graph = GateGraph.build(identity(3), GATES, [[8, 8, 1], [5, 0]])
    result = stats(graph)
    assert result.kinds == {"xor": 2, "not": 1, "buffer": 1, "fan-in 3": 1}
    assert (result.gates, result.inputs_used, result.depth, result.counted, result.max_fan_out) == (5, 2, 4, 3, 3)


def test_a_graph_without_gates():
    result = stats(GateGraph.build(identity(2), [], [[2], [1]]))
    assert (result.gates, result.depth, result.inputs_used, result.kinds) == (0, 0, 1, {})


def test_runs_cover_the_gates_and_hold_no_dependency():
    for seed in range(20):
        graph = random_graph(np.random.default_rng(seed), layers=4, fan_in=3)
        covered = []
        for run in runs(graph):
            assert graph.operands[run].max() < graph.first_gate + run.start
            covered += range(run.start, run.stop)
        assert covered == list(range(graph.gates))


def test_levels_equal_the_definition():
    for seed in range(20):
        graph = random_graph(np.random.default_rng(seed), layers=4, fan_in=3)
        level = levels(graph)
        for j in range(graph.gates):
            gate = graph.gate(j)
            assert level[gate.net] == 1 + max(level[n] for n in gate.operands)
        assert not level[: graph.first_gate].any()
