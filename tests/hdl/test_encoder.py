import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.encoder import Encoder
from gatewright.hdl.pipeline import Pipeline
from tests import naive
from tests.graphs import encoders, graphs
from tests.hdl.simulate import flush, pack

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


@settings(max_examples=25, deadline=None)
@given(graphs(max_layers=1, encoder=encoders(max_word_width=16)), st.booleans(), st.integers(0, 2**32 - 1))
def test_the_bits_that_are_read(graph, registered, seed):
    encoder = Encoder(graph, Pipeline(encoder=registered))
    width = graph.encoder.word_width
    words = np.random.default_rng(seed).integers(0, 2**width, (12, graph.encoder.features))
    if not len(encoder.nets):
        return
    for row, value in zip(words, flush(encoder, "words", "bits", pack(words, width)), strict=True):
        bits = naive.bits(graph, row)
        assert value == sum(bits[net - 2] << i for i, net in enumerate(encoder.nets.tolist()))


def test_every_threshold_from_both_sides():
    thermometer = Thermometer(("x",), 3, np.zeros(1), np.ones(1), np.zeros(7, int), np.arange(7))
    encoder = Encoder(GateGraph.build(thermometer, [], [range(2, 9), [0]]), Pipeline(encoder=False))
    assert flush(encoder, "words", "bits", range(8)) == [2**word - 1 for word in range(8)]


def test_only_what_a_gate_or_a_group_reads():
    thermometer = Thermometer.identity(("a", "b", "c", "d"))
    graph = GateGraph.build(thermometer, [(8, (3, 1))], [[6, 4], [0]])
    assert Encoder(graph, Pipeline()).nets.tolist() == [3, 4]
