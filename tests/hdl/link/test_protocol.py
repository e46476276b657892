import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import COUNTS_BYTES, Counts, Frame, Shape, Type

shapes = st.builds(Shape, st.integers(1, 20), st.integers(1, 16), st.integers(2, 20), st.integers(1, 12))


def test_the_bytes_of_a_frame_are_as_documented():
    encoded = Frame(Type.SAMPLE, 7, b"\x01\x02\x03").encode()
    body = bytes([2, 7, 3, 0, 1, 2, 3])
    assert encoded == b"\xa5" + body + zlib.crc32(body).to_bytes(4, "little")


def test_the_bits_of_a_sample_are_as_documented():
    shape = Shape(3, 5, 2, 3)
    assert shape.pack_sample([0b00001, 0b10010, 0b11111]) == bytes([0b010_00001, 0b0_11111_10])


def test_the_bits_of_a_result_are_as_documented():
    shape = Shape(1, 1, 3, 4)
    assert (shape.label_bits, shape.result_bits, shape.result_bytes) == (2, 14, 2)
    assert shape.pack_result(2, [1, 15, 8]) == bytes([0b11_0001_10, 0b00_1000_11])


@given(shapes, st.integers(0, 2**32 - 1))
def test_samples_and_results_survive_packing(shape, seed):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**shape.word_width, shape.features)
    assert np.array_equal(shape.unpack_sample(shape.pack_sample(words)), words)
    assert len(shape.pack_sample(words)) == shape.sample_bytes
    label, scores = int(rng.integers(shape.classes)), rng.integers(0, 2**shape.score_bits, shape.classes)
    unpacked = shape.unpack_result(shape.pack_result(label, scores))
    assert unpacked[0] == label
    assert np.array_equal(unpacked[1], scores)
    many = rng.integers(0, 2**shape.word_width, (int(rng.integers(0, 5)), shape.features))
    assert shape.pack_samples(many) == [shape.pack_sample(row) for row in many]


def test_a_sample_that_fits_no_frame_is_refused():
    names = tuple(f"x{i}" for i in range(40_000))
    encoder = Thermometer(names, 16, np.zeros(40_000), np.ones(40_000), np.zeros(1, int), np.zeros(1, int))
    with pytest.raises(GatewrightError, match="a frame holds 65535"):
        Shape.of(GateGraph.build(encoder, [], [[2], [0]]))


@pytest.mark.parametrize("words", [[1, 2], [[1, 2, 3]], [1, 2, 4], [-1, 0, 0]])
def test_a_sample_that_does_not_fit_is_refused(words):
    with pytest.raises(GatewrightError):
        Shape(3, 2, 2, 2).pack_sample(words)


@given(st.tuples(*[st.integers(0, 2**32 - 2)] * 3))
@settings(max_examples=20, deadline=None)
def test_what_a_board_counted_survives_packing(numbers):
    counts = Counts(*numbers)
    assert len(counts.encode()) == COUNTS_BYTES == 12
    assert Counts.decode(counts.encode()) == counts


def test_the_registers_of_the_counters_are_as_documented():
    assert Counts(0, 1, 32).encode() == bytes.fromhex("0000008000000040000200e0")
    with pytest.raises(GatewrightError, match="which none can be"):
        Counts.decode(bytes(12))


def test_a_signature_is_as_wide_as_a_result_and_at_least_32_bits():
    assert [Shape(1, 1, c, s).signature_bits for c, s in ((2, 1), (4, 7), (4, 8), (10, 9))] == [32, 32, 34, 94]
    assert Shape(1, 1, 10, 9).signature_bytes == 12
