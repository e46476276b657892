"""The bytes on the wire between a host and a board: one specification for gateware and host.

The line is 8N1: one start bit, eight data bits with the least significant first, one stop bit. Every number is
little-endian. Both directions carry **frames**::

    offset  bytes  field
    0       1      sync, 0xA5
    1       1      type
    2       1      sequence: chosen by the host, echoed in the answer
    3       2      length n of the payload in bytes
    5       n      payload
    5+n     4      CRC-32 (IEEE 802.3, as `zlib.crc32`) of type, sequence, length and payload

============  ====  ====  ==============================================================================
frame         type  from  payload
============  ====  ====  ==============================================================================
HELLO         0x01  host  empty
SAMPLE        0x02  host  the words of one sample, feature 0 first, ``word_width`` bits each
HELLO_ANSWER  0x81  board version u8, first 8 bytes of the graph digest, features u16, word width u8,
                          classes u16, score bits u8, clock in Hz u32, latency in cycles u16
RESULT        0x82  board the label in ``label_bits`` bits, then the score of each class in ``score_bits`` bits
ERROR         0x83  board code u8: the frame before was not carried out; the sequence is 0
============  ====  ====  ==============================================================================

Answers have the top bit of the type set. Bit fields are packed without gaps, the least significant bit of the
first field into the least significant bit of the first byte; the rest of the last byte is 0 and is not read.
HELLO and its answer keep their layout in every version of the protocol, so that any two ends can refuse each other
by name.

**How a board reads.** It hunts for a sync byte and drops everything else. The byte after it must be a type that it
knows, or it hunts on; another sync byte counts as the sync. A length that is not the one of this type and design is
answered with ERROR(LENGTH); a CRC that is wrong, or a stop bit that is missing, with ERROR(CRC); a frame that comes
while another one waits for its answer, with ERROR(BUSY). After each of them, and when a frame is interrupted for
longer than the board's timeout (which nothing answers), it hunts again. Errors are coalesced: the answer to several
in a row may be one.

**How a host sends.** Two samples may be under way at once. If the frame of a sample is longer than the frame of
its result, any number may be, since the board then answers faster than it is asked. Answers come in the order
of the questions. To be sure that a board hunts, stay silent for longer than its timeout.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

VERSION = 1
SYNC = 0xA5
HEADER_BYTES = 5
CRC_BYTES = 4
OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES
DIGEST_BYTES = 8
TIMEOUT_BITS = 16384
"""A board gives up an interrupted frame after this many bit times of silence."""

_HEADER = struct.Struct("<BBBH")
_HELLO = struct.Struct(f"<B{DIGEST_BYTES}sHBHBIH")
MAX_PAYLOAD = 2**16 - 1
MAX_COUNT = 2**16 - 1
"""The largest number of features or classes that a greeting can say."""


class Type(IntEnum):
    """What a frame is."""

    HELLO = 0x01
    SAMPLE = 0x02
    HELLO_ANSWER = 0x81
    RESULT = 0x82
    ERROR = 0x83


class ErrorCode(IntEnum):
    """Why a board did not carry out a frame."""

    CRC = 1
    LENGTH = 2
    BUSY = 3


@dataclass(frozen=True)
class Frame:
    """A frame without its sync, length and CRC.

    Attributes:
        type: one of `Type`.
        sequence: 0 to 255.
        payload: at most 65,535 bytes.
    """

    type: int
    sequence: int
    payload: bytes = b""

    def encode(self) -> bytes:
        """The bytes on the wire."""
        body = _HEADER.pack(SYNC, self.type, self.sequence, len(self.payload)) + self.payload
        return body + struct.pack("<I", zlib.crc32(body[1:]))


@dataclass(frozen=True)
class Shape:
    """The sizes that decide how samples and results are packed.

    Attributes:
        features: words of a sample.
        word_width: bits of a word.
        classes: scores of a result.
        score_bits: bits of a score.
    """

    features: int
    word_width: int
    classes: int
    score_bits: int

    @classmethod
    def of(cls, graph: GateGraph) -> Shape:
        """The sizes of a graph.

        Raises:
            GatewrightError: if a sample or a result does not fit into one frame, or a greeting cannot say the sizes.
        """
        shape = cls(
            graph.encoder.features, graph.encoder.word_width, graph.classes, max(1, graph.max_score.bit_length())
        )
        largest = max(shape.sample_bytes, shape.result_bytes)
        if largest > MAX_PAYLOAD:
            raise GatewrightError(
                f"A sample of {shape.features} features or a result of {shape.classes} classes takes {largest} bytes, "
                f"and a frame holds {MAX_PAYLOAD}: use fewer features or a smaller word width."
            )
        if max(shape.features, shape.classes) > MAX_COUNT:
            raise GatewrightError(
                f"The network has {shape.features} features and {shape.classes} classes, and a board can say at most "
                f"{MAX_COUNT} of each: use fewer."
            )
        return shape

    @property
    def label_bits(self) -> int:
        """Bits of a label."""
        return max(1, (self.classes - 1).bit_length())

    @property
    def sample_bits(self) -> int:
        """Bits of a sample."""
        return self.features * self.word_width

    @property
    def result_bits(self) -> int:
        """Bits of a label and its scores."""
        return self.label_bits + self.classes * self.score_bits

    @property
    def sample_bytes(self) -> int:
        """Payload of a SAMPLE."""
        return (self.sample_bits + 7) // 8

    @property
    def result_bytes(self) -> int:
        """Payload of a RESULT."""
        return (self.result_bits + 7) // 8

    def pack_sample(self, words: ArrayLike) -> bytes:
        """The payload of a SAMPLE from the words (features,) of one sample.

        Raises:
            GatewrightError: for another number of words, or a word that does not fit.
        """
        values = np.asarray(words)
        if values.shape != (self.features,):
            raise GatewrightError(f"The sample has shape {values.shape}: pass the {self.features} words of one sample.")
        if values.min() < 0 or values.max() >= 2**self.word_width:
            raise GatewrightError(
                f"The sample holds a word outside 0 to {2**self.word_width - 1}: quantise it with the encoder."
            )
        bits = values.astype(np.uint16)[:, None] >> np.arange(self.word_width, dtype=np.uint16) & 1
        return np.packbits(bits.astype(np.uint8).ravel(), bitorder="little").tobytes()

    def unpack_sample(self, payload: bytes) -> NDArray[np.uint16]:
        """The words (features,) in the payload of a SAMPLE; the reverse of `pack_sample`."""
        return _fields(payload, 0, self.features, self.word_width).astype(np.uint16)

    def pack_result(self, label: int, scores: ArrayLike) -> bytes:
        """The payload of a RESULT."""
        value = label
        for index, score in enumerate(np.asarray(scores).tolist()):
            value |= score << (self.label_bits + index * self.score_bits)
        return value.to_bytes(self.result_bytes, "little")

    def unpack_result(self, payload: bytes) -> tuple[int, NDArray[np.int32]]:
        """The label and the scores (classes,) in the payload of a RESULT."""
        label = int(_fields(payload, 0, 1, self.label_bits)[0])
        return label, _fields(payload, self.label_bits, self.classes, self.score_bits).astype(np.int32)


@dataclass(frozen=True)
class Hello:
    """What a board says about itself.

    Attributes:
        version: of this protocol.
        digest: first 8 bytes of the digest of its graph.
        shape: how samples and results are packed.
        clock_hz: of the classifier.
        latency_cycles: from a sample at the classifier to its result.
    """

    version: int
    digest: bytes
    shape: Shape
    clock_hz: int
    latency_cycles: int

    def encode(self) -> bytes:
        """The payload of the answer to a HELLO."""
        s = self.shape
        return _HELLO.pack(
            self.version,
            self.digest,
            s.features,
            s.word_width,
            s.classes,
            s.score_bits,
            self.clock_hz,
            self.latency_cycles,
        )

    @classmethod
    def decode(cls, payload: bytes) -> Hello:
        """The reverse of `encode`.

        Raises:
            GatewrightError: if the payload has another length.
        """
        if len(payload) != HELLO_BYTES:
            raise GatewrightError(
                f"The board's greeting has {len(payload)} bytes and {HELLO_BYTES} are expected: "
                "flash a bitstream made by this gatewright."
            )
        version, digest, features, word_width, classes, score_bits, clock, latency = _HELLO.unpack(payload)
        return cls(version, digest, Shape(features, word_width, classes, score_bits), clock, latency)


HELLO_BYTES = _HELLO.size


def graph_id(graph: GateGraph) -> bytes:
    """The first bytes of a graph's digest, as a board says them."""
    return bytes.fromhex(graph.digest)[:DIGEST_BYTES]


