import signal
import threading

import pytest

from gatewright.train.interrupts import SIGNALS, postponed


@pytest.fixture
def heard():
    """The signals that came through, by handlers of this test."""
    found = []
    before = {number: signal.signal(number, lambda number, _: found.append(number)) for number in SIGNALS}
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_waits_for_the_end_and_comes_once(heard, number):
    with postponed():
        signal.raise_signal(number)
        signal.raise_signal(number)
        assert heard == []
    assert heard == [number]
    signal.raise_signal(number)
    assert heard == [number] * 2


def test_both_signals_come_in_their_order(heard):
    with postponed():
        for number in reversed(SIGNALS):
            signal.raise_signal(number)
    assert heard == list(reversed(SIGNALS))


def test_a_context_within_another_waits_for_the_outer_one(heard):
    with postponed():
        with postponed():
            signal.raise_signal(signal.SIGINT)
        assert heard == []
    assert heard == [signal.SIGINT]


def test_an_interrupt_is_raised_after_the_work_is_done():
    done = []

    @postponed()
    def work():
        signal.raise_signal(signal.SIGINT)
        done.append("work")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["work"]


def test_handlers_are_back_after_an_error(heard):
    @postponed()
    def work():
        signal.raise_signal(signal.SIGTERM)
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        work()
    assert heard == [signal.SIGTERM]


def test_without_a_signal_nothing_happens(heard):
    with postponed():
        pass
    assert heard == []


def test_in_another_thread_nothing_is_postponed():
    found = []

    def work():
        before = signal.getsignal(signal.SIGINT)
        with postponed():
            found.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True]
