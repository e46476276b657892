import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.hdl.link.protocol import Shape
from gatewright.hdl.link.selftest import chunks, expected, generate, signature
from tests import naive
from tests.graphs import encoders, graphs

shapes = st.builds(Shape, st.integers(1, 20), st.integers(1, 16), st.integers(2, 20), st.integers(1, 12))


def naive_samples(shape, samples, seed):
    """The sample register, bit by bit as the specification says; the first bit of a list is the lowest."""
    size = 8 * shape.sample_bytes
    length = max(32, size)
    register = [0] * (length - 32) + [seed >> i & 1 for i in range(32)]
    for _ in range(samples):
        bits = register[length - size :]
        yield [sum(bits[f * shape.word_width + i] << i for i in range(shape.word_width)) for f in range(shape.features)]
        recent = register[length - 32 :]
        register = [*register[1:], recent[0] ^ recent[1] ^ recent[2] ^ recent[22]]


def naive_signature(bits, results):
    """The signature register likewise, with the polynomial by its exponents."""
    register = [0] * bits
    for result in results:
        out = register[0]
        register = [*register[1:], 0]
        for exponent in (0, 1, 2, 22):
            register[31 - exponent] ^= out
        register = [bit ^ result >> i & 1 for i, bit in enumerate(register)]
    return sum(bit << i for i, bit in enumerate(register))


@given(shapes, st.integers(1, 2**32 - 1), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_the_samples_are_as_documented(shape, seed, samples):
    assert generate(shape, samples, seed).tolist() == list(naive_samples(shape, samples, seed))


def test_the_samples_go_on_from_chunk_to_chunk():
    shape = Shape(3, 5, 2, 2)
    parts = list(chunks(shape, 20_000, 12345))
    assert len(parts) > 2
    assert np.concatenate(parts).tolist() == list(naive_samples(shape, 20_000, 12345))
    # A window of an LFSR that shifts comes by as often as it has bits; else the samples are all different.
    assert len(np.unique(np.concatenate(parts), axis=0)) > 12_000


@given(graphs(encoder=encoders()), st.integers(1, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_the_signature_is_that_of_the_reference(graph, seed, samples):
    shape = Shape.of(graph)
    rows = [naive.bits(graph, words) for words in generate(shape, samples, seed)]
    results = [shape.result_value(naive.label(scores), scores) for scores in naive.scores(graph, rows)]
    assert expected(graph, samples, seed) == naive_signature(shape.signature_bits, results)


@given(shapes, st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=60, deadline=None)
def test_a_single_wrong_bit_changes_the_signature(shape, seed, data):
    rng = np.random.default_rng(seed)
    count = data.draw(st.integers(1, 200))
    labels = rng.integers(0, shape.classes, count)
    scores = rng.integers(0, 2**shape.score_bits, (count, shape.classes))
    right = signature(shape, labels, scores)
    row, column = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, shape.classes - 1))
    scores[row, column] ^= 1 << data.draw(st.integers(0, shape.score_bits - 1))
    assert signature(shape, labels, scores) != right
    assert right < 2**shape.signature_bits


@pytest.mark.parametrize(
    ("samples", "seed", "said"),
    [
        (0, 1, "number of samples of a self-test is 0: choose 1 to 4294967294"),
        (2**32 - 1, 1, "number of samples of a self-test is 4294967295"),
        (5, 0, "seed of a self-test is 0: choose 1 to 4294967295"),
        (5, 2**32, "seed of a self-test is 4294967296"),
    ],
)
def test_what_a_board_cannot_be_asked_is_refused(samples, seed, said):
    from tests.boards.test_link import small

    with pytest.raises(GatewrightError, match=said):
        expected(small(), samples, seed)
