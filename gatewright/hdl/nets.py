"""Which bit of which vector carries a net."""

from __future__ import annotations

from typing import Any

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from numpy.typing import NDArray


class Nets:
    """The whereabouts of nets while a circuit is being built. Nets 0 and 1 are the constants.

    Attributes:
        count: number of nets.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._vectors: list[Value] = [Const(0b10, 2)]
        self._vector = np.zeros(count, dtype=np.int32)
        self._bit = np.zeros(count, dtype=np.int64)
        self._bit[1] = 1

    def place(self, nets: NDArray[np.integer[Any]] | list[int], vector: Value) -> None:
        """From now on, bit ``i`` of ``vector`` carries ``nets[i]``."""
        self._vector[nets] = len(self._vectors)
        self._bit[nets] = np.arange(len(vector))
        self._vectors.append(vector)

    def take(self, nets: NDArray[np.integer]) -> Value:
        """A vector of the listed nets; neighbours in a vector are taken as one slice."""
        if not len(nets):
            return Const(0, 0)
        vector, bit = self._vector[nets], self._bit[nets]
        starts = np.concatenate([[0], np.flatnonzero((np.diff(vector) != 0) | (np.diff(bit) != 1)) + 1])
        stops = np.append(starts[1:], len(nets))
        slices = zip(vector[starts].tolist(), bit[starts].tolist(), (stops - starts).tolist(), strict=True)
        parts = [self._vectors[v][b : b + length] for v, b, length in slices]
        return parts[0] if len(parts) == 1 else Cat(*parts)


def whole(port: Value, value: Value) -> list[object]:
    """Assignments that make a port of a module one vector.

    Amaranth passes the sources of a value that is assigned at once between modules, each as a port of its own;
    it keeps together what is assigned in two steps.
    """
    half = len(port) // 2
    return [port[:half].eq(value[:half]), port[half:].eq(value[half:])]


def named(m: Module, value: Value, name: str) -> Signal:
    """A signal that is a value, for people who read the Verilog."""
    signal = Signal(len(value), name=name)
    m.d.comb += signal.eq(value)
    return signal


def hold(m: Module, value: Value, name: str) -> Signal:
    """A register that follows a value, one cycle behind. Reset leaves it alone."""
    held = Signal(len(value), name=name, reset_less=True)
    m.d.sync += held.eq(value)
    return held
