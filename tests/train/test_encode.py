import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gatewright.errors import GatewrightError
from gatewright.train.encode import fit

SHAPES = st.tuples(st.integers(2, 20), st.integers(1, 5))


def names(x):
    return tuple(f"f{i}" for i in range(x.shape[1]))


@given(
    st.one_of(
        hnp.arrays(np.uint8, SHAPES),
        hnp.arrays(np.int64, SHAPES, elements=st.integers(-(10**6), 10**6)),
        hnp.arrays(np.float64, SHAPES, elements=st.floats(-1e6, 1e6)),
    ),
    st.integers(1, 5),
    st.sampled_from(["quantile", "uniform"]),
)
def test_every_bit_tells_training_samples_apart(x, bits, kind):
    if (x == x[0]).all():
        with pytest.raises(GatewrightError, match="constant"):
            fit(x, names(x), bits=bits, kind=kind)
        return
    if x.dtype.kind == "f" and ((x.max(0) - x.min(0))[x.max(0) > x.min(0)] < 1e-300).any():
        return
    encoder = fit(x, names(x), bits=bits, kind=kind)
    encoded = encoder(x)
    assert (encoded.any(axis=0) & ~encoded.all(axis=0)).all()
    assert np.bincount(encoder.feature).max() <= bits
    assert set(encoder.feature.tolist()) == set(np.flatnonzero(x.max(0) > x.min(0)).tolist())


def test_small_whole_numbers_are_their_own_words():
    x = np.array([[0, 3], [16, 4], [7, 9]])
    encoder = fit(x, names(x), bits=2)
    assert encoder.word_width == 5
    assert encoder.words(x).tolist() == x.tolist()
    shifted = fit(x - 100, names(x), bits=2)
    assert shifted.words(x - 100).tolist() == (x - x.min(0)).tolist()


def test_a_wide_feature_leaves_the_others_exact():
    x = np.stack([np.arange(100), 1000 * np.arange(100)], axis=1)
    words = fit(x, names(x), bits=2).words(x)
    assert words[:, 0].tolist() == list(range(100))
    assert (words[0, 1], words[-1, 1]) == (0, 255)
    assert fit(x, names(x), bits=2, word_width=12).words(x)[-1].tolist() == [99, 4095]


def test_a_wide_range_is_spread_evenly_over_the_words():
    x = np.arange(1024)[:, None] - 5000.0
    counts = np.bincount(fit(x, names(x), bits=2).words(x).ravel())
    assert len(counts) == 256
    assert set(counts) <= {3, 4, 5}


def test_whole_numbers_written_as_reals_are_exact():
    x = np.array([[0.0], [7.0], [3.0]])
    encoder = fit(x, names(x), bits=2)
    assert (encoder.word_width, encoder.words(x).ravel().tolist()) == (3, [0, 7, 3])


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([0, 1], {"bits": 0}, "asked for 0 bits"),
        ([0, 1], {"bits": 1, "word_width": 0}, "word width is 0"),
        ([0, 1], {"bits": 1, "word_width": 17}, "word width is 17"),
        ([0.0, 5e-324], {"bits": 1}, "cannot divide into steps"),
        ([-1e308, 1.7e308], {"bits": 1}, "cannot divide into steps"),
        ([3, 3], {"bits": 1}, "constant"),
    ],
)
def test_what_cannot_be_encoded_is_one_sentence(values, options, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        fit(np.array(values)[:, None], ("f",), **options)


def test_bits_stay_bits():
    x = np.array([[0, 1], [1, 0], [1, 1]])
    encoder = fit(x, names(x), bits=5)
    assert encoder.word_width == 1
    assert encoder(x).astype(int).tolist() == x.tolist()


def test_thresholds_lie_at_the_quantiles_or_evenly():
    x = np.array([*range(100), 200])[:, None]
    assert fit(x, names(x), bits=3).threshold.tolist() == [25, 50, 75]
    assert fit(x, names(x), bits=3, kind="uniform").threshold.tolist() == [50, 100, 150]


@given(st.integers(1, 5), st.integers(2, 40), st.sampled_from(("quantile", "uniform")), st.integers(0, 2**32 - 1))
def test_one_threshold_a_feature_needs_one_bit_a_word(features, samples, kind, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-50, 200, (samples, features)) // rng.integers(1, 40)
    assume((x.max(axis=0) > x.min(axis=0)).any())
    wide = fit(x, names(x), bits=1, kind=kind, word_width=9)
    narrow = fit(x, names(x), bits=1, kind=kind)
    assert narrow.word_width == 1
    assert narrow.feature.tolist() == wide.feature.tolist()
    assert not narrow.threshold.any()
    other = rng.integers(-100, 400, (50, features))
    assert (narrow(other) == wide(other)).all()
    real = x + rng.random(x.shape) * 0.999
    assert (narrow(real) == wide(real)).all()
