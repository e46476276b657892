"""How fast a pipeline is on a fabric, and what its registers hold, before anything is built.

A path between two registers is a number of LUTs and bits of carry chains. They are counted as a mapper for depth would
build them; `Fabric` turns them into time. `benchmarks/hdl_fabric.py` compares the result with place and route.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log, log2

import numpy as np
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import levels
from gatewright.graph.stats import inputs_read

from . import counters
from .fabric import Fabric
from .gates import last_read
from .pipeline import Pipeline, registered, registers
from .popcount import columns
from .turns import SET, built, interval, lanes, listed, rounds


@dataclass(frozen=True)
class Estimate:
    """What a pipeline is expected to be on a fabric.

    Attributes:
        fmax_mhz: the fastest clock.
        slowest: the part in which the longest path ends.
        luts: on that path.
        carries: bits of carry chains on it.
        latency: cycles from words to result, as `Classifier.latency`.
        initiation_interval: cycles from one sample to the next.
        registers: bits that are held, but for those that say which results are valid.
    """

    fmax_mhz: float
    slowest: str
    luts: int
    carries: int
    latency: int
    initiation_interval: int
    registers: int


class Estimator:
    """Estimates of many pipelines of one network on one fabric.

    Args:
        graph: the network.
        fabric: the FPGA.
    """

    def __init__(self, graph: GateGraph, fabric: Fabric) -> None:
        graph = built(graph)
        self.graph, self.fabric = graph, fabric
        level = levels(graph)
        self.depth = int(level.max())
        self.rounds = bits_for(graph.classes - 1)
        self.score_bits = bits_for(graph.max_score)
        fan_in = np.zeros(self.depth + 1, dtype=np.int64)
        np.maximum.at(fan_in, level[graph.first_gate :], graph.fan_in)
        self._gate_luts = [_gate(int(k), fabric.lut_inputs) for k in fan_in[1:]]
        # A net is held behind a level if it stands there or before, and is read later.
        last = last_read(graph, level)
        alive = last > level
        born = np.bincount(level[alive], minlength=self.depth + 2)
        gone = np.bincount(last[alive], minlength=self.depth + 2)
        self._alive = np.cumsum(born - gone)
        self._columns = [[len(column) for column in columns(group)] for group in graph.groups]

    @cached_property
    def encoder_bits(self) -> int:
        """Bits that the encoder makes."""
        return len(inputs_read(self.graph))

    def levels(self, pipeline: Pipeline) -> int:
        """Levels of counters, and one for the adder, of a parallel popcount; of counters alone of a serial one."""
        serial = lanes(self.graph, pipeline)
        if serial:
            return counters.levels([serial], pipeline.counter)
        return 1 + max(counters.levels(heights, pipeline.counter) for heights in self._columns)

    def of(self, pipeline: Pipeline) -> Estimate:
        """The estimate of one pipeline."""
        worst, where = 0.0, ("", 0, 0)
        luts, carries, latency, held = 0.0, 0, 0, 0
        for part, more_luts, more_carries, bits in self._path(pipeline):
            luts, carries = luts + more_luts, carries + more_carries
            if bits is None:
                continue
            whole = ceil(luts - 1e-9)
            delay = self.fabric.path_ns(whole, carries)
            if delay > worst:
                worst, where = delay, (part, whole, carries)
            luts, carries, latency, held = 0.0, 0, latency + 1, held + bits
        front = (pipeline.encoder and not self.graph.ring) + max(1, registers(self.depth, pipeline.gates))
        cycles = interval(self.graph, pipeline, front)
        latency -= self.graph.ring
        return Estimate(1e3 / worst, *where, latency + (cycles - 1), cycles, held)

    def _path(self, pipeline: Pipeline) -> Iterator[tuple[str, float, int, int | None]]:
        """From words to result: part, LUTs, bits of carry chain, and the bits of a register behind it, if any."""
        serial = lanes(self.graph, pipeline)
        bits = self.encoder_bits if pipeline.encoder or self.graph.ring else None
        yield "encoder", _constant(self.graph.encoder.word_width, self.fabric.lut_inputs), 0, bits
        for level in range(1, self.depth + 1):
            held = registered(level, self.depth, pipeline.gates) and not (serial and level == self.depth)
            yield "gates", self._gate_luts[level - 1], 0, int(self._alive[level]) if held else None
        if serial:
            yield "gates", 0.0, 0, sum(len(listed(group)) for group in self.graph.groups)
            yield from self._in_turns(pipeline, rounds(self.graph, pipeline), serial)
        else:
            yield from self._at_once(pipeline)
            yield from self._rounds(pipeline)

    def _in_turns(self, pipeline: Pipeline, count: int, wide: int) -> Iterator[tuple[str, float, int, int | None]]:
        """The places of a class, the lanes and their counters, the accumulator, and the best score so far."""
        # An OR over the sets, one over the classes of a set, each with an AND, and one over the turns.
        places = self._or(-(-self.graph.classes // SET)) + self._or(2 * SET)
        yield "popcount", places + self._or(count), 0, wide if pipeline.popcount else None
        yield from self._counters(pipeline, self.levels(pipeline), [[wide]])
        luts, carries = self._adder(self.score_bits)
        several = 1 + (count > 1)
        yield "popcount", luts * several, carries * several, self.score_bits
        luts, carries = self._comparison(self.score_bits)
        yield "argmax", luts + 1, carries, self.score_bits * self.graph.classes

    def _or(self, inputs: int) -> float:
        """LUTs on the way through an OR."""
        return ceil(log(inputs, self.fabric.lut_inputs) - 1e-9)

    def _at_once(self, pipeline: Pipeline) -> Iterator[tuple[str, float, int, int | None]]:
        """The counters and the adder of a parallel popcount."""
        yield from self._counters(pipeline, self.levels(pipeline) - 1, self._columns)
        luts, carries = self._adder(self.score_bits)
        yield "popcount", luts, carries, self.score_bits * self.graph.classes if pipeline.popcount else None

    def _counters(
        self, pipeline: Pipeline, count: int, heights: list[list[int]]
    ) -> Iterator[tuple[str, float, int, int | None]]:
        cost, levels = _counter(pipeline.counter, self.fabric.lut_inputs), self.levels(pipeline)
        for level in range(1, count + 1):
            heights = [counters.lower(column, pipeline.counter) for column in heights]
            held = registered(level, levels, pipeline.popcount)
            yield "popcount", cost, 0, sum(map(sum, heights)) if held else None

    def _rounds(self, pipeline: Pipeline) -> Iterator[tuple[str, float, int, int | None]]:
        """The rounds of the tournament."""
        luts, carries = self._comparison(self.score_bits)
        entrants = self.graph.classes
        every = pipeline.argmax or self.rounds
        for number in range(1, self.rounds + 1):
            entrants = -(-entrants // 2)
            held = registered(number, self.rounds, every)
            last = number == self.rounds
            bits = self.score_bits * self.graph.classes + entrants * (number + (0 if last else self.score_bits))
            yield "argmax", luts + 1, carries, bits if held else None

    def _adder(self, width: int) -> tuple[float, int]:
        """A carry chain, or a parallel prefix in LUTs."""
        return self._mapped((1.0, width), (1.0 + ceil(log2(max(2, width))), 0))

    def _comparison(self, width: int) -> tuple[float, int]:
        """A carry chain, or a tree of LUTs: greater and equal of two bits each, then of two pairs each."""
        return self._mapped((1.0, width), (1.0 + ceil(log2(max(1, width / 2))), 0))

    def _mapped(self, chain: tuple[float, int], tree: tuple[float, int]) -> tuple[float, int]:
        return chain if self.fabric.chains else tree


def estimate(graph: GateGraph, fabric: Fabric, pipeline: Pipeline) -> Estimate:
    """How fast a pipeline of a network is expected to be on a fabric."""
    return Estimator(graph, fabric).of(pipeline)


def _gate(fan_in: int, lut_inputs: int) -> float:
    """LUTs that a level of gates adds to a path: less than one where a LUT holds several levels."""
    if fan_in <= 1:
        return 0.0
    if fan_in <= lut_inputs:
        return 1 / floor(log(lut_inputs, fan_in) + 1e-9)
    # Shannon's expansion: a multiplexer for each input too many.
    return 1.0 + fan_in - lut_inputs


def _counter(inputs: int, lut_inputs: int) -> float:
    return 1.0 if inputs <= lut_inputs else 3.0


def _constant(width: int, lut_inputs: int) -> float:
    """A comparison with a constant: greater and equal of as many bits as a LUT takes, then of several such pairs."""
    if width == 1:
        return 0.0
    groups = ceil(width / lut_inputs)
    return 1.0 + (ceil(log(groups, lut_inputs // 2)) if groups > 1 else 0)
