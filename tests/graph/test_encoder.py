import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from tests.graphs import encoders


def make(**changes):
    fields = {
        "feature_names": ("a", "b"),
        "word_width": 4,
        "offset": [0.0, -1.0],
        "scale": [1.0, 2.0],
        "feature": [0, 0, 1],
        "threshold": [3, 7, 0],
    }
    return Thermometer(**{**fields, **changes})


def test_words_are_floored_and_clipped():
    x = np.array([[3.9, -1.0], [-5.0, 0.49], [99.0, 99.0]])
    assert make().words(x).tolist() == [[3, 0], [0, 2], [15, 15]]


def test_what_overflows_is_beyond_the_last_level():
    huge = make(offset=[-1e308, 0.0], scale=[1.0, 1e200])
    assert huge.words([[1e308, 1e200], [-1e308, -1e200]]).tolist() == [[15, 15], [0, 0]]


def test_bits_are_strictly_above_the_threshold():
    assert make().bits([[3, 0], [4, 1], [8, 15]]).tolist() == [[False] * 3, [True, False, True], [True] * 3]


@given(encoders(), st.integers(0, 2**32 - 1))
def test_equals_the_definition(encoder, seed):
    x = np.random.default_rng(seed).uniform(-2, 2**encoder.word_width + 2, (5, encoder.features))
    for row, bits in zip(x, encoder(x), strict=True):
        for feature, threshold, bit in zip(encoder.feature, encoder.threshold, bits, strict=True):
            word = min(max(int(np.floor(row[feature])), 0), 2**encoder.word_width - 1)
            assert bit == (word > threshold)


def test_identity_passes_bits_through():
    bits = np.array([[0, 1, 1], [1, 0, 1]])
    assert Thermometer.identity(("a", "b", "c"))(bits).astype(int).tolist() == bits.tolist()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(value):
    with pytest.raises(GatewrightError, match=r"Row 1 holds .* in feature 'b'"):
        make()(np.array([[0, 0], [0, value]]))


@pytest.mark.parametrize("x", [np.zeros((2, 3)), np.zeros(2)])
def test_another_number_of_features_is_refused(x):
    with pytest.raises(GatewrightError, match="reads 2 features"):
        make()(x)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"word_width": 0}, "word width is 0"),
        ({"word_width": 17}, "word width is 17"),
        ({"feature_names": ("a", "a")}, "same name"),
        ({"feature_names": ("a", "")}, "empty name"),
        ({"feature_names": (), "offset": [], "scale": []}, "0 features"),
        ({"feature": [], "threshold": []}, "0 input bits"),
        ({"offset": [0.0]}, r"offset has shape \(1,\)"),
        ({"offset": [0.0, np.nan]}, "must be finite"),
        ({"scale": [1.0, 0.0]}, "the scale positive"),
        ({"feature": [0, 0, 2]}, "outside 0 to 1"),
        ({"threshold": [3, 15, 0]}, "outside 0 to 14"),
        ({"threshold": [-1, 7, 0]}, "outside 0 to 14"),
        ({"threshold": [7, 3, 0]}, "rise strictly"),
        ({"threshold": [3, 3, 0]}, "rise strictly"),
        ({"feature": [1, 0, 0]}, "sorted by feature"),
    ],
)
def test_a_broken_rule_is_one_sentence(changes, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        make(**changes)
