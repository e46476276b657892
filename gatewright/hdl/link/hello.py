"""What a board says about itself."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .protocol import VERSION, Shape

DIGEST_BYTES = 8
_HELLO = struct.Struct(f"<B{DIGEST_BYTES}sHBHBIHHHB")
_SELFTEST = 1
_MAX_CYCLES = 2**16 - 1


@dataclass(frozen=True)
class Hello:
    """The payload of a HELLO_ANSWER, field by field.

    In every version of the protocol the first two fields are these: any two ends can refuse each other by name.

    Attributes:
        version: of the protocol; u8.
        digest: first 8 bytes of the digest of the graph.
        shape: how samples and results are packed: features u16, word width u8, classes u16, score bits u8.
        clock_hz: of the classifier; u32.
        latency_cycles: from a sample at the classifier to its result; u16.
        interval_cycles: from one sample to the next at the classifier; u16.
        divisor: clock cycles of a bit on the line; u16.
        selftest: whether the board answers SELFTEST and COUNTERS; bit 0 of a u8.
    """

    version: int
    digest: bytes
    shape: Shape
    clock_hz: int
    latency_cycles: int
    interval_cycles: int
    divisor: int
    selftest: bool

    def encode(self) -> bytes:
        """The payload of the answer to a HELLO.

        Raises:
            GatewrightError: if a number of cycles is too large to be said.
        """
        s = self.shape
        if max(self.latency_cycles, self.interval_cycles, self.divisor) > _MAX_CYCLES:
            raise GatewrightError(
                f"The latency of {self.latency_cycles} cycles, the interval of {self.interval_cycles} or the "
                f"{self.divisor} cycles of a bit exceed the {_MAX_CYCLES} that a board can say: count with more lanes, "
                "or choose a higher baud rate."
            )
        return _HELLO.pack(
            self.version,
            self.digest,
            s.features,
            s.word_width,
            s.classes,
            s.score_bits,
            self.clock_hz,
            self.latency_cycles,
            self.interval_cycles,
            self.divisor,
            _SELFTEST * self.selftest,
        )

    @classmethod
    def decode(cls, payload: bytes) -> Hello:
        """The reverse of `encode`.

        Raises:
            GatewrightError: if the payload is of another version or has another length.
        """
        if payload[:1] != bytes([VERSION]) and len(payload) > DIGEST_BYTES:
            raise GatewrightError(
                f"The board speaks version {payload[0]} of the link and this gatewright version {VERSION}: "
                "synthesize and flash again."
            )
        if len(payload) != HELLO_BYTES:
            raise GatewrightError(
                f"The board's greeting has {len(payload)} bytes and {HELLO_BYTES} are expected: "
                "flash a bitstream made by this gatewright."
            )
        version, digest, features, width, classes, bits, clock, latency, interval, divisor, flags = _HELLO.unpack(
            payload
        )
        shape = Shape(features, width, classes, bits)
        return cls(version, digest, shape, clock, latency, interval, divisor, bool(flags & _SELFTEST))


HELLO_BYTES = _HELLO.size


def graph_id(graph: GateGraph) -> bytes:
    """The first bytes of a graph's digest, as a board says them."""
    return bytes.fromhex(graph.digest)[:DIGEST_BYTES]
