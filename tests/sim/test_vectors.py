import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.check import ties
from gatewright.sim.vectors import TIES, fitting, random_words, vectors
from tests.graphs import encoders, graphs, identity, random_graph
from tests.sim.designs import small


@settings(max_examples=25, deadline=None)
@given(graphs(encoder=encoders()), st.integers(0, 2**32 - 1))
def test_words_fit_and_origins_add_up(graph, seed):
    test = np.random.default_rng(seed).integers(0, 2**graph.encoder.word_width, (5, graph.encoder.features))
    chosen = vectors(graph, test, seed=seed)
    assert chosen.words.dtype == np.uint16
    assert fitting(graph, chosen.words).shape == (sum(chosen.origins.values()), graph.encoder.features)
    assert (chosen.words[:5] == test).all()
    assert chosen.origins["test"] == 5
    tied = chosen.words[len(chosen.words) - chosen.origins["tie"] :]
    assert ties(graph.scores(tied)) == len(tied)
    assert (vectors(graph, test, seed=seed).words == chosen.words).all()


def test_corners_meet_every_threshold_from_both_sides():
    graph = small()
    chosen = vectors(graph, np.zeros((0, 2)).astype(int))
    start = chosen.origins["test"]
    corners = chosen.words[start : start + chosen.origins["corner"]].tolist()
    for row in ([0, 0], [3, 3], [3, 0], [0, 3]):
        assert row in corners
    for feature, threshold in zip(graph.encoder.feature, graph.encoder.threshold, strict=True):
        seen = {row[feature] for row in corners}
        assert {threshold, threshold + 1} <= seen


def test_few_words_are_searched_for_ties_without_a_gap():
    graph = small()
    words = np.array([[x, y] for x in range(4) for y in range(4)])
    chosen = vectors(graph, words[:0])
    assert 0 < chosen.origins["tie"] == ties(graph.scores(words))


def test_ties_are_provoked_in_many_words():
    graph = random_graph(np.random.default_rng(3), inputs=64, layers=2, width=60, classes=3)
    chosen = vectors(graph, np.zeros((0, 64), int))
    assert chosen.origins["tie"] == TIES


def test_a_network_without_ties_has_none():
    graph = small()
    graph = type(graph).build(identity(2), [], [[2], [1, 1]])
    assert vectors(graph, [[0, 0]]).origins["tie"] == 0


@pytest.mark.parametrize("words", [[[0]], [0, 1], [[0, 4]], [[-1, 0]], [[0.5, 1.0]]])
def test_words_that_do_not_fit_are_refused(words):
    with pytest.raises(GatewrightError, match="words"):
        fitting(small(), words)


@given(graphs(encoder=encoders()), st.integers(0, 40), st.integers(0, 2**32))
@settings(max_examples=20)
def test_random_words_fit_and_are_the_same_again(graph, count, seed):
    words = random_words(graph, count, seed=seed)
    assert np.array_equal(fitting(graph, words), words)
    assert len(words) == count
    assert np.array_equal(random_words(graph, count, seed=seed), words)
