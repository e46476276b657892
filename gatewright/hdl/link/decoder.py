"""Finds frames in a stream of bytes: the host's reader."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from .protocol import CRC_BYTES, HEADER, HEADER_BYTES, MAX_PAYLOAD, OVERHEAD_BYTES, SYNC, Frame, Type

_KNOWN_TYPES = frozenset(Type)


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
            _, kind, sequence, length = HEADER.unpack_from(buffer)
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
