"""The host's side of the link: asks a board over any port, and believes only what is checked.

A sample is a pure question, so it may be asked again. After anything odd (silence, an error, an answer to another
question) the host stays silent until the board hunts for a new frame, makes sure that it still is the same board, and
asks again from the first sample without an answer. Every loop is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import (
    HELLO_BYTES,
    OVERHEAD_BYTES,
    VERSION,
    Decoder,
    ErrorCode,
    Frame,
    Hello,
    Shape,
    Type,
    graph_id,
)

from .port import Port

ATTEMPTS = 10
"""A question is asked at most this often in a row."""
WINDOW = 32
"""Samples under way at once, where the protocol allows any number."""
_READS = 4096


@dataclass
class Counters:
    """What happened on the wire.

    Attributes:
        samples: answers that were taken.
        retries: times that the host had to start again.
        errors: ERROR frames that came.
        dropped: received bytes that belonged to no frame.
    """

    samples: int = 0
    retries: int = 0
    errors: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class Answers:
    """What a board says about some samples.

    Attributes:
        labels: (samples,) class indices.
        scores: (samples, classes) int32.
    """

    labels: NDArray[np.intp]
    scores: NDArray[np.int32]


@dataclass
class BoardLink:
    """A board at the other end of a port; a `graph.check.Target`.

    Attributes:
        port: to the board. A read that times out must take longer than the board's own timeout.
        graph: the network that the board is to hold.
        counters: what happened on the wire.
    """

    port: Port
    graph: GateGraph
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        self._shape = Shape.of(self.graph)
        self._decoder = Decoder(limit=max(HELLO_BYTES, self._shape.result_bytes))
        self._sequence = 0
        self._hello: Hello | None = None
        faster = self._shape.sample_bytes > self._shape.result_bytes
        self._window = WINDOW if faster else 2

    def hello(self) -> Hello:
        """Ask the board what it is, and demand that it holds the graph.

        Raises:
            GatewrightError: if nothing answers, or if the board holds another network or speaks another version.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self._settle()
            sequence = self._send(Type.HELLO)
            answer = self._receive(OVERHEAD_BYTES + HELLO_BYTES)
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

    def answers(self, words: ArrayLike) -> Answers:
        """Labels and scores of encoder words (samples, features).

        Raises:
            GatewrightError: for words of another shape, if the board is not the right one (see `hello`), or if the line
                is so bad that a sample stays without an answer.
        """
        rows = np.asarray(words)
        if rows.ndim != 2 or rows.shape[1] != self._shape.features:
            raise GatewrightError(
                f"The words have shape {rows.shape}, but the board reads (samples, {self._shape.features})."
            )
        payloads = [self._shape.pack_sample(row) for row in rows]
        labels = np.zeros(len(rows), dtype=np.intp)
        scores = np.zeros((len(rows), self._shape.classes), dtype=np.int32)
        if self._hello is None:
            self.hello()
        asked: deque[int] = deque()
        answered = failures = 0
        while answered < len(rows):
            while len(asked) < self._window and answered + len(asked) < len(rows):
                asked.append(self._send(Type.SAMPLE, payloads[answered + len(asked)]))
            frame = self._receive(OVERHEAD_BYTES + self._shape.result_bytes)
            if frame is not None and self._is_result(frame, asked[0]):
                labels[answered], scores[answered] = self._shape.unpack_result(frame.payload)
                asked.popleft()
                answered += 1
                failures = 0
                self.counters.samples += 1
                continue
            failures += 1
            if failures == ATTEMPTS:
                raise GatewrightError(
                    f"The board gave no valid answer to sample {answered} in {ATTEMPTS} attempts "
                    f"(last: {_said(frame)}): check the cable, and that the port runs at the board's baud rate."
                )
            asked.clear()
            self._settle()
            self.hello()
        return Answers(labels, scores)

    def _is_result(self, frame: Frame, sequence: int) -> bool:
        return (frame.type, frame.sequence, len(frame.payload)) == (Type.RESULT, sequence, self._shape.result_bytes)

    def _accept(self, hello: Hello) -> Hello:
        """The greeting, if it is the one of the graph."""
        if hello.version != VERSION:
            raise GatewrightError(
                f"The board speaks version {hello.version} of the link and this gatewright version {VERSION}: "
                "synthesize and flash again."
            )
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

    def _send(self, kind: Type, payload: bytes = b"") -> int:
        """Send a frame and return its sequence."""
        sequence = self._sequence
        self._sequence = (sequence + 1) % 256
        self.port.write(Frame(kind, sequence, payload).encode())
        return sequence

    def _receive(self, size: int) -> Frame | None:
        """The next frame, or None if the line falls silent before it is complete; ``size`` is the one to expect."""
        for frame in self._decoder.feed(b""):
            return self._count(frame)
        for _ in range(_READS):
            data = self.port.read(size)
            for frame in self._decoder.feed(data):
                return self._count(frame)
            if len(data) < size:
                return None
        return None

    def _count(self, frame: Frame) -> Frame:
        self.counters.errors += frame.type == Type.ERROR
        self.counters.dropped = self._decoder.dropped
        return frame

    def _settle(self) -> None:
        """Stay silent until the board hunts, and drop everything that comes meanwhile.

        Raises:
            GatewrightError: if the line does not fall silent.
        """
        self.counters.retries += 1
        self._decoder.clear()
        for _ in range(_READS):
            data = self.port.read(64)
            self._decoder.dropped += len(data)
            if not data:
                self.counters.dropped = self._decoder.dropped
                return
        raise GatewrightError("The line never falls silent: check that the port is the board's, and its baud rate.")


def _said(frame: Frame | None) -> str:
    if frame is None:
        return "silence"
    if frame.type == Type.ERROR and frame.payload[:1] in {bytes([code]) for code in ErrorCode}:
        return f"error {ErrorCode(frame.payload[0]).name}"
    return f"a frame of type {frame.type:#04x}"
