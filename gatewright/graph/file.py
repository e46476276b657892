"""The graph as one safe binary file, ``.lgn``.

Layout: an 8-byte magic, then little-endian uint32 schema version and uint64 header length; a JSON header;
the arrays that it lists, one after another; and the SHA-256 of everything before it. The header gives the
name, dtype and length of each array, the names, and the provenance. Nothing in a file is ever executed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from .encoder import Thermometer
from .graph import GateGraph, Provenance

MAGIC = b"\x89LGN\r\n\x1a\n"
SCHEMA = 1
POSITIONS_SCHEMA = 2
"""Of a network with other positions than 0 alone: what reads schema 1 alone would take it for another one."""

_PREFIX = struct.Struct("<8sIQ")
_DIGEST_BYTES = 32
_DTYPES = {
    "offset": "<f8",
    "scale": "<f8",
    "feature": "<i4",
    "threshold": "<i4",
    "fan_in": "|u1",
    "tables": "<u8",
    "operands": "<i4",
    "group_sizes": "<i4",
    "group_nets": "<i4",
}


def content(graph: GateGraph) -> bytes:
    """The bytes that decide what a graph is: names and arrays, without the provenance."""
    return _pack(graph, {})


def dumps(graph: GateGraph) -> bytes:
    """The bytes of an ``.lgn`` file; the same graph gives the same bytes."""
    body = _pack(graph, dataclasses.asdict(graph.provenance))
    return body + hashlib.sha256(body).digest()


def loads(data: bytes, name: str = "The file") -> GateGraph:
    """Read the bytes of an ``.lgn`` file.

    Raises:
        GatewrightError: if they are no such file, of a newer schema, damaged, or break a rule of the graph.
    """
    if data[: len(MAGIC)] != MAGIC:
        raise GatewrightError(f"{name} is no gatewright network (its first bytes are {data[:8]!r}): pass a .lgn file.")
    if (
        len(data) < _PREFIX.size + _DIGEST_BYTES
        or hashlib.sha256(data[:-_DIGEST_BYTES]).digest() != data[-_DIGEST_BYTES:]
    ):
        raise GatewrightError(
            f"{name} is truncated or damaged (its checksum does not match): export the network again."
        )
    _, schema, header_bytes = _PREFIX.unpack_from(data)
    if schema not in (SCHEMA, POSITIONS_SCHEMA):
        raise GatewrightError(
            f"{name} has schema {schema}, but this gatewright reads schema {SCHEMA} and {POSITIONS_SCHEMA}: "
            "update gatewright."
        )
    try:
        header = json.loads(data[_PREFIX.size : _PREFIX.size + header_bytes])
        arrays = _unpack(header["arrays"], data[_PREFIX.size + header_bytes : -_DIGEST_BYTES])
        return _graph(header, arrays, tuple(header["positions"]) if schema == POSITIONS_SCHEMA else (0,))
    except GatewrightError as error:
        raise GatewrightError(f"{name} holds no valid network: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise GatewrightError(
            f"{name} has a header that does not describe a network ({error}): export it again."
        ) from error


def _pack(graph: GateGraph, provenance: dict[str, Any]) -> bytes:
    encoder = graph.encoder
    arrays: dict[str, NDArray[Any]] = {
        "offset": encoder.offset,
        "scale": encoder.scale,
        "feature": encoder.feature,
        "threshold": encoder.threshold,
        "fan_in": graph.fan_in,
        "tables": graph.tables,
        "operands": graph.operands,
        "group_sizes": np.array([len(group) for group in graph.groups]),
        "group_nets": np.concatenate(graph.groups),
    }
    header: dict[str, Any] = {
        "arrays": [[name, list(array.shape)] for name, array in arrays.items()],
        "class_names": graph.class_names,
        "feature_names": encoder.feature_names,
        "provenance": provenance,
        "word_width": encoder.word_width,
    }
    schema = SCHEMA
    if graph.ring:
        schema, header["positions"] = POSITIONS_SCHEMA, graph.positions
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    parts = [np.ascontiguousarray(array, dtype=_DTYPES[name]).tobytes() for name, array in arrays.items()]
    return b"".join([_PREFIX.pack(MAGIC, schema, len(text)), text, *parts])


def _unpack(listed: list[list[Any]], data: bytes) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    start = 0
    for name, shape in listed:
        dtype = np.dtype(_DTYPES[name])
        if any(not isinstance(n, int) or n < 0 for n in shape):
            raise ValueError(f"array {name} of shape {shape}")
        count = int(np.prod(shape, dtype=object)) if shape else 1
        if start + count * dtype.itemsize > len(data):
            raise ValueError(f"array {name} goes past the end")
        arrays[name] = np.frombuffer(data, dtype, count, start).reshape(shape)
        start += count * dtype.itemsize
    if start != len(data):
        raise ValueError(f"{len(data) - start} bytes are left over")
    return arrays


def _graph(header: dict[str, Any], arrays: dict[str, NDArray[Any]], positions: tuple[int, ...]) -> GateGraph:
    encoder = Thermometer(
        tuple(header["feature_names"]),
        int(header["word_width"]),
        **{name: arrays[name] for name in ("offset", "scale", "feature", "threshold")},
    )
    ends = np.cumsum(arrays["group_sizes"], dtype=np.int64)
    if (arrays["group_sizes"] < 0).any() or (len(ends) and ends[-1] != len(arrays["group_nets"])):
        raise ValueError("the group sizes do not add up")
    return GateGraph(
        encoder,
        arrays["fan_in"],
        arrays["tables"],
        arrays["operands"],
        tuple(np.split(arrays["group_nets"], ends[:-1])),
        tuple(header["class_names"]),
        Provenance(**header["provenance"]),
        positions,
    )
