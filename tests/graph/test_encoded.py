import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoded import encoded, read
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from tests.graphs import encoders, graphs


@given(graphs(encoder=encoders(), ring=True), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_bits_in_place_of_words_give_the_same_scores(graph, seed):
    words = np.random.default_rng(seed).integers(0, 2**graph.encoder.word_width, (20, graph.encoder.features))
    bits = graph.encoder.bits(words)
    bare = encoded(graph)
    assert np.array_equal(bare.scores(bits[:, read(graph)]), graph.scores(words))
    assert (bare.encoder.features, bare.encoder.word_width) == (len(read(graph)), 1)
    # A bit that is left out changes no score, whatever it is.
    others = np.delete(np.arange(graph.inputs), read(graph))
    ignored = bits.copy()
    ignored[:, others] = 1 - ignored[:, others]
    assert np.array_equal(graph(ignored), graph.scores(words))
    # Every pattern of bits is an input, and optimising respects it.
    free = np.random.default_rng(seed).integers(0, 2, (50, bare.encoder.features))
    assert np.array_equal(optimise(bare).scores(free), bare.scores(free))


def test_a_feature_is_called_after_what_its_bit_says():
    encoder = Thermometer(("wide", "long"), 3, np.zeros(2), np.ones(2), np.array([0, 0, 1]), np.array([2, 5, 3]))
    graph = GateGraph.build(encoder, [(8, (2, 4))], [(5,), (3,)], ["no", "yes"])
    bare = encoded(graph)
    assert bare.encoder.feature_names == ("wide > 2", "wide > 5", "long > 3")
    assert bare.class_names == ("no", "yes")
    assert bare.digest != graph.digest
