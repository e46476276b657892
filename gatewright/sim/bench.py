"""The cocotb bench of a classifier. It runs inside the simulator; `run` feeds it and reads what it answers.

Inputs change with the falling edge of the clock and outputs are looked at just before the rising one, so the
bench sees what a flip-flop would see, in every simulator.
"""

from __future__ import annotations

import json
import os
import random
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer
from numpy.typing import NDArray

VARIABLE = "GATEWRIGHT_BENCH"
"""The environment variable with the path of the plan."""

RESETS = 3
_PHASE_CYCLES = 48
_PROGRESS_VECTORS = 128
# How likely the source pauses and the sink stalls in a cycle. Every third phase, on average, runs freely.
_PHASES = ((0.0, 0.0), (0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.3, 0.3), (0.9, 0.0), (0.0, 0.9))


@dataclass(frozen=True)
class Plan:
    """What the bench is to do.

    Attributes:
        words: file with the words, (samples, features) uint16, as numpy stores it.
        answers: file that the bench writes, one row for each sample, int64: label, then scores.
        progress: file with the number of answers so far.
        word_width: bits of a word.
        label_bits: of the label, lowest in the payload of the result.
        score_bits: of each score.
        classes: number of scores.
        latency: cycles from words taken to result valid that the hardware must show.
        seed: of gaps, stalls and resets.
    """

    words: str
    answers: str
    progress: str
    word_width: int
    label_bits: int
    score_bits: int
    classes: int
    latency: int
    seed: int


@dataclass
class Flight:
    """A sample in the pipeline: its index, the cycle in which it was taken, and the stalled cycles up to then."""

    index: int
    cycle: int
    stalls: int


@cocotb.test()
async def stream(dut: Any) -> None:
    """Every sample gives one answer, in order, held until it is taken, after exactly the latency."""
    plan = Plan(**json.loads(Path(os.environ[VARIABLE]).read_bytes()))
    payloads = packed(np.load(plan.words), plan.word_width)
    answers = await _Stream(dut, plan, payloads).run()
    np.save(plan.answers, unpacked(answers, plan))


class _Stream:
    """Source, sink and referee of the two streams, one step for each cycle."""

    def __init__(self, dut: Any, plan: Plan, payloads: list[int]) -> None:
        self.dut = dut
        self.plan = plan
        self.payloads = payloads
        self.rng = random.Random(plan.seed)  # noqa: S311 - for variety, not for secrets.
        self.half = Timer(5, "ns")
        self.todo = deque(range(len(payloads)))
        self.flying: deque[Flight] = deque()
        self.answers: list[int] = []
        self.cycle = self.stalls = self.quiet = 0
        self.patience = 100 * (plan.latency + 10)
        self.resets = sorted(self.rng.sample(range(len(payloads)), min(RESETS, len(payloads) - 1)))
        self.pause, self.stall = _PHASES[0]
        self.offered: int | None = None
        self.held: int | None = None

    async def run(self) -> list[int]:
        self.dut.clk.value = 0
        await self.reset()
        while len(self.answers) < len(self.payloads):
            if self.resets and len(self.answers) > self.resets[0]:
                self.resets.pop(0)
                await self.reset()
            await self.step()
        return self.answers

    async def reset(self) -> None:
        """Reset for a cycle or more, with inputs that must not matter; what was in flight is sent again."""
        dut = self.dut
        dut.rst.value = 1
        dut.words__valid.value = 1
        dut.words__payload.value = 0
        dut.result__ready.value = self.rng.randrange(2)
        for _ in range(self.rng.randint(1, 3)):
            await self.edge()
        dut.rst.value = 0
        self.todo.extendleft(flight.index for flight in reversed(self.flying))
        self.flying.clear()
        self.held = self.offered = None

    async def edge(self) -> None:
        """From before one rising edge to before the next one's inputs: the clock goes up and down."""
        await self.half
        self.dut.clk.value = 1
        await self.half
        self.dut.clk.value = 0
        self.cycle += 1

    async def step(self) -> None:
        """Drive one cycle, look, and keep the books."""
        dut, rng = self.dut, self.rng
        if self.cycle % _PHASE_CYCLES == 0:
            self.pause, self.stall = rng.choice(_PHASES)
        # A source that has offered words keeps them until they are taken.
        if self.offered is None and self.todo and not (self.pause and rng.random() < self.pause):
            self.offered = self.todo[0]
            dut.words__payload.value = self.payloads[self.offered]
        dut.words__valid.value = int(self.offered is not None)
        take = not (self.stall and rng.random() < self.stall)
        dut.result__ready.value = int(take)
        await self.half
        ready, valid = bool(dut.words__ready.value), bool(dut.result__valid.value)
        self.look(valid, take)
        if self.offered is not None and ready:
            self.flying.append(Flight(self.todo.popleft(), self.cycle, self.stalls))
            self.offered = None
        self.stalls += not ready
        dut.clk.value = 1
        await self.half
        dut.clk.value = 0
        self.cycle += 1

    def look(self, valid: bool, take: bool) -> None:
        """Judge the result of this cycle."""
        self.quiet += 1
        if self.quiet > self.patience:
            raise AssertionError(f"no answer for {self.patience} cycles after {len(self.answers)} answers")
        if not valid:
            if self.held is not None:
                raise AssertionError(f"the result was withdrawn in cycle {self.cycle}, before it was taken")
            return
        if not self.flying:
            raise AssertionError(f"a result is valid in cycle {self.cycle}, but no sample is in flight")
        result = self.dut.result__payload.value.to_unsigned()
        if self.held is None:
            flight = self.flying[0]
            took = self.cycle - flight.cycle
            if flight.stalls == self.stalls and took != self.plan.latency:
                raise AssertionError(f"sample {flight.index} took {took} cycles, not {self.plan.latency}")
        elif result != self.held:
            raise AssertionError(f"the result changed in cycle {self.cycle}, before it was taken")
        self.held = None if take else result
        if take:
            self.quiet = 0
            self.flying.popleft()
            self.answers.append(result)
            if len(self.answers) % _PROGRESS_VECTORS == 0:
                Path(self.plan.progress).write_text(str(len(self.answers)))


def packed(words: NDArray[np.uint16], width: int) -> list[int]:
    """The payload of each row of words (samples, features): feature 0 in the lowest bits."""
    bits = (words[:, :, None] >> np.arange(width) & 1).astype(np.uint8).reshape(len(words), -1)
    return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(bits, axis=1, bitorder="little")]


def unpacked(payloads: list[int], plan: Plan) -> NDArray[np.int64]:
    """Label and scores of each payload of a result."""
    mask = (1 << plan.score_bits) - 1
    rows = [
        [
            payload & (1 << plan.label_bits) - 1,
            *(payload >> plan.label_bits + i * plan.score_bits & mask for i in range(plan.classes)),
        ]
        for payload in payloads
    ]
    return np.array(rows, dtype=np.int64).reshape(len(rows), 1 + plan.classes)