class Decoder:
    """Finds the frames in a stream of bytes, whatever lies between them.

    Attributes:
        limit: the longest payload that can come; a frame that claims to be longer is none.
        dropped: bytes that belonged to no frame, so far.
    """

    def __init__(self, limit: int = MAX_PAYLOAD) -> None:
        self.limit = limit
        self.dropped = 0
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take more bytes and yield each frame that they complete; bytes that are not part of one are dropped."""
        self._buffer += data
        while (frame := self._next()) is not None:
            yield frame

    def clear(self) -> None:
        """Drop a frame that has only begun."""
        self._drop(len(self._buffer))

    def _next(self) -> Frame | None:
        buffer = self._buffer
        while True:
            start = buffer.find(SYNC)
            self._drop(len(buffer) if start < 0 else start)
            if len(buffer) < HEADER_BYTES:
                return None
            _, kind, sequence, length = _HEADER.unpack_from(buffer)
            end = OVERHEAD_BYTES + length
            if kind not in _KNOWN_TYPES or length > self.limit:
                self._drop(1)
            elif len(buffer) < end:
                return None
            elif zlib.crc32(buffer[1 : end - CRC_BYTES]) != int.from_bytes(buffer[end - CRC_BYTES : end], "little"):
                self._drop(1)
            else:
                payload = bytes(buffer[HEADER_BYTES : end - CRC_BYTES])
                del buffer[:end]
                return Frame(kind, sequence, payload)

    def _drop(self, count: int) -> None:
        self.dropped += count
        del self._buffer[:count]


_KNOWN_TYPES = frozenset(Type)


def _fields(payload: bytes, offset: int, count: int, width: int) -> NDArray[np.int64]:
    bits = np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little")[offset : offset + count * width]
    return bits.reshape(count, width).astype(np.int64) @ (1 << np.arange(width, dtype=np.int64))
