from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.boards.answers import SelfTest
from gatewright.boards.link import ATTEMPTS, BoardLink
from gatewright.boards.pace import Pace
from gatewright.errors import GatewrightError
from gatewright.graph.check import check
from gatewright.hdl.link import selftest
from gatewright.hdl.link.protocol import Counts, Frame, Type
from gatewright.hdl.link.selftest import expected
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
    assert 0 < link.counters.retries <= 3 * noise.damaged
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
    with pytest.raises(GatewrightError, match=r"speaks version 9 of the link .* synthesize and flash again"):
        BoardLink(ModelPort(ModelBoard(graph, version=9)), graph).hello()


def test_samples_are_asked_in_advance_and_no_more_than_a_window():
    graph = small()
    port = ModelPort(ModelBoard(graph))
    link = BoardLink(port, graph)
    pace = Pace.of(link.hello())
    assert pace.window > 10
    sent = []
    port.there = lambda data: sent.append(data) or data
    link.answers(sample_words(graph, 3 * pace.window))
    assert len(sent) == 3 * pace.window
    assert {len(data) for data in sent} == {9 + link._shape.sample_bytes + len(pace.fill)}
    # Nothing is answered before the whole window is asked.
    sent.clear()
    port.back = lambda data: b"" if len(sent) < pace.window else data
    link.answers(sample_words(graph, pace.window))
    assert len(sent) == pace.window
    assert link.counters.retries == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_a_self_test_is_compared_with_the_reference(seed, samples, start):
    graph = small(seed % 5)
    link = BoardLink(ModelPort(ModelBoard(graph, latency=9)), graph)
    result = link.selftest(samples, start)
    signature, cycles = expected(graph, samples, start), samples - 1 + 9
    assert result == SelfTest(samples, signature, signature, cycles, cycles, 12_000_000)
    assert result.passed
    assert result.samples_per_second == pytest.approx(samples / cycles * 12_000_000)
    assert link.read_counters() == Counts(cycles, samples, 0)


@pytest.mark.parametrize(("shift", "more"), [(0x55550000, 0), (0, 1)])
def test_a_wrong_signature_or_time_is_no_success(monkeypatch, shift, more):
    graph = small()
    board = ModelBoard(graph)
    link = BoardLink(ModelPort(board), graph)
    real = board._carry_out

    def carry_out(kind, sequence, payload):
        if kind != 3:
            return real(kind, sequence, payload)
        real(3, sequence, payload[:4] + (int.from_bytes(payload[4:], "little") ^ shift).to_bytes(4, "little"))
        board.counts[0] += more
        return None

    monkeypatch.setattr(board, "_carry_out", carry_out)
    assert not link.selftest(60, 6).passed


def test_a_board_counts_and_says_so():
    graph = small()
    board = ModelBoard(graph)
    link = BoardLink(ModelPort(board), graph)
    link.scores(sample_words(graph, 5))
    board.feed(b"\xa5\x02\x00\xff")
    assert link.read_counters() == Counts(5 * 7, 5, 1)


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.3))
@settings(max_examples=40, deadline=None)
def test_noise_never_changes_a_self_test(seed, rate):
    graph = small(seed % 7)
    rng = np.random.default_rng(seed)
    link = BoardLink(ModelPort(ModelBoard(graph), Noise(rng, rate), Noise(rng, rate)), graph)
    with suppress(GatewrightError):
        for start in range(1, 5):
            assert link.selftest(10, start).passed
            assert link.read_counters().samples == 10


def test_a_board_that_is_reset_after_its_self_test_is_asked_again():
    graph = small()
    port = ModelPort(ModelBoard(graph))
    link = BoardLink(port, graph)
    resets = []

    def there(data):
        if data[1] == Type.COUNTERS and len(resets) < 3:
            resets.append(1)
            port.board.counts = [0, 0, 0]
        return data

    port.there = there
    assert link.selftest(10).passed
    assert len(resets) == 3
    port.there = lambda data: (resets.clear(), there(data))[1]
    with pytest.raises(GatewrightError, match="reset after each of its self-tests"):
        link.selftest(10)


def test_a_board_without_a_self_test_says_so():
    graph = small()
    link = BoardLink(ModelPort(ModelBoard(graph, selftest=False)), graph)
    for question in (lambda: link.selftest(10), link.read_counters):
        with pytest.raises(GatewrightError, match="built without its self-test and counters"):
            question()
    assert np.array_equal(link.scores(sample_words(graph, 3)), graph.scores(sample_words(graph, 3)))


def test_a_self_test_that_lasts_too_long_is_refused():
    graph = small()
    link = BoardLink(ModelPort(ModelBoard(graph)), graph)
    with pytest.raises(
        GatewrightError, match=r"200,000,000 samples keeps the board for 17 s: ask for at most 120,000,"
    ):
        link.selftest(200_000_000)
    with pytest.raises(GatewrightError, match="seed of a self-test is 0"):
        link.selftest(10, 0)


def test_a_self_test_that_takes_its_time_is_waited_for(monkeypatch):
    graph = small()
    port = ModelPort(ModelBoard(graph, divisor=12))
    link = BoardLink(port, graph)
    monkeypatch.setattr(selftest, "expected", lambda *_: 77)
    silences = []

    def read(size):
        # The answer comes after ten silences, which 2,000,000 cycles of 12 to a bit take.
        if port.board.out[1:2] == bytes([Type.SELFTEST_ANSWER]) and len(silences) < 10:
            silences.append(size)
            return b""
        return ModelPort.read(port, size)

    port.read = read
    assert link.selftest(2_000_000).passed
    assert (len(silences), link.counters.retries) == (10, 0)


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
    assert link.counters.retries == 0


def test_what_is_lost_is_asked_again_and_nothing_else():
    graph = small()
    board = ModelBoard(graph)
    port = ModelPort(board)
    link = BoardLink(port, graph)
    words = sample_words(graph, 300)
    link.hello()
    sent = []

    def there(data):
        sent.append(data)
        return b"" if len(sent) in (3, 4, 100, 300) else data

    port.there = there
    assert np.array_equal(link.scores(words), graph.scores(words))
    # Nothing comes behind the last question, so its loss shows as a silence: the board is asked what it is.
    assert len(sent) - 300 in (4, 5)
    assert link.counters.retries == 4


def test_a_line_of_errors_alone_is_one_sentence():
    graph = small()
    port = ModelPort(ModelBoard(graph))
    link = BoardLink(port, graph)
    link.hello()
    port.there = lambda data: data if data[1] == Type.HELLO else data[:5] + bytes(len(data) - 5)
    with pytest.raises(
        GatewrightError, match=r"no valid answer to sample 0 in 10 attempts \(last: (error CRC|silence)\)"
    ):
        link.scores(sample_words(graph, 3))


@pytest.mark.parametrize("shape", [(3, 5), (6,)])
def test_words_of_another_shape_are_refused(shape):
    graph = small()
    with pytest.raises(GatewrightError, match="shape"):
        BoardLink(ModelPort(ModelBoard(graph)), graph).scores(np.zeros(shape, int))


def test_a_word_that_does_not_fit_is_refused():
    graph = small()
    with pytest.raises(GatewrightError, match="outside 0 to 7"):
        BoardLink(ModelPort(ModelBoard(graph)), graph).scores(np.full((1, 6), 8))
