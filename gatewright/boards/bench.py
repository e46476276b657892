"""The cocotb bench of the board top: the host's own code talks to it over a simulated serial line.

`pins.prepare` writes what it needs. It is imported by the simulator and nowhere else.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.task import bridge, resume
from cocotb.triggers import Event, FallingEdge, First, RisingEdge, Timer
from cocotb.utils import get_sim_time

from gatewright.errors import GatewrightError
from gatewright.graph.check import ties
from gatewright.graph.file import loads
from gatewright.hdl.link.protocol import SYNC, Type

from .link import BoardLink
from .pins import FAULTS, VARIABLE, Line, Outcome

CLOCK_NS = 1000
_FRAME_BITS = 10


class SimulatedLine:
    """The two pins as a `port.Port`; its calls block the thread of the host, not the simulation.

    Attributes:
        faults: bytes that were damaged so far, and bursts of noise.
        resets: times that the board was reset so far.
        sent: bytes that the host sent so far.
        idle_ns: how long its line stood still between them.
    """

    def __init__(self, dut: Any, line: Line) -> None:
        self.faults = 0
        self.resets = 0
        self.begin()
        self._dut = dut
        self._line = line
        self._kinds = line.kinds or FAULTS
        self._rng = np.random.default_rng(line.seed)
        self._bit_ns = round(CLOCK_NS * line.divisor * line.drift)
        # Longer than the board's timeout, and than a frame that is under way: a silent read means that it hunts.
        self._timeout_ns = CLOCK_NS * line.divisor * (2 * line.timeout_bits + 4 * _FRAME_BITS)
        self._received = bytearray()
        self._arrived = Event()

    def begin(self) -> None:
        """Begin to measure what is sent."""
        self.sent = 0
        self.idle_ns = 0
        self._still_since: int | None = None

    def write(self, data: bytes) -> None:
        """Send bytes, and at times damage them or reset the board meanwhile."""
        resume(self._send)(data)

    def read(self, size: int) -> bytes:
        """Receive ``size`` bytes, or fewer when the timeout runs out."""
        return resume(self._take)(size)

    async def reset(self) -> None:
        """Reset the board for two clock cycles."""
        self._dut.rst.value = 1
        for _ in range(2):
            await RisingEdge(self._dut.clk)
        await FallingEdge(self._dut.clk)
        self._dut.rst.value = 0

    async def listen(self) -> None:
        """Receive for ever what the board sends."""
        tx = self._dut.tx
        while True:
            await FallingEdge(tx)
            await Timer(self._bit_ns * 3 // 2, "ns")
            byte = 0
            for i in range(8):
                byte |= int(tx.value) << i
                await Timer(self._bit_ns, "ns")
            if int(tx.value) == 1:
                for levels in self._damaged(bytes([byte])):
                    self._received.append(levels >> 1 & 0xFF)
                self._arrived.set()

    async def _send(self, data: bytes) -> None:
        if self._still_since is not None:
            self.idle_ns += int(get_sim_time("ns")) - self._still_since
        if self._rng.random() < self._line.resets:
            cocotb.start_soon(self._reset_within(len(data) * _FRAME_BITS * self._bit_ns))
        if self._rng.random() < self._line.noise:
            self._received += self._burst()
            data = self._burst() + data
        self.sent += len(data)
        for levels in self._damaged(data):
            for i in range(_FRAME_BITS):
                self._dut.rx.value = levels >> i & 1
                await Timer(self._bit_ns, "ns")
        self._dut.rx.value = 1
        self._still_since = int(get_sim_time("ns"))

    async def _reset_within(self, span_ns: int) -> None:
        await Timer(int(self._rng.integers(1, span_ns)), "ns")
        self.resets += 1
        await self.reset()

    async def _take(self, size: int) -> bytes:
        timeout = Timer(self._timeout_ns, "ns")
        while len(self._received) < size:
            self._arrived.clear()
            if await First(self._arrived.wait(), timeout) is timeout:
                break
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def _burst(self) -> bytes:
        """Noise that likes to begin like a frame."""
        self.faults += 1
        rng = self._rng
        kind = int(rng.choice([*Type, SYNC, int(rng.integers(256))]))
        head = bytes([SYNC, kind, int(rng.integers(256)), int(rng.integers(40)), 0])[: int(rng.integers(6))]
        return head + rng.bytes(int(rng.integers(24)))

    def _damaged(self, data: bytes) -> list[int]:
        """The levels of bytes on the line, ten bits each, some of them damaged, lost, repeated or put in."""
        sent: list[int] = []
        for byte in data:
            if self._rng.random() >= self._line.faults:
                sent.append(_levels(byte))
                continue
            self.faults += 1
            kind = self._kinds[int(self._rng.integers(len(self._kinds)))]
            if kind == "flip":
                sent.append(_levels(byte) ^ 1 << int(self._rng.integers(_FRAME_BITS)))
            elif kind != "lose":
                extra = byte if kind == "repeat" else int(self._rng.integers(256))
                sent += [_levels(byte), _levels(extra)]
        return sent


def _levels(byte: int) -> int:
    """A byte as 8N1, the start bit lowest."""
    return byte << 1 | 1 << (_FRAME_BITS - 1)


@cocotb.test()
async def the_host_gets_the_scores_of_the_graph(dut: Any) -> None:
    """Ask the board for every vector with the host's own code, and compare scores and labels with the reference."""
    task = json.loads(Path(os.environ[VARIABLE]).read_bytes())
    graph = loads(Path(task["graph"]).read_bytes(), task["graph"])
    line = Line(**task["line"])
    words = np.array(task["words"], dtype=np.uint16).reshape(-1, graph.encoder.features)
    port = SimulatedLine(dut, line)

    dut.rx.value = 1
    dut.rst.value = 1
    Clock(dut.clk, CLOCK_NS, "ns").start()
    await port.reset()
    cocotb.start_soon(port.listen())
    link = BoardLink(port, graph, silence_bits=2 * line.timeout_bits)
    hello = await bridge(link.hello)()
    port.begin()
    began_ns, before = get_sim_time("ns"), link.counters.received
    answers = await bridge(link.answers)(words)
    sent, idle_ns, received = port.sent, port.idle_ns, link.counters.received - before
    spent_ns = get_sim_time("ns") - began_ns
    counts = await bridge(link.read_counters)() if hello.selftest else None
    selftest = await bridge(link.selftest)(*task["selftest"]) if task["selftest"] else None

    expected = graph.scores(words)
    wrong = (answers.scores != expected).any(axis=1) | (answers.labels != expected.argmax(axis=1))
    outcome = Outcome(
        vectors=len(words),
        ties=ties(expected),
        mismatches=int(wrong.sum()),
        retries=link.counters.retries,
        errors=link.counters.errors,
        faults=port.faults,
        resets=port.resets,
        bits=round(spent_ns / (CLOCK_NS * line.divisor)),
        dropped=link.counters.dropped,
        sent=sent,
        received=received,
        idle=idle_ns // (CLOCK_NS * line.divisor),
        counts=counts,
        selftest=selftest,
    )
    Path(task["outcome"]).write_text(json.dumps(asdict(outcome)) + "\n")
    if not outcome.passed:
        first = int(wrong.argmax()) if len(wrong) else 0
        raise GatewrightError(
            f"{outcome.mismatches} of {outcome.vectors} samples differ, the first is {first}; self-test: {selftest}."
        )
