import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.sim.prove.aig import Aig
from gatewright.sim.prove.circuit import nets
from gatewright.sim.prove.graphs import _count, _ranks, same_scores
from tests import naive
from tests.graphs import encoders, graphs, identity, random_encoder, random_graph
from tests.sim.prove.test_aig import columns


def every_word(graph):
    width, features = graph.encoder.word_width, graph.encoder.features
    return [[p >> f * width & (1 << width) - 1 for f in range(features)] for p in range(1 << features * width)]


def scores(graph, words):
    return naive.scores(graph, [naive.bits(graph, words)])[0]


def flipped(graph, gate, bit):
    tables = graph.tables.copy()
    tables[gate] ^= np.uint64(1 << bit)
    return dataclasses.replace(graph, tables=tables)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("graphs")


@settings(deadline=None, max_examples=25)
@given(graph=graphs(encoder=encoders(max_features=3, max_word_width=2)))
def test_an_optimised_graph_is_proven(folder, graph):
    verdict, words = same_scores(graph, optimise(graph), folder, 60)
    assert (verdict.equivalent, words) == (True, None)


@settings(deadline=None, max_examples=40)
@given(graph=graphs(max_fan_in=3, encoder=encoders(max_features=3, max_word_width=2)), seed=st.integers(0, 2**16))
def test_a_flipped_table_bit_is_judged_as_every_word_does(folder, graph, seed):
    if not graph.gates:
        return
    gate = seed % graph.gates
    other = flipped(graph, gate, seed % 2 ** int(graph.fan_in[gate]))
    verdict, words = same_scores(graph, other, folder, 60)
    different = [w for w in every_word(graph) if scores(graph, w) != scores(other, w)]
    assert verdict.equivalent == (not different)
    assert (words is None) == verdict.equivalent
    assert words is None or list(words) in different


def test_a_difference_of_the_scores_alone_is_found(tmp_path):
    left, right = (GateGraph.build(identity(1), [], [[1, 1], group]) for group in ([2], [0]))
    verdict, words = same_scores(left, right, tmp_path, 60)
    assert not verdict.equivalent
    assert words == (1,)


def bits_of_one_word(gates, groups):
    return GateGraph.build(Thermometer(("x",), 2, [0], [1], [0, 0], [0, 1]), gates, groups)


def test_input_bits_that_no_word_produces_do_not_count(tmp_path):
    # The second bit implies the first, so that their AND is the second.
    left = bits_of_one_word([(8, (2, 3))], [[4], [1]])
    right = bits_of_one_word([], [[3], [1]])
    verdict, words = same_scores(left, right, tmp_path, 60)
    assert (verdict.equivalent, words) == (True, None)
    assert "2 inputs" in verdict.sentence
    assert (tmp_path / "graphs_bits.cex").exists()


def test_where_thresholds_differ_the_words_are_compared(tmp_path):
    left = bits_of_one_word([], [[3], [1]])
    right = GateGraph.build(Thermometer(("x",), 2, [0], [1], [0], [1]), [], [[2], [1]])
    wrong = GateGraph.build(Thermometer(("x",), 2, [0], [1], [0], [2]), [], [[2], [1]])
    assert same_scores(left, right, tmp_path, 60)[0].equivalent
    verdict, words = same_scores(left, wrong, tmp_path, 60)
    assert not verdict.equivalent
    assert words == (2,)
    assert not (tmp_path / "graphs_bits.aig").exists()


def test_wide_scores_of_one_side_are_not_cut_off(tmp_path):
    left = GateGraph.build(identity(1), [], [[2] * 4, [0]])
    right = GateGraph.build(identity(1), [], [[0], [0]])
    for a, b in ((left, right), (right, left)):
        assert not same_scores(a, b, tmp_path, 60)[0].equivalent


@pytest.mark.parametrize(
    "change",
    [
        lambda e: dataclasses.replace(e, feature_names=("a", "b")),
        lambda e: dataclasses.replace(e, word_width=4),
        lambda e: dataclasses.replace(e, offset=[0, 1]),
        lambda e: dataclasses.replace(e, scale=[1, 2]),
    ],
)
def test_another_quantisation_is_refused(tmp_path, change):
    rng = np.random.default_rng(0)
    graph = random_graph(rng, encoder=random_encoder(rng, 2, 3, 2))
    other = dataclasses.replace(graph, encoder=change(graph.encoder))
    with pytest.raises(GatewrightError, match="quantise their features differently: export"):
        same_scores(graph, other, tmp_path, 60)


def test_other_classes_are_refused(tmp_path):
    graph = random_graph(np.random.default_rng(0))
    other = dataclasses.replace(graph, class_names=("0", "2", "1"))
    with pytest.raises(
        GatewrightError, match=r"has the classes \['0', '1', '2'\], the optimised one \['0', '2', '1'\]"
    ):
        same_scores(graph, other, tmp_path, 60)


@given(graphs(max_inputs=5))
def test_a_count_is_the_number_of_ones_of_a_group(graph):
    aig = Aig()
    bits = aig.inputs(graph.inputs)
    literals = nets(aig, graph, bits)
    values, mask = columns(bits)
    width = max(1, graph.max_score.bit_length())
    rows = [[p >> i & 1 for i in range(graph.inputs)] for p in range(1 << graph.inputs)]
    expected = naive.scores(graph, rows)
    for index, group in enumerate(graph.groups):
        listed = [literals[net] for net in group.tolist()]
        total = aig.simulate(_count(aig, listed, _ranks(aig, listed, bits), width), values, mask)
        for p in range(1 << graph.inputs):
            assert sum((row >> p & 1) << i for i, row in enumerate(total)) == expected[p][index]
