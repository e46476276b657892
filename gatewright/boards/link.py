"""The host's side of the link: asks a board over any port, and believes only what is checked.

A sample is a pure question, so it may be asked again; so may a self-test. Answers come in the order of the questions,
so an answer tells that those before it are lost, and they are asked again. After a silence, the host makes sure that
the board hunts for a new frame and still is the same board, and asks everything again that has no answer. Every loop is
bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link import selftest
from gatewright.hdl.link.decoder import Decoder
from gatewright.hdl.link.hello import HELLO_BYTES, Hello, graph_id
from gatewright.hdl.link.lfsr import register_of
from gatewright.hdl.link.protocol import (
    COUNTS_BYTES,
    OVERHEAD_BYTES,
    SELFTEST,
    TIMEOUT_BITS,
    Counts,
    ErrorCode,
    Frame,
    Shape,
    Type,
)

from .answers import Answers, Counters, SelfTest
from .pace import Pace
from .port import Port

ATTEMPTS = 10
"""A question is asked at most this often in a row."""
MAX_SELFTEST_S = 10
"""A longer self-test is not asked for: the board answers nothing meanwhile."""
TELL_EVERY = 256
"""Samples between two words about how far a board is."""
_READS = 4096


@dataclass
class BoardLink:
    """A board at the other end of a port; a `graph.check.Target`.

    Attributes:
        port: to the board.
        graph: the network that the board is to hold.
        counters: what happened on the wire.
        silence_bits: bit times that a read which times out lasts at least: more than the board's own timeout.
    """

    port: Port
    graph: GateGraph
    counters: Counters = field(default_factory=Counters)
    silence_bits: int = TIMEOUT_BITS

    def __post_init__(self) -> None:
        self._shape = shape = Shape.of(self.graph)
        self._decoder = Decoder(max(HELLO_BYTES, shape.result_bytes, shape.signature_bytes, COUNTS_BYTES))
        self._sequence = 0
        self._hello: Hello | None = None

    def hello(self) -> Hello:
        """Ask the board what it is, and demand that it holds the graph.

        Raises:
            GatewrightError: if nothing answers, or if the board holds another network or speaks another version.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self._settle()
            sequence = self._send(Type.HELLO)
            answer = self._receive(HELLO_BYTES)
            if answer is not None and (answer.type, answer.sequence) == (Type.HELLO_ANSWER, sequence):
                self._hello = self._accept(Hello.decode(answer.payload))
                return self._hello
        raise GatewrightError(
            "The board does not answer: check that it is flashed, that the port is the right one (where a board has "
            "two, mostly the second), and that no other program reads it."
        )

    def scores(self, words: ArrayLike) -> NDArray[np.int32]:
        """Scores (samples, classes) of encoder words (samples, features).

        Raises:
            GatewrightError: as `answers`.
        """
        return self.answers(words).scores

    def answers(self, words: ArrayLike, tell: Callable[[int], None] | None = None) -> Answers:
        """Labels and scores of encoder words (samples, features), asked as fast as the line carries them.

        Args:
            words: what is asked.
            tell: told the number of samples that are answered, first 0 and then now and then.

        Raises:
            GatewrightError: for words of another shape, if the board is not the right one (see `hello`), or if the line
                is so bad that a sample stays without an answer.
        """
        payloads = self._shape.pack_samples(words)
        labels = np.zeros(len(payloads), dtype=np.intp)
        scores = np.zeros((len(payloads), self._shape.classes), dtype=np.int32)
        pace = Pace.of(self._hello or self.hello())
        size = self._shape.result_bytes
        waiting = deque(range(len(payloads)))
        asked: dict[int, int] = {}
        failures = strays = done = 0
        while waiting or asked:
            if tell is not None and done % TELL_EVERY == 0:
                tell(done)
            while waiting and len(asked) < pace.window:
                index = waiting.popleft()
                asked[self._send(Type.SAMPLE, payloads[index], pace.fill)] = index
            frame = self._receive(size, pace.answer_bits)
            if frame is not None and frame.sequence in asked and _is(frame, Type.RESULT, frame.sequence, size):
                # Answers come in the order of the questions: those in front of this one stay without.
                lost = list(takewhile(frame.sequence.__ne__, asked))
                waiting.extendleft(reversed([asked.pop(sequence) for sequence in lost]))
                index = asked.pop(frame.sequence)
                labels[index], scores[index] = self._shape.unpack_result(frame.payload)
                failures = strays = 0
                done += 1
                self.counters.samples += 1
                self.counters.retries += len(lost)
                continue
            strays += 1
            if frame is not None and strays <= pace.window:
                continue
            failures += 1
            waiting.extendleft(reversed(asked.values()))
            asked.clear()
            self._again(f"sample {waiting[0]}", failures, frame)
        return Answers(labels, scores)

    def selftest(self, samples: int, seed: int = 1) -> SelfTest:
        """Let the board classify so many generated samples at its own clock, and compare with the reference.

        Raises:
            GatewrightError: for numbers that a board cannot be asked, if the board has no self-test or is not the right
                one (see `hello`), or if the line is so bad that there is no answer.
        """
        selftest.check(samples, seed)
        hello = self._with_selftest()
        cycles = (samples - 1) * hello.interval_cycles + hello.latency_cycles
        if cycles > MAX_SELFTEST_S * hello.clock_hz:
            most = MAX_SELFTEST_S * hello.clock_hz // hello.interval_cycles
            raise GatewrightError(
                f"A self-test of {samples:,} samples keeps the board for {cycles / hello.clock_hz:.0f} s: "
                f"ask for at most {most:,}, and again with another seed."
            )
        payload = SELFTEST.pack(register_of(samples), seed)
        size = self._shape.signature_bytes
        for _ in range(ATTEMPTS):
            answer = self._ask(Type.SELFTEST, payload, size, cycles // hello.divisor)
            counts = self.read_counters()
            # They begin anew with the self-test: anything else is a board that was reset since.
            if counts.samples == samples:
                signature = int.from_bytes(answer, "little")
                expected = selftest.expected(self.graph, samples, seed)
                return SelfTest(samples, signature, expected, counts.cycles, cycles, hello.clock_hz)
        raise GatewrightError("The board was reset after each of its self-tests: check its supply.")

    def read_counters(self) -> Counts:
        """What the board has counted.

        Raises:
            GatewrightError: if the board does not count or is not the right one (see `hello`), or if the line is so bad
                that there is no answer.
        """
        self._with_selftest()
        return Counts.decode(self._ask(Type.COUNTERS, b"", COUNTS_BYTES))

    def _with_selftest(self) -> Hello:
        """What the board is; it can test itself and count.

        Raises:
            GatewrightError: if it cannot.
        """
        hello = self._hello or self.hello()
        if not hello.selftest:
            raise GatewrightError(
                "The board was built without its self-test and counters: build it with them, or send it samples."
            )
        return hello

    def _ask(self, kind: Type, payload: bytes, size: int, bits: int = 0) -> bytes:
        """The payload of ``size`` bytes that answers a question within so many bit times."""
        for attempt in range(1, ATTEMPTS + 1):
            sequence = self._send(kind, payload)
            frame = self._receive(size, bits)
            if frame is not None and _is(frame, kind | 0x80, sequence, size):
                return frame.payload
            self._again(f"a question of type {kind.name}", attempt, frame)
        raise AssertionError("the last attempt has raised")

    def _again(self, question: str, failures: int, frame: Frame | None) -> None:
        """Come back in step after a wrong answer or none.

        Raises:
            GatewrightError: after too many of them in a row, or if the board is another one now.
        """
        if failures == ATTEMPTS:
            raise GatewrightError(
                f"The board gave no valid answer to {question} in {ATTEMPTS} attempts (last: {_said(frame)}): "
                "check the cable, and that the port runs at the board's baud rate."
            )
        self._settle()
        self.hello()

    def _accept(self, hello: Hello) -> Hello:
        """The greeting, if it is the one of the graph."""
        if hello.digest != graph_id(self.graph):
            raise GatewrightError(
                f"The board holds the network {hello.digest.hex()}, not {graph_id(self.graph).hex()} "
                f"({self.graph.provenance.name}): flash it, or open the run that it was made from."
            )
        if hello.shape != self._shape:
            raise GatewrightError(
                f"The board answers {hello.shape}, and its network has {self._shape}: synthesize and flash again."
            )
        return hello

    def _send(self, kind: Type, payload: bytes = b"", fill: bytes = b"") -> int:
        """Send a frame, and what is to follow it, and return its sequence."""
        sequence = self._sequence
        self._sequence = (sequence + 1) % 256
        data = Frame(kind, sequence, payload).encode() + fill
        self.counters.sent += len(data)
        self.port.write(data)
        return sequence

    def _receive(self, size: int, bits: int = 0) -> Frame | None:
        """The next frame, or None if none is complete after so many bit times and a silence.

        Args:
            size: of the payload to expect.
            bits: bit times that the board may take before it answers.
        """
        for frame in self._decoder.feed(b""):
            return self._count(frame)
        size += OVERHEAD_BYTES
        patience = 1 + (bits + 10 * size) // self.silence_bits
        for _ in range(_READS + patience):
            data = self._read(size)
            for frame in self._decoder.feed(data):
                return self._count(frame)
            patience -= len(data) < size
            if patience == 0:
                return None
        return None

    def _count(self, frame: Frame) -> Frame:
        self.counters.errors += frame.type == Type.ERROR
        self.counters.dropped = self._decoder.dropped
        return frame

    def _read(self, size: int) -> bytes:
        data = self.port.read(size)
        self.counters.received += len(data)
        return data

    def _settle(self) -> None:
        """Stay silent until the board hunts, and drop everything that comes meanwhile.

        Raises:
            GatewrightError: if the line does not fall silent.
        """
        self.counters.retries += 1
        self._decoder.clear()
        for _ in range(_READS):
            data = self._read(64)
            self._decoder.dropped += len(data)
            if not data:
                self.counters.dropped = self._decoder.dropped
                return
        raise GatewrightError("The line never falls silent: check that the port is the board's, and its baud rate.")


def _is(frame: Frame, kind: int, sequence: int, size: int) -> bool:
    return (frame.type, frame.sequence, len(frame.payload)) == (kind, sequence, size)


def _said(frame: Frame | None) -> str:
    if frame is None:
        return "silence"
    if frame.type == Type.ERROR and frame.payload[:1] in {bytes([code]) for code in ErrorCode}:
        return f"error {ErrorCode(frame.payload[0]).name}"
    return f"a frame of type {frame.type:#04x}"
