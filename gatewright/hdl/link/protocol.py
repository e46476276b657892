"""The bytes on the wire between a host and a board: one specification for gateware and host.

``docs/link.md`` says it in full, with what each end has to do. The line is 8N1, the least significant bit first, every
number little-endian. Both directions carry **frames**::

    offset  bytes  field
    0       1      sync, 0xA5
    1       1      type
    2       1      sequence: chosen by the host, echoed in the answer
    3       2      length n of the payload in bytes
    5       n      payload
    5+n     4      CRC-32 (IEEE 802.3, as `zlib.crc32`) of type, sequence, length and payload

=============== ====  ====  ===========================================================================
frame           type  from  payload
=============== ====  ====  ===========================================================================
HELLO           0x01  host  empty
SAMPLE          0x02  host  the words of one sample, feature 0 first, ``word_width`` bits each
SELFTEST        0x03  host  register of the number of samples u32 (see `lfsr`), seed u32 (see `selftest`)
COUNTERS        0x04  host  empty
HELLO_ANSWER    0x81  board see `hello`
RESULT          0x82  board the label in ``label_bits`` bits, then the score of each class in ``score_bits``
SELFTEST_ANSWER 0x83  board the signature in ``signature_bits`` bits
COUNTERS_ANSWER 0x84  board registers of cycles u32, samples u32, errors u32 (see `Counts` and `lfsr`)
ERROR           0xFF  board code u8: the frame before was not carried out; the sequence is 0
=============== ====  ====  ===========================================================================

The answer to a question has its type with the top bit set. Bit fields are packed without gaps, the least significant
bit of the first field into the least significant bit of the first byte; the rest of the last byte is 0 and is not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .lfsr import PERIOD, count_of, register_of

VERSION = 2
SYNC = 0xA5
HEADER_BYTES = 5
CRC_BYTES = 4
OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES
TIMEOUT_BITS = 16384
"""A board gives up an interrupted frame after this many bit times of silence."""

SELFTEST = struct.Struct("<II")
"""The payload of a SELFTEST: register of the number of samples, seed."""
SIGNATURE_BITS = 32
"""A signature has at least so many bits."""
HEADER = struct.Struct("<BBBH")
_COUNTS = struct.Struct("<III")
MAX_PAYLOAD = 2**16 - 1
MAX_COUNT = 2**16 - 1
"""The largest number of features or classes that a greeting can say."""
_BLOCK = 256
"""Samples that are packed at once."""


class Type(IntEnum):
    """What a frame is."""

    HELLO = 0x01
    SAMPLE = 0x02
    SELFTEST = 0x03
    COUNTERS = 0x04
    HELLO_ANSWER = 0x81
    RESULT = 0x82
    SELFTEST_ANSWER = 0x83
    COUNTERS_ANSWER = 0x84
    ERROR = 0xFF


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
        body = HEADER.pack(SYNC, self.type, self.sequence, len(self.payload)) + self.payload
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

    @property
    def signature_bits(self) -> int:
        """Bits of the signature of a self-test."""
        return max(SIGNATURE_BITS, self.result_bits)

    @property
    def signature_bytes(self) -> int:
        """Payload of a SELFTEST_ANSWER."""
        return (self.signature_bits + 7) // 8

    def pack_sample(self, words: ArrayLike) -> bytes:
        """The payload of a SAMPLE from the words (features,) of one sample.

        Raises:
            GatewrightError: for another number of words, or a word that does not fit.
        """
        return self.pack_samples(np.asarray(words)[None])[0]

    def pack_samples(self, words: ArrayLike) -> list[bytes]:
        """The payloads of SAMPLEs from words (samples, features).

        Raises:
            GatewrightError: for another number of words, or a word that does not fit.
        """
        values = np.asarray(words)
        if values.shape[1:] != (self.features,):
            raise GatewrightError(
                f"The samples have shape {values.shape}: pass {self.features} words for each, (samples, features)."
            )
        if not np.can_cast(values.dtype, np.int64) or (
            values.size and (values.min() < 0 or values.max() >= 2**self.word_width)
        ):
            raise GatewrightError(
                f"A sample holds a word outside 0 to {2**self.word_width - 1}: quantise it with the encoder."
            )
        places = np.arange(self.word_width, dtype=np.uint16)
        payloads: list[bytes] = []
        for first in range(0, len(values), _BLOCK):
            bits = (values[first : first + _BLOCK, :, None].astype(np.uint16) >> places & 1).astype(np.uint8)
            packed = np.packbits(bits.reshape(len(bits), -1), axis=1, bitorder="little")
            payloads += [row.tobytes() for row in packed]
        return payloads

    def unpack_sample(self, payload: bytes) -> NDArray[np.uint16]:
        """The words (features,) in the payload of a SAMPLE; the reverse of `pack_sample`."""
        return _fields(payload, 0, self.features, self.word_width).astype(np.uint16)

    def result_value(self, label: int, scores: Iterable[int]) -> int:
        """The bits of a result as a number: the label, and above it the score of each class."""
        value, at = label, self.label_bits
        for score in scores:
            value |= score << at
            at += self.score_bits
        return value

    def pack_result(self, label: int, scores: ArrayLike) -> bytes:
        """The payload of a RESULT."""
        return self.result_value(label, np.asarray(scores).tolist()).to_bytes(self.result_bytes, "little")

    def unpack_result(self, payload: bytes) -> tuple[int, NDArray[np.int32]]:
        """The label and the scores (classes,) in the payload of a RESULT."""
        label = int(_fields(payload, 0, 1, self.label_bits)[0])
        return label, _fields(payload, self.label_bits, self.classes, self.score_bits).astype(np.int32)


@dataclass(frozen=True)
class Counts:
    """What a board has counted.

    Attributes:
        cycles: in which the classifier held a sample, since the reset or the begin of the last self-test. A sample is
            held from the cycle after the first one in which it is offered to the one in which its result is taken.
        samples: that the classifier took in that time.
        errors: ERROR frames that the board sent since the reset.

    Each is modulo 2^32 - 1.
    """

    cycles: int
    samples: int
    errors: int

    def since(self, earlier: Counts) -> Counts:
        """What was counted after an earlier reading, if the board was neither reset nor tested itself since."""
        pairs = ((self.cycles, earlier.cycles), (self.samples, earlier.samples), (self.errors, earlier.errors))
        return Counts(*((now - before) % PERIOD for now, before in pairs))

    def encode(self) -> bytes:
        """The payload of a COUNTERS_ANSWER."""
        return _COUNTS.pack(*map(register_of, (self.cycles, self.samples, self.errors)))

    @classmethod
    def decode(cls, payload: bytes) -> Counts:
        """The reverse of `encode`; the payload has `COUNTS_BYTES`.

        Raises:
            GatewrightError: for a register in which no counter can be.
        """
        return cls(*map(count_of, _COUNTS.unpack(payload)))


COUNTS_BYTES = _COUNTS.size


def _fields(payload: bytes, offset: int, count: int, width: int) -> NDArray[np.int64]:
    bits = np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little")[offset : offset + count * width]
    return bits.reshape(count, width).astype(np.int64) @ (1 << np.arange(width, dtype=np.int64))
