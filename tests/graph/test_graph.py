import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph, Provenance, argmax
from tests import naive
from tests.graphs import graphs, identity, random_graph


def build(gates=((0b0110, (2, 3)),), groups=((4,), (2,)), names=None):
    return GateGraph.build(identity(2), gates, groups, names)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"gates": [(0b0110, (2, 4))]}, "Gate 0 drives net 4 but reads nets (2, 4): operands must point backwards"),
        ({"gates": [(0b0110, (2, 3)), (0b0110, (6, 2))]}, "Gate 1 drives net 5"),
        ({"gates": [(0b0110, (-1, 3))]}, "point backwards, to 0 or above"),
        ({"gates": [(0b10110, (2, 3))]}, "Gate 0 has table 0x16, but fan-in 2 leaves 4 bits."),
        ({"gates": [(0, ())]}, "A gate has fan-in 0: it must be 1 to 6."),
        ({"gates": [(0, (2,) * 7)]}, "A gate has fan-in 7: it must be 1 to 6."),
        ({"groups": [[4], []]}, "The group of class '1' is empty"),
        ({"groups": [[4], [5]]}, "The group of class '1' lists a net outside 0 to 4."),
        ({"groups": [[-1], [2]]}, "The group of class '0' lists a net outside"),
        ({"groups": [[4]]}, "a classifier needs at least two"),
        ({"names": ["a", "a"]}, "must be 2 different, non-empty strings"),
        ({"names": ["a"]}, "must be 2 different"),
        ({"names": ["a", ""]}, "non-empty"),
    ],
)
def test_a_broken_rule_is_one_sentence(arguments, sentence):
    with pytest.raises(GatewrightError) as error:
        build(**arguments)
    assert sentence in str(error.value)
    assert str(error.value).endswith(".")


def test_padding_in_front_must_be_net_0():
    graph = build([(0b10, (2,)), (0b0110, (2, 3))], [[4], [5]])
    assert graph.operands.tolist() == [[0, 2], [2, 3]]
    with pytest.raises(GatewrightError, match="in front of its 1 own ones"):
        dataclasses.replace(graph, operands=np.array([[3, 2], [2, 3]]))


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(GatewrightError, match="does not fit int32"):
        dataclasses.replace(build(), operands=np.array([[2.5, 3]]))
    with pytest.raises(GatewrightError, match="must hold numbers"):
        dataclasses.replace(build(), operands=np.array([["2", "3"]]))


def test_arrays_cannot_be_changed_from_outside():
    operands = np.array([[2, 3]], dtype=np.int32)
    graph = dataclasses.replace(build(), operands=operands)
    operands[0, 0] = 0
    assert graph.operands.tolist() == [[2, 3]]
    view = operands[:]
    view.flags.writeable = False
    graph = dataclasses.replace(graph, operands=view)
    operands[0, 0] = 3
    assert graph.operands.tolist() == [[0, 3]]
    with pytest.raises(ValueError, match="read-only"):
        graph.operands[0, 0] = 1


def test_the_digest_sees_the_circuit_and_its_names_but_not_the_provenance():
    graph = build()
    same = dataclasses.replace(graph, provenance=Provenance(name="other", accuracy=0.5))
    assert graph == same
    assert hash(graph) == hash(same)
    others = [
        build(gates=[(0b0111, (2, 3))]),
        build(groups=[[4], [3]]),
        build(names=["a", "b"]),
        build(gates=[(6, (3, 2))]),
    ]
    assert len({graph.digest, *(other.digest for other in others)}) == 5
    assert graph != "graph"


def test_the_width_of_the_operand_rows_does_not_matter():
    wide = dataclasses.replace(build(), operands=np.array([[0, 0, 2, 3]]))
    assert wide == build()


@given(graphs())
@settings(deadline=None, max_examples=50)
def test_labels_take_the_lowest_index_of_a_tie(graph):
    rows = naive.patterns(graph.inputs)
    assert argmax(graph(rows)).tolist() == [naive.label(s) for s in naive.scores(graph, rows)]
    assert graph.labels(rows).tolist() == argmax(graph(rows)).tolist()
    assert graph(rows).max() <= graph.max_score


def test_a_graph_without_gates_counts_its_inputs():
    graph = GateGraph.build(identity(2), [], [[2, 2, 1], [3, 0]])
    assert graph([[1, 0], [0, 1]]).tolist() == [[3, 0], [1, 1]]
    assert graph.max_score == 3


def test_a_million_gates_are_made_in_a_second():
    graph = random_graph(np.random.default_rng(0), inputs=100, layers=2, width=100)
    gates = 1_000_000
    rng = np.random.default_rng(0)
    net = np.arange(102, 102 + gates)
    operands = np.sort(rng.integers(0, net[:, None], (gates, 2)), axis=1).astype(np.int32)
    arrays = {
        "fan_in": np.full(gates, 2, np.uint8),
        "tables": rng.integers(0, 16, gates).astype(np.uint64),
        "operands": operands,
    }
    import time

    start = time.process_time()
    dataclasses.replace(graph, **arrays, groups=(net[-500:], net[-1000:-500]), class_names=("a", "b"))
    assert time.process_time() - start < 1
