"""A netlist over several clock cycles, as literals.

Cycle 0 starts in an arbitrary state: every register holds a free variable. Only what is asked for is built,
and a multiplexer or an enable whose control is constant is followed on one side only, so that the cone of a
feed-forward pipeline costs no more than its combinational logic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from gatewright.errors import GatewrightError

from .aig import FALSE, TRUE, Aig
from .netlist import Netlist, Register

Drive = Callable[[str, int, int], int]
"""The literal of an input: port, index in the port, cycle."""
Point = tuple[int, int]
"""A bit and a cycle."""


class Unrolled:
    """The values of the bits of a netlist, cycle by cycle.

    Args:
        aig: where they are built.
        netlist: what is unrolled.
        drive: values of the inputs.
        state: values of the registers in cycle 0, by bit.
        cut: values of bits in a cycle, whatever drives them.
    """

    def __init__(
        self, aig: Aig, netlist: Netlist, drive: Drive, state: Mapping[int, int], cut: Mapping[Point, int] | None = None
    ) -> None:
        self._aig, self._netlist, self._drive = aig, netlist, drive
        self._ports = {bit: (name, i) for name, bits in netlist.inputs.items() for i, bit in enumerate(bits)}
        self._value: dict[Point, int] = {(bit, 0): literal for bit, literal in state.items()} | dict(cut or {})
        self.undriven: list[int] = []
        """Free variables that stand for bits that nothing drives."""

    def output(self, port: str, cycle: int) -> list[int]:
        """The literals of an output port, the least significant first."""
        return self.at(self._netlist.outputs[port], cycle)

    def at(self, bits: Iterable[int], cycle: int) -> list[int]:
        """The literals of some bits in a cycle."""
        wanted = [(bit, cycle) for bit in bits]
        for point in wanted:
            self._build(point)
        return [self._get(point) for point in wanted]

    def next(self, bit: int) -> int:
        """The value of a register in cycle 1."""
        return self.at([bit], 1)[0]

    def _get(self, point: Point) -> int:
        return point[0] if point[0] < 2 else self._value[point]

    def _known(self, point: Point) -> bool:
        return point[0] < 2 or point in self._value

    def _build(self, root: Point) -> None:
        stack, open_points = [root], {root}
        while stack:
            point = stack[-1]
            if self._known(point):
                open_points.discard(stack.pop())
                continue
            needed = self._step(point)
            if needed is None:
                open_points.discard(stack.pop())
            elif needed in open_points:
                raise GatewrightError(f"{self._netlist.name} has a combinational loop through bit {needed[0]}.")
            else:
                stack.append(needed)
                open_points.add(needed)

    def _step(self, point: Point) -> Point | None:
        """Give a point its value and return None, or return a point that must have one first."""
        bit, cycle = point
        if bit in self._netlist.gates:
            return self._gate(point, *self._netlist.gates[bit])
        if bit in self._netlist.registers:
            return self._register(point, self._netlist.registers[bit])
        if bit in self._ports:
            name, index = self._ports[bit]
            self._value[point] = self._drive(name, index, cycle)
        else:
            self._value[point] = self._aig.input()
            self.undriven.append(self._value[point])
        return None

    def _gate(self, point: Point, table: int, operands: tuple[int, ...]) -> Point | None:
        points = [(operand, point[1]) for operand in operands]
        fixed = tuple(self._get(p) if self._known(p) and self._get(p) <= TRUE else -1 for p in points)
        table, kept = restrict(table, fixed)
        for index in kept:
            if not self._known(points[index]):
                return points[index]
        self._value[point] = self._aig.lookup(table, [self._get(points[index]) for index in kept])
        return None

    def _register(self, point: Point, register: Register) -> Point | None:
        bit, cycle = point
        before = cycle - 1
        controls = [TRUE, FALSE]
        for index, pin in enumerate((register.enable, register.reset)):
            if pin is None:
                continue
            if not self._known((pin[0], before)):
                return pin[0], before
            controls[index] = self._get((pin[0], before)) ^ (not pin[1])
        enable, reset = controls
        if register.gated:
            reset = self._aig.land(reset, enable)
        load = self._aig.land(enable, reset ^ 1)
        keep = self._aig.land(enable ^ 1, reset ^ 1)
        terms = []
        for condition, source in ((load, register.data), (keep, bit)):
            if condition == FALSE:
                continue
            if not self._known((source, before)):
                return source, before
            terms.append(self._aig.land(condition, self._get((source, before))))
        if register.value:
            terms.append(reset)
        self._value[point] = self._aig.any(terms)
        return None


@cache
def restrict(table: int, fixed: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Fix operands that are 0 or 1 (-1: not known), and drop those that no longer matter."""
    rows = [table >> i & 1 for i in range(1 << len(fixed))]
    kept = []
    for index in range(len(fixed)):
        # Rows stand in the order of the patterns of kept operands, then of those from index on.
        half = 1 << (len(fixed) - index - 1)
        low = [r for start in range(0, len(rows), 2 * half) for r in rows[start : start + half]]
        high = [r for start in range(half, len(rows), 2 * half) for r in rows[start : start + half]]
        if fixed[index] == 1:
            rows = high
        elif fixed[index] == 0 or low == high:
            rows = low
        else:
            kept.append(index)
    return sum(row << i for i, row in enumerate(rows)), tuple(kept)
