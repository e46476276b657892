import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import HELLO_BYTES, Decoder, Frame, Hello, Shape, Type

frames = st.builds(Frame, st.sampled_from([*map(int, Type)]), st.integers(0, 255), st.binary(max_size=60))
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


def test_the_bytes_of_a_greeting_are_as_documented():
    hello = Hello(1, b"digest!!", Shape(64, 5, 10, 6), 12_000_000, 9)
    expected = b"\x01digest!!" + bytes([64, 0, 5, 10, 0, 6]) + (12_000_000).to_bytes(4, "little") + bytes([9, 0])
    assert hello.encode() == expected
    assert len(expected) == HELLO_BYTES
    assert Hello.decode(expected) == hello


def test_a_greeting_of_another_length_is_refused():
    with pytest.raises(GatewrightError, match="has 3 bytes"):
        Hello.decode(b"abc")


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


@given(st.lists(frames, max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_frames_are_found_however_they_are_cut(sent, cuts):
    stream = b"".join(frame.encode() for frame in sent)
    decoder = Decoder()
    found, at = [], 0
    for size in cuts * (1 + len(stream)):
        found += decoder.feed(stream[at : at + size])
        at += size
    assert found == sent
    assert decoder.dropped == 0


@given(frames, st.binary(max_size=40).filter(lambda noise: 0xA5 not in noise), frames)
def test_noise_between_frames_is_dropped(first, noise, second):
    decoder = Decoder()
    assert list(decoder.feed(first.encode() + noise + second.encode())) == [first, second]
    assert decoder.dropped == len(noise)


@given(frames, st.data())
def test_no_damaged_frame_is_taken(frame, data):
    encoded = bytearray(frame.encode())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    # A frame behind it is found, unless the damaged length still covers it.
    assert frame not in list(Decoder().feed(bytes(encoded)))
    behind = Frame(Type.RESULT, 3, b"behind")
    decoder = Decoder(limit=60)
    assert list(decoder.feed(bytes(encoded) + behind.encode() + bytes(80)))[-1:] == [behind]


@given(st.binary(max_size=300))
def test_random_bytes_hold_no_frame(noise):
    decoder = Decoder(limit=50)
    assert list(decoder.feed(noise)) == []
    decoder.clear()
    assert decoder.dropped == len(noise)


def test_a_sample_that_fits_no_frame_is_refused():
    names = tuple(f"x{i}" for i in range(40_000))
    encoder = Thermometer(names, 16, np.zeros(40_000), np.ones(40_000), np.zeros(1, int), np.zeros(1, int))
    with pytest.raises(GatewrightError, match="a frame holds 65535"):
        Shape.of(GateGraph.build(encoder, [], [[2], [0]]))


def test_more_features_than_a_greeting_can_say_are_refused():
    for features in (65_535, 65_536):
        encoder = Thermometer.identity(tuple(f"x{i}" for i in range(features)))
        graph = GateGraph.build(encoder, [], [[2], [0]])
        if features <= 65_535:
            assert Hello.decode(Hello(1, bytes(8), Shape.of(graph), 1, 1).encode()).shape.features == features
        else:
            with pytest.raises(GatewrightError, match=r"has 65536 features .* can say at most 65535"):
                Shape.of(graph)


@pytest.mark.parametrize("words", [[1, 2], [[1, 2, 3]], [1, 2, 4], [-1, 0, 0]])
def test_a_sample_that_does_not_fit_is_refused(words):
    with pytest.raises(GatewrightError):
        Shape(3, 2, 2, 2).pack_sample(words)
