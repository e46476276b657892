from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.boards.link import ATTEMPTS, BoardLink
from gatewright.errors import GatewrightError
from gatewright.graph.check import check
from gatewright.hdl.link.protocol import Frame, Type
from tests.boards.model import ModelBoard, ModelPort, Noise
from tests.graphs import encoders, graphs, random_encoder, random_graph


def small(seed=0, features=6, classes=3, thresholds=2):
    rng = np.random.default_rng(seed)
    return random_graph(
        rng, layers=2, width=12, classes=classes, per_class=4, encoder=random_encoder(rng, features, 3, thresholds)
    )


def sample_words(graph, count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**graph.encoder.word_width, (count, graph.encoder.features))


@given(graphs(encoder=encoders()), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_a_board_is_a_target(graph, count):
    link = BoardLink(ModelPort(ModelBoard(graph)), graph)
    words = sample_words(graph, count)
    answers = link.answers(words)
    assert np.array_equal(answers.scores, graph.scores(words))
    assert np.array_equal(answers.labels, np.argmax(graph.scores(words), axis=1))
    assert check(link, graph, words).mismatches == 0
    assert link.counters.retries == 0


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.25))
@settings(max_examples=60, deadline=None)
def test_noise_in_both_directions_never_changes_an_answer(seed, rate):
    graph = small(seed % 7)
    rng = np.random.default_rng(seed)
    there, back = Noise(rng, rate), Noise(rng, rate)
    link = BoardLink(ModelPort(ModelBoard(graph), there, back), graph)
    words = sample_words(graph, 30, seed)
    # A line may be too bad for an answer, which is an error, but never for the right one.
    with suppress(GatewrightError):
        assert np.array_equal(link.scores(words), graph.scores(words))
        assert link.counters.samples == 30


def test_noise_is_noticed_and_survived():
    graph = small()
    noise = Noise(np.random.default_rng(1), 0.1)
    link = BoardLink(ModelPort(ModelBoard(graph), noise), graph)
    words = sample_words(graph, 300)
    assert np.array_equal(link.scores(words), graph.scores(words))
    assert noise.damaged > 10
    assert 0 < link.counters.retries <= noise.damaged
    assert link.counters.errors > 0


def test_noise_between_answers_is_counted():
    graph = small()
    board = ModelBoard(graph)
    link = BoardLink(ModelPort(board), graph)
    link.scores(sample_words(graph, 3))
    board.out += b"noise"
    link.scores(sample_words(graph, 3))
    assert (link.counters.retries, link.counters.dropped) == (0, 5)


def test_a_board_accepts_nothing_that_was_not_sent():
    graph = small()
    board = ModelBoard(graph)
    noise = Noise(np.random.default_rng(2), 0.5)
    link = BoardLink(ModelPort(board, noise), graph)
    words = sample_words(graph, 50)
    sent = {row.astype(np.uint16).tobytes() for row in words}
    for row in words:
        link.port.write(Frame(Type.SAMPLE, 0, link._shape.pack_sample(row)).encode())
        link.port.read(1000)
    assert 0 < len(board.accepted) <= 50
    assert all(accepted.tobytes() in sent for accepted in board.accepted)


def test_another_network_is_refused_by_name():
    held, wanted = small(1), small(2)
    link = BoardLink(ModelPort(ModelBoard(held)), wanted)
    with pytest.raises(GatewrightError, match=f"holds the network {held.digest[:16]}, not {wanted.digest[:16]}"):
        link.scores(sample_words(wanted, 1))


def test_another_version_is_refused():
    graph = small()
    with pytest.raises(GatewrightError, match="speaks version 9 of the link"):
        BoardLink(ModelPort(ModelBoard(graph, version=9)), graph).hello()


def test_a_network_exchanged_between_samples_is_noticed_after_the_gap():
    graph = small(1)
    port = ModelPort(ModelBoard(graph))
    link = BoardLink(port, graph)
    link.hello()
    port.board = ModelBoard(small(2, features=9))
    with pytest.raises(GatewrightError, match="holds the network"):
        link.scores(sample_words(graph, 3))


def test_silence_is_one_sentence_and_bounded():
    graph = small()

    class Dead:
        reads = 0

        def write(self, data):
            pass

        def read(self, _size):
            self.reads += 1
            return b""

    port = Dead()
    with pytest.raises(GatewrightError, match="does not answer"):
        BoardLink(port, graph).scores(sample_words(graph, 1))
    assert port.reads < 3 * ATTEMPTS


def test_a_babbling_line_is_one_sentence():
    graph = small()

    class Babbler:
        def write(self, data):
            pass

        def read(self, size):
            return bytes(size)

    with pytest.raises(GatewrightError, match="never falls silent"):
        BoardLink(Babbler(), graph).hello()


def test_a_board_that_dies_in_the_middle_is_one_sentence():
    graph = small()
    port = ModelPort(ModelBoard(graph))
    link = BoardLink(port, graph)
    link.scores(sample_words(graph, 3))
    port.there = lambda data: b""
    with pytest.raises(GatewrightError, match="does not answer"):
        link.scores(sample_words(graph, 3))


def test_late_answers_to_earlier_questions_are_not_taken():
    graph = small()
    board = ModelBoard(graph)
    port = ModelPort(board)
    link = BoardLink(port, graph)
    words = sample_words(graph, 4)
    link.scores(words)
    # An answer to a question that the host no longer asks lies in front of the right ones.
    board.out += Frame(Type.RESULT, 200, link._shape.pack_result(0, [1] * graph.classes)).encode()
    assert np.array_equal(link.scores(words), graph.scores(words))
    assert link.counters.retries == 1


@pytest.mark.parametrize("shape", [(3, 5), (6,)])
def test_words_of_another_shape_are_refused(shape):
    graph = small()
    with pytest.raises(GatewrightError, match="shape"):
        BoardLink(ModelPort(ModelBoard(graph)), graph).scores(np.zeros(shape, int))


def test_a_word_that_does_not_fit_is_refused():
    graph = small()
    with pytest.raises(GatewrightError, match="outside 0 to 7"):
        BoardLink(ModelPort(ModelBoard(graph)), graph).scores(np.full((1, 6), 8))
