"""The cocotb bench of a classifier. It runs inside the simulator; `run` feeds it and reads what it answers.

Each step hands `player` a batch of cycles and judges what was seen in the last one, so the speed is the simulator's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import Timer
from numpy.typing import NDArray

from .player import BATCH, TRACE
from .referee import BrokenStreamError, Referee
from .storm import storm, word

VARIABLE = "GATEWRIGHT_BENCH"
"""The environment variable with the path of the plan."""

_PERIOD_NS = 10
_AFTER_RISING_NS = 8
"""From the start of a period to between its rising edge and the end."""


@dataclass(frozen=True)
class Plan:
    """What the bench is to do.

    Attributes:
        samples: how many the player has.
        answers: file that the bench writes, one row for each sample, int64: label, then scores.
        progress: file with the number of answers so far.
        label_bits: of the label, lowest in the payload of the result.
        score_bits: of each score.
        classes: number of scores.
        latency: cycles from words taken to result valid that the hardware must show.
        interval: cycles from one sample to the next that it must show.
        seed: of gaps, stalls and resets.
    """

    samples: int
    answers: str
    progress: str
    label_bits: int
    score_bits: int
    classes: int
    latency: int
    interval: int
    seed: int


@cocotb.test()
async def stream(dut: Any) -> None:
    """Play all samples through every kind of weather, and write down the answers."""
    plan = Plan(**json.loads(Path(os.environ[VARIABLE]).read_bytes()))
    referee = Referee(plan.samples, plan.latency, plan.interval)
    batches = _batches(plan)
    dut.control.value = next(batches)
    Clock(dut.clk, _PERIOD_NS, "ns").start(start_high=False)
    # The first falling edge ends the first period; the last cycle of a batch rises in the period after it.
    await Timer(_PERIOD_NS * BATCH + _AFTER_RISING_NS, "ns")
    with Path(TRACE).open() as trace:
        while True:
            try:
                referee.watch(trace)
            except BrokenStreamError as error:
                raise AssertionError(str(error)) from None
            Path(plan.progress).write_text(str(len(referee.results)))
            if len(referee.results) == plan.samples:
                break
            dut.control.value = next(batches)
            await Timer(_PERIOD_NS * BATCH, "ns")
    np.save(plan.answers, unpacked(referee.results, plan))


def _batches(plan: Plan) -> Iterator[int]:
    cycles = storm(plan.seed, plan.latency + plan.interval)
    while True:
        yield word(list(islice(cycles, BATCH)))


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
