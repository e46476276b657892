import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.report.units import value


def encoder(offset, scale, word_width=8):
    thresholds = np.arange(2**word_width - 1)
    return Thermometer(("x",), word_width, np.array([offset]), np.array([scale]), 0 * thresholds, thresholds)


@given(st.floats(-1e7, 1e7), st.floats(1e-4, 1e4), st.integers(1, 255))
def test_values_of_neighbouring_words_differ_and_are_near(offset, step, word):
    made = encoder(offset, 1 / step)
    before, here = (float(value(made, 0, one)) for one in (word - 1, word))
    assert before < here
    assert abs(here - (offset + word * step)) <= step


@pytest.mark.parametrize(
    ("offset", "scale", "bit", "text"),
    [
        (0, 1, 7, "x ≥ 8"),
        (990.3, 5, 103, "x ≥ 1011.1"),
        (0, 1 / 16, 62, "x ≥ 1008"),
        (-1, 127.5, 0, "x ≥ -0.992"),
        (0, 1e12, 4, "x ≥ 5e-12"),
        (3e12, 1e-9, 1, "x ≥ 3.002e+12"),
    ],
)
def test_a_word_is_told_in_the_units_of_the_data(offset, scale, bit, text):
    assert f"x ≥ {value(encoder(offset, scale), 0, bit + 1)}" == text
