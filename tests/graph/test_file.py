import hashlib
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.file import MAGIC, dumps, loads
from tests.graphs import encoders, graphs, random_graph

GRAPH = random_graph(np.random.default_rng(1))


@given(graphs(encoder=encoders(), ring=True))
@settings(deadline=None)
def test_comes_back_the_same(graph):
    again = loads(dumps(graph))
    assert again == graph
    assert again.provenance == graph.provenance
    assert dumps(again) == dumps(graph)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"PK\x03\x04" + bytes(100), b'{"a": 1}'])
def test_a_foreign_file_is_refused(data):
    with pytest.raises(GatewrightError, match=r"x\.lgn is no gatewright network"):
        loads(data, "x.lgn")


@pytest.mark.parametrize("kept", [8, 20, 51, 52, 200, -1])
def test_a_truncated_file_is_refused(kept):
    with pytest.raises(GatewrightError, match="truncated or damaged"):
        loads(dumps(GRAPH)[:kept])


@given(st.integers(8, len(dumps(GRAPH)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused(position, change):
    data = bytearray(dumps(GRAPH))
    data[position] ^= change
    with pytest.raises(GatewrightError, match="damaged"):
        loads(bytes(data))


def sealed(body):
    return body + hashlib.sha256(body).digest()


def edited(edit):
    """The file with its header changed and a checksum that fits."""
    body = dumps(GRAPH)[:-32]
    _, schema, size = struct.unpack_from("<8sIQ", body)
    header = json.loads(body[20 : 20 + size])
    edit(header)
    text = json.dumps(header).encode()
    return sealed(struct.pack("<8sIQ", MAGIC, schema, len(text)) + text + body[20 + size :])


def test_a_newer_schema_is_refused():
    body = bytearray(dumps(GRAPH)[:-32])
    body[8] = 9
    with pytest.raises(GatewrightError, match="schema 9"):
        loads(sealed(bytes(body)))


@pytest.mark.parametrize(
    "edit",
    [
        lambda h: h.pop("arrays"),
        lambda h: h["arrays"].pop(),
        lambda h: h["arrays"][0].__setitem__(1, [10**12]),
        lambda h: h["arrays"][0].__setitem__(1, [-1]),
        lambda h: h["arrays"][0].__setitem__(0, "evil"),
        lambda h: h.update(provenance={"other": 1}),
        lambda h: h.update(word_width="four"),
        lambda h: h.update(feature_names=3),
        lambda h: h.update(class_names=["a"]),
    ],
)
def test_a_wrong_header_is_one_sentence(edit):
    with pytest.raises(GatewrightError, match=r"broken\.lgn"):
        loads(edited(edit), "broken.lgn")


@given(st.binary(max_size=400))
def test_sealed_garbage_never_escapes_as_another_error(data):
    with pytest.raises(GatewrightError):
        loads(sealed(struct.pack("<8sIQ", MAGIC, 1, len(data)) + data))
