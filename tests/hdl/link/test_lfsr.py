import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.hdl.link.lfsr import ONE, PERIOD, count_of, register_of, step


def test_the_register_of_a_count_is_as_many_steps_from_the_first():
    register = ONE
    for count in range(300):
        assert register_of(count) == register
        assert count_of(register) == count
        register = step(register)


@given(st.integers(0, PERIOD - 1))
@settings(max_examples=40, deadline=None)
def test_a_count_comes_back_from_its_register(count):
    assert count_of(register_of(count)) == count
    assert step(register_of(count)) == register_of(count + 1)


def test_the_polynomial_is_primitive():
    """The order of x divides the period, and none of its largest divisors."""
    assert PERIOD == 3 * 5 * 17 * 257 * 65537
    assert step(register_of(PERIOD - 1)) == ONE
    for prime in (3, 5, 17, 257, 65537):
        assert register_of(PERIOD // prime) != ONE


@pytest.mark.parametrize("register", [0, -1, 2**32])
def test_what_no_register_holds_is_refused(register):
    with pytest.raises(GatewrightError, match="which none can be"):
        count_of(register)
