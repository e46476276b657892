"""A board in plain Python, byte by byte as the protocol says, and a wire that can damage what goes over it."""

from __future__ import annotations

import zlib

from gatewright.hdl.link import selftest
from gatewright.hdl.link.hello import Hello, graph_id
from gatewright.hdl.link.lfsr import count_of, register_of
from gatewright.hdl.link.protocol import VERSION, Shape


class ModelBoard:
    """Feed it bytes, and silences; take its answers from ``out``."""

    def __init__(self, graph, version=VERSION, clock_hz=12_000_000, latency=7, divisor=4, selftest=True):
        self.graph = graph
        self.shape = Shape.of(graph)
        self.latency = latency
        self.counts = [0, 0, 0]
        self.lengths = {1: 0, 2: self.shape.sample_bytes} | ({3: 8, 4: 0} if selftest else {})
        self.greeting = Hello(version, graph_id(graph), self.shape, clock_hz, latency, 1, divisor, selftest).encode()
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
            elif byte not in self.lengths:
                frame.clear()
            return
        length = self.lengths[frame[1]]
        if (size == 4 and byte != length & 255) or (size == 5 and byte != length >> 8):
            frame.clear()
            self._answer(0xFF, 0, b"\x02")
        elif size == 9 + length:
            whole = bytes(frame)
            frame.clear()
            if zlib.crc32(whole[1:-4]).to_bytes(4, "little") != whole[-4:]:
                self._answer(0xFF, 0, b"\x01")
            else:
                self._carry_out(whole[1], whole[2], whole[5:-4])

    def _carry_out(self, kind, sequence, payload):
        if kind == 1:
            answer = self.greeting
        elif kind == 2:
            words = self.shape.unpack_sample(payload)
            self.accepted.append(words)
            scores = self.graph.scores(words[None])[0]
            answer = self.shape.pack_result(int(scores.argmax()), scores)
            self.counts[0] += self.latency
            self.counts[1] += 1
        elif kind == 3:
            samples, seed = count_of(int.from_bytes(payload[:4], "little")), int.from_bytes(payload[4:], "little")
            answer = selftest.expected(self.graph, samples, seed).to_bytes(self.shape.signature_bytes, "little")
            self.counts[:2] = samples - 1 + self.latency, samples
        else:
            answer = b"".join(register_of(count).to_bytes(4, "little") for count in self.counts)
        self._answer(kind | 0x80, sequence, answer)

    def _answer(self, kind, sequence, payload):
        self.counts[2] += kind == 0xFF
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
