from dataclasses import replace

import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.hello import HELLO_BYTES, Hello
from gatewright.hdl.link.protocol import VERSION, Shape


def test_the_bytes_of_a_greeting_are_as_documented():
    hello = Hello(2, b"digest!!", Shape(64, 5, 10, 6), 12_000_000, 9, 3, 12, True)
    numbers = bytes([64, 0, 5, 10, 0, 6]) + (12_000_000).to_bytes(4, "little") + bytes([9, 0, 3, 0, 12, 0, 1])
    expected = b"\x02digest!!" + numbers
    assert hello.encode() == expected
    assert len(expected) == HELLO_BYTES
    assert Hello.decode(expected) == hello
    assert not Hello.decode(expected[:-1] + b"\xfe").selftest


@pytest.mark.parametrize("length", [9, 22, HELLO_BYTES, 40])
def test_another_version_is_refused_by_name_whatever_follows(length):
    with pytest.raises(GatewrightError, match="speaks version 1 of the link and this gatewright version 2"):
        Hello.decode((b"\x01digest!!" + bytes(40))[:length])


@pytest.mark.parametrize("field", ["latency_cycles", "interval_cycles", "divisor"])
def test_a_number_that_a_greeting_cannot_say_is_refused(field):
    hello = Hello(2, b"digest!!", Shape(64, 5, 10, 6), 12_000_000, 9, 3, 12, True)
    assert len(replace(hello, **{field: 65_535}).encode()) == HELLO_BYTES
    with pytest.raises(GatewrightError, match=r"65536 .*exceed the 65535"):
        replace(hello, **{field: 65_536}).encode()


def test_a_greeting_of_another_length_is_refused():
    with pytest.raises(GatewrightError, match="has 3 bytes"):
        Hello.decode(b"abc")


def test_more_features_than_a_greeting_can_say_are_refused():
    for features in (65_535, 65_536):
        encoder = Thermometer.identity(tuple(f"x{i}" for i in range(features)))
        graph = GateGraph.build(encoder, [], [[2], [0]])
        if features <= 65_535:
            hello = Hello(VERSION, bytes(8), Shape.of(graph), 1, 1, 1, 4, True)
            assert Hello.decode(hello.encode()).shape.features == features
        else:
            with pytest.raises(GatewrightError, match=r"has 65536 features .* can say at most 65535"):
                Shape.of(graph)
