"""A board in plain Python, byte by byte as the protocol says, and a wire that can damage what goes over it."""

from __future__ import annotations

import zlib

from gatewright.hdl.link.protocol import VERSION, Hello, Shape, graph_id


class ModelBoard:
    """Feed it bytes, and silences; take its answers from ``out``."""

    def __init__(self, graph, version=VERSION, clock_hz=12_000_000, latency=7):
        self.graph = graph
        self.shape = Shape.of(graph)
        self.greeting = Hello(version, graph_id(graph), self.shape, clock_hz, latency).encode()
        self.frame = bytearray()
        self.out = bytearray()
        self.accepted = []

    def feed(self, data):
        for byte in data:
            self._byte(byte)

    def silence(self):
        self.frame.clear()

    def _byte(self, byte):
        frame = self.frame
        frame.append(byte)
        size = len(frame)
        if size == 1:
            if byte != 0xA5:
                frame.clear()
            return
        if size == 2:
            if byte == 0xA5:
                del frame[1:]
            elif byte not in (1, 2):
                frame.clear()
            return
        length = self.shape.sample_bytes if frame[1] == 2 else 0
        if (size == 4 and byte != length & 255) or (size == 5 and byte != length >> 8):
            frame.clear()
            self._answer(0x83, 0, b"\x02")
        elif size == 9 + length:
            whole = bytes(frame)
            frame.clear()
            if zlib.crc32(whole[1:-4]).to_bytes(4, "little") != whole[-4:]:
                self._answer(0x83, 0, b"\x01")
            elif whole[1] == 1:
                self._answer(0x81, whole[2], self.greeting)
            else:
                words = self.shape.unpack_sample(whole[5:-4])
                self.accepted.append(words)
                scores = self.graph.scores(words[None])[0]
                self._answer(0x82, whole[2], self.shape.pack_result(int(scores.argmax()), scores))

    def _answer(self, kind, sequence, payload):
        body = bytes([kind, sequence]) + len(payload).to_bytes(2, "little") + payload
        self.out += b"\xa5" + body + zlib.crc32(body).to_bytes(4, "little")


class ModelPort:
    """A wire to a model board. ``there`` and ``back`` map bytes to bytes, and may damage them."""

    def __init__(self, board, there=bytes, back=bytes):
        self.board = board
        self.there = there
        self.back = back
        self.buffer = bytearray()

    def write(self, data):
        self.board.feed(self.there(data))

    def read(self, size):
        self.buffer += self.back(bytes(self.board.out))
        self.board.out.clear()
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        if len(data) < size:
            self.board.silence()
        return data


class Noise:
    """Damages a share of the calls: flips bits, drops, repeats and inserts bytes, cuts short."""

    def __init__(self, rng, rate):
        self.rng = rng
        self.rate = rate
        self.damaged = 0

    def __call__(self, data):
        rng = self.rng
        if not data or rng.random() >= self.rate:
            return bytes(data)
        self.damaged += 1
        data = bytearray(data)
        at = int(rng.integers(len(data)))
        match int(rng.integers(6)):
            case 0:
                data[at] ^= 1 << int(rng.integers(8))
            case 1:
                del data[at]
            case 2:
                data.insert(at, data[at])
            case 3:
                data[at:at] = rng.bytes(int(rng.integers(1, 20)))
            case 4:
                del data[at:]
            case 5:
                data[:] = b"\xa5\x02" + rng.bytes(3)
        return bytes(data)
