from hypothesis import given
from hypothesis import strategies as st

from gatewright.hdl.link.decoder import Decoder
from gatewright.hdl.link.protocol import Frame, Type

frames = st.builds(Frame, st.sampled_from([*map(int, Type)]), st.integers(0, 255), st.binary(max_size=60))


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
