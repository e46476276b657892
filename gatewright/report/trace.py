"""One inference in the trace of a simulation: what stood on the two streams, cycle by cycle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph, argmax
from gatewright.sim.player import TRACE

AROUND = 2
"""Cycles that are shown before the sample is taken, and after its result."""


@dataclass(frozen=True)
class Cycle:
    """What was seen just before a rising edge.

    Attributes:
        offered: the source offers a sample.
        ready: it is taken.
        valid: there is a result.
        take: the sink takes it.
        sample: index of the sample that is offered, the next one otherwise.
        answer: index of the sample that the result belongs to.
        result: the result as a number, if there is one.
    """

    offered: bool
    ready: bool
    valid: bool
    take: bool
    sample: int
    answer: int
    result: int | None


@dataclass(frozen=True)
class Inference:
    """One sample on its way.

    Attributes:
        cycles: those that are shown.
        taken: index in ``cycles`` of the one in which the sample is offered, and with a parallel popcount taken.
        answered: of the one whose edge takes the result.
        sample: index of the sample.
        label: index of the class.
        scores: of each class.
    """

    cycles: tuple[Cycle, ...]
    taken: int
    answered: int
    sample: int
    label: int
    scores: tuple[int, ...]


def inference(folder: Path, graph: GateGraph, words: NDArray[Any], latency: int) -> Inference:
    """The first inference in the trace of a simulation that nothing stalled.

    Its scores are compared with the reference, so that a trace of another network is not taken for one of this.

    Args:
        folder: of the simulation.
        graph: the network.
        words: (samples, features) of the test split, with which a simulation begins.
        latency: cycles from sample to result.

    Raises:
        GatewrightError: if there is no such trace; one sentence.
    """
    path = folder / TRACE
    try:
        plan = json.loads((folder / "plan.json").read_bytes())
        with path.open() as file:
            found = _find(_cycles(file), latency, len(words))
        label, scores = _unpacked(found[0][found[2]].result or 0, plan)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        why = "is absent" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise GatewrightError(f"{path} {why}: simulate again.") from error
    cycles, taken, answered = found
    sample = cycles[taken].sample
    expected = graph.scores(words[sample : sample + 1])
    if tuple(expected[0].tolist()) != scores or int(argmax(expected)[0]) != label:
        raise GatewrightError(f"{path} was not written by a simulation of this network: simulate again.")
    return Inference(tuple(cycles), taken, answered, sample, label, scores)


def _cycles(lines: Iterable[str]) -> Iterable[Cycle | None]:
    """The cycles of a trace; None for one of a reset."""
    sample = answer = 0
    for line in lines:
        flags, _, payload = line.strip().partition(" ")
        reset, offered, ready, valid, take = (flag == "1" for flag in flags)
        if reset:
            sample = answer
            yield None
            continue
        yield Cycle(offered, ready, valid, take, sample, answer, int(payload, 16) if valid else None)
        sample += offered and ready
        answer += valid and take


def _find(cycles: Iterable[Cycle | None], latency: int, samples: int) -> tuple[list[Cycle], int, int]:
    """The cycles around the first inference without a stall: those that are shown, and where it begins and ends."""
    recent: list[Cycle] = []
    for cycle in cycles:
        recent = [] if cycle is None else [*recent, cycle][-(latency + 1 + 2 * AROUND) :]
        end = len(recent) - 1 - AROUND
        start = end - latency
        if start < 0:
            continue
        first, last = recent[start], recent[end]
        done = last.valid and last.take and last.answer == first.sample < samples and first.offered
        if done and not any(one.valid and not one.take for one in recent[start:end]):
            return recent, start, end
    raise ValueError("no sample passes without a stall")


def _unpacked(payload: int, plan: Mapping[str, int]) -> tuple[int, tuple[int, ...]]:
    """Label and scores of a result."""
    label, score = plan["label_bits"], plan["score_bits"]
    values = [payload >> label + index * score & (1 << score) - 1 for index in range(plan["classes"])]
    return payload & (1 << label) - 1, tuple(values)


def label_of(result: int, graph: GateGraph) -> str:
    """The name of the class that a result says."""
    return graph.class_names[result & (1 << (graph.classes - 1).bit_length()) - 1]
