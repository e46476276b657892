from hypothesis import given
from hypothesis import strategies as st

from gatewright.boards.pace import FILL, Pace
from gatewright.hdl.link.hello import Hello
from gatewright.hdl.link.protocol import SYNC, Shape

hellos = st.builds(
    Hello,
    st.just(2),
    st.just(bytes(8)),
    st.builds(Shape, st.integers(1, 900), st.integers(1, 8), st.integers(2, 200), st.integers(1, 12)),
    st.just(12_000_000),
    st.integers(1, 3000),
    st.integers(1, 300),
    st.integers(4, 500),
    st.booleans(),
)


@given(hellos, st.sampled_from([0.98, 1.0, 1.02]))
def test_a_board_is_never_asked_too_early(hello, drift):
    """A board that answers one question after the other, in bit times: each waits for its answer until it starts."""
    pace = Pace.of(hello)
    question, answer = 9 + hello.shape.sample_bytes, 9 + hello.shape.result_bytes
    inside = (hello.latency_cycles + hello.interval_cycles) / hello.divisor
    period = 10 * (question + len(pace.fill)) * drift
    free = 0.0
    for index in range(50):
        came = index * period + 10 * question * drift
        started = max(came + inside, free)
        # The next question is recognised when its third byte has come.
        assert started < (index + 1) * period + 29 * drift
        free = started + 10 * answer
        assert free - came < pace.answer_bits + 10 * answer


@given(hellos)
def test_a_question_that_is_longer_than_its_answer_is_followed_by_nothing(hello):
    pace = Pace.of(hello)
    needed = (9 + hello.shape.result_bytes) * 1.05 + 1 > 9 + hello.shape.sample_bytes
    slow = (hello.latency_cycles + hello.interval_cycles) / hello.divisor > 22
    assert needed or slow or not pace.fill
    # A filled line carries at most a few bytes more than the longer of both.
    longest = max(9 + hello.shape.result_bytes, 9 + hello.shape.sample_bytes)
    assert slow or 9 + hello.shape.sample_bytes + len(pace.fill) <= 1.05 * longest + 2


@given(hellos)
def test_what_is_under_way_fits_the_buffers(hello):
    pace = Pace.of(hello)
    assert 1 <= pace.window <= 128
    assert pace.window == 1 or pace.window * (9 + hello.shape.result_bytes) <= 2048
    assert SYNC not in FILL
