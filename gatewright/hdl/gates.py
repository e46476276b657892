"""The gates in hardware: level by level, one vector operation for each Boolean function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import levels
from gatewright.graph.stats import inputs_read
from gatewright.graph.table import NAMES

from .lower import lower
from .nets import Nets, named, whole
from .pipeline import Pipeline, registered, registers
from .turns import SET, listed, rounds

Index = NDArray[np.int64]
_RUN = 64
_RUN_OF_TABLES = 16


class Gates(wiring.Component):
    """The circuit between the input bits and the nets that are counted.

    A register stands behind every ``pipeline.gates`` levels and behind the last. A net that is read behind it is
    held there once, whoever reads it. With a serial popcount, the last registers are those of the classes, which
    take turns: see `turns`.

    Attributes:
        graph: the network.
        inputs: the input nets, rising: those that a gate or a group reads.
        outputs: the nets that groups list, constants left out, rising.
        depth: number of levels.
        latency: cycles from inputs to outputs, or to those of a class.

    Members:
        bits: the value of each of ``inputs``.
        resting: of a serial popcount: for each set of classes, whether its registers are reset to 0 in this cycle.
        counted: the value of each of ``outputs``; of a serial popcount, the registers of all classes.
    """

    def __init__(self, graph: GateGraph, pipeline: Pipeline) -> None:
        self.graph = graph
        self.inputs = inputs_read(graph)
        self.outputs = nets_counted(graph)
        self._every = pipeline.gates
        self._level = levels(graph)
        self.depth = int(self._level.max())
        self._serial = rounds(graph, pipeline) > 0
        self.latency = registers(self.depth, self._every)
        members = {"bits": In(len(self.inputs)), "counted": Out(len(self.outputs))}
        if self._serial:
            self.latency = max(1, self.latency)
            members |= {
                "resting": In(-(-graph.classes // SET)),
                "counted": Out(sum(len(listed(group)) for group in graph.groups)),
            }
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:  # noqa: ARG002
        """Build the levels in order."""
        m = Module()
        graph, nets = self.graph, Nets(self.graph.nets)
        nets.place(self.inputs, self.bits)
        last = last_read(graph, self._level)
        used: Counter[str] = Counter()
        for level, members in _by_level(self._level[graph.first_gate :]):
            for fan_in, gates in _by_function(graph, members):
                name = f"level{level}_{_name(graph, fan_in, gates)}"
                used[name] += 1
                name = name if used[name] == 1 else f"{name}_{used[name]}"
                vector = Signal(len(gates), name=name)
                rows = graph.operands[gates]
                operands = [nets.take(rows[:, rows.shape[1] - fan_in + i]) for i in range(fan_in)]
                if fan_in > 2:
                    operands = [
                        named(m, bits, f"{name}_{letter}") for bits, letter in zip(operands, "abcdef", strict=False)
                    ]
                m.d.comb += vector.eq(lower(graph.tables[gates].tolist(), operands))
                nets.place(gates + graph.first_gate, vector)
            if registered(level, self.depth, self._every) and not (self._serial and level == self.depth):
                alive = np.flatnonzero((self._level <= level) & (last > level))
                held = Signal(len(alive), name=f"level{level}_held", reset_less=True)
                m.d.sync += held.eq(nets.take(alive))
                nets.place(alive, held)
        counted = self._taking_turns(m, nets) if self._serial else nets.take(self.outputs)
        m.d.comb += whole(self.counted, counted)
        return m

    def _taking_turns(self, m: Module, nets: Nets) -> Value:
        """The registers of all classes."""
        held = []
        for number, group in enumerate(self.graph.groups):
            members = listed(group)
            register = Signal(len(members), name=f"class{number}", reset_less=True)
            bits = named(m, nets.take(members), f"class{number}_nets")
            m.d.sync += register.eq(Mux(self.resting[number // SET], Const(0, len(members)), bits))
            held.append(register)
        return Cat(*held)


def nets_counted(graph: GateGraph) -> Index:
    """The nets that groups list, constants left out, rising."""
    listed = np.unique(np.concatenate(graph.groups)).astype(np.int64)
    return listed[listed > 1]


def last_read(graph: GateGraph, level: NDArray[np.int32]) -> NDArray[np.int32]:
    """The highest level that reads each net; counting stands above every gate. 0 for nets that nobody reads."""
    last = np.zeros(graph.nets, dtype=np.int32)
    for column in range(graph.operands.shape[1]):
        np.maximum.at(last, graph.operands[:, column], level[graph.first_gate :])
    last[nets_counted(graph)] = int(level.max()) + 1
    last[:2] = 0
    return last


def _by_level(level: NDArray[np.int32]) -> Iterator[tuple[int, Index]]:
    """Each level and its gates, in order."""
    order = np.argsort(level, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(level[order])) + 1):
        if len(members):
            yield int(level[members[0]]), members


def _by_function(graph: GateGraph, gates: Index) -> Iterator[tuple[int, Index]]:
    """Gates of one fan-in and, for one or two operands, of one table; in the order of both.

    Tables of three and more operands come in short runs: they share a chain of multiplexers, and an event-driven
    simulator computes a whole vector of it anew whenever one bit changes.
    """
    fan_in = graph.fan_in[gates].astype(np.int64)
    key = fan_in * 16 + np.where(fan_in <= 2, graph.tables[gates], np.uint64(0)).astype(np.int64)
    order = np.argsort(key, kind="stable")
    for members in np.split(gates[order], np.flatnonzero(np.diff(key[order])) + 1):
        arity = int(graph.fan_in[members[0]])
        longest = _RUN if arity <= 2 else _RUN_OF_TABLES
        for start in range(0, len(members), longest):
            yield arity, members[start : start + longest]


def _name(graph: GateGraph, fan_in: int, gates: Index) -> str:
    if fan_in > 2:
        return f"tables{fan_in}"
    table = int(graph.tables[gates[0]])
    return NAMES[table] if fan_in == 2 else f"one_operand{table}"
