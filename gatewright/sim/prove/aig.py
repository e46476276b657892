"""And-inverter graphs: the one form in which graphs, Verilog and netlists are compared.

A **literal** is an int: ``2 * node`` or, complemented, ``2 * node + 1``. Node 0 is the constant 0, so literal
0 is false and literal 1 is true. Every other node is an input or the AND of two earlier literals. Equal ANDs
are one node, and constants and equal or opposite operands are folded as they are built. Both rewrite a node
into an equal one, so the function of a literal never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

FALSE, TRUE = 0, 1
_INPUT = -1


class Aig:
    """A growing and-inverter graph."""

    def __init__(self) -> None:
        self._left = [_INPUT]
        self._right = [_INPUT]
        self._known: dict[tuple[int, int], int] = {}

    @property
    def nodes(self) -> int:
        """Number of nodes, the constant included."""
        return len(self._left)

    def input(self) -> int:
        """A new free variable."""
        self._left.append(_INPUT)
        self._right.append(_INPUT)
        return 2 * (len(self._left) - 1)

    def inputs(self, count: int) -> list[int]:
        """``count`` new free variables."""
        return [self.input() for _ in range(count)]

    def land(self, a: int, b: int) -> int:
        """``a`` and ``b``."""
        if a > b:
            a, b = b, a
        if a == FALSE or a ^ 1 == b:
            return FALSE
        if a in (TRUE, b):
            return b
        node = self._known.get((a, b))
        if node is None:
            node = 2 * len(self._left)
            self._left.append(a)
            self._right.append(b)
            self._known[a, b] = node
        return node

    def lor(self, a: int, b: int) -> int:
        """``a`` or ``b``."""
        return self.land(a ^ 1, b ^ 1) ^ 1

    def xor(self, a: int, b: int) -> int:
        """``a`` xor ``b``; complements are moved to the output, so that equal functions meet in one node."""
        sign = (a ^ b) & 1
        a, b = a & ~1, b & ~1
        return self.lor(self.land(a, b ^ 1), self.land(a ^ 1, b)) ^ sign

    def mux(self, select: int, low: int, high: int) -> int:
        """``high`` if ``select`` else ``low``."""
        if low == high:
            return low
        if low ^ 1 == high:
            return self.xor(select, low)
        return self.lor(self.land(select ^ 1, low), self.land(select, high))

    def majority(self, a: int, b: int, c: int) -> int:
        """Whether two or three of ``a``, ``b`` and ``c`` are true."""
        return self.lor(self.land(a, b), self.land(c, self.lor(a, b)))

    def all(self, literals: Iterable[int]) -> int:
        """The AND of many literals."""
        result = TRUE
        for literal in literals:
            result = self.land(result, literal)
        return result

    def any(self, literals: Iterable[int]) -> int:
        """The OR of many literals."""
        return self.all(literal ^ 1 for literal in literals) ^ 1

    def lookup(self, table: int, operands: Sequence[int]) -> int:
        """Bit ``i`` of ``table``, where ``i`` is the pattern of the operands, the first one most significant."""
        level = [table >> i & 1 for i in range(1 << len(operands))]
        for operand in reversed(operands):
            level = [self.mux(operand, low, high) for low, high in zip(level[::2], level[1::2], strict=True)]
        return level[0]

    def operands(self, node: int) -> tuple[int, int] | None:
        """The operands of an AND; None for an input and for the constant."""
        return None if self._left[node] == _INPUT else (self._left[node], self._right[node])

    def cone(self, roots: Iterable[int]) -> list[int]:
        """The nodes that the literals ``roots`` depend on, inputs included, constant excluded, operands first."""
        marked = bytearray(self.nodes)
        top = 0
        for root in roots:
            marked[root >> 1] = 1
            top = max(top, root >> 1)
        left, right = self._left, self._right
        for node in range(top, 0, -1):
            if marked[node] and left[node] != _INPUT:
                marked[left[node] >> 1] = 1
                marked[right[node] >> 1] = 1
        return [node for node in range(1, top + 1) if marked[node]]

    def support(self, roots: Iterable[int]) -> list[int]:
        """The input literals that ``roots`` depend on structurally."""
        return [2 * node for node in self.cone(roots) if self._left[node] == _INPUT]

    def substitute(self, roots: Sequence[int], replaced: Mapping[int, int]) -> list[int]:
        """The literals ``roots`` with some nodes replaced by literals."""
        value = {0: FALSE, **replaced}
        for node in self.cone(roots):
            if node not in value:
                a, b = self._left[node], self._right[node]
                value[node] = 2 * node if a == _INPUT else self.land(value[a >> 1] ^ a & 1, value[b >> 1] ^ b & 1)
        return [value[root >> 1] ^ root & 1 for root in roots]

    def simulate(self, roots: Sequence[int], values: Mapping[int, int], mask: int) -> list[int]:
        """Values of ``roots``, many patterns at once: bit ``p`` of every int belongs to pattern ``p``.

        Args:
            roots: literals.
            values: for each input literal, its bits; an input that is not listed is 0.
            mask: one bit for each pattern.
        """
        value = self.values(self.cone(roots), values, mask)
        return [value[root >> 1] ^ (mask if root & 1 else 0) for root in roots]

    def values(self, cone: Iterable[int], values: Mapping[int, int], mask: int) -> dict[int, int]:
        """The value of each node of a cone, as in `simulate`."""
        left, right = self._left, self._right
        value: dict[int, int] = {0: 0}
        for node in cone:
            a, b = left[node], right[node]
            if a == _INPUT:
                value[node] = values.get(2 * node, 0) & mask
            else:
                x, y = value[a >> 1], value[b >> 1]
                value[node] = (x ^ mask if a & 1 else x) & (y ^ mask if b & 1 else y)
        return value

    def aiger(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The cone of ``outputs`` as a binary AIGER 1.0 file whose inputs stand in the order of ``inputs``.

        Format: Biere, "The AIGER And-Inverter Graph (AIG) Format", 2007.

        Raises:
            GatewrightError: if the outputs depend on an input that is not listed.
        """
        number = np.full(self.nodes, -1, dtype=np.int64)
        number[0] = 0
        number[np.array(inputs, dtype=np.int64) >> 1] = np.arange(1, len(inputs) + 1)
        left, right = self._left, self._right
        cone = self.cone(outputs)
        gates = np.array([node for node in cone if left[node] != _INPUT], dtype=np.int64)
        if any(left[node] == _INPUT and number[node] < 0 for node in cone):
            raise GatewrightError("The outputs depend on a variable that is not among the inputs of the comparison.")
        number[gates] = np.arange(len(inputs) + 1, len(inputs) + 1 + len(gates))
        a, b = (np.array([side[node] for node in gates.tolist()], dtype=np.int64) for side in (left, right))
        a, b = 2 * number[a >> 1] + (a & 1), 2 * number[b >> 1] + (b & 1)
        high, low = np.maximum(a, b), np.minimum(a, b)
        deltas = np.stack([2 * number[gates] - high, high - low], axis=1).ravel()
        listed = np.array(outputs, dtype=np.int64)
        listed = 2 * number[listed >> 1] + (listed & 1)
        count = len(inputs) + len(gates)
        head = f"aig {count} {len(inputs)} 0 {len(outputs)} {len(gates)}\n" + "".join(f"{o}\n" for o in listed.tolist())
        return head.encode() + _variable_length(deltas)


def _variable_length(values: NDArray[np.int64]) -> bytes:
    """Each value in groups of seven bits, the lowest first; the top bit says that another group follows."""
    groups = np.stack([values >> shift & 127 for shift in range(0, 35, 7)], axis=1)
    more = np.stack([values >> shift > 0 for shift in range(7, 42, 7)], axis=1)
    used = np.concatenate([np.ones((len(values), 1), dtype=bool), more[:, :-1]], axis=1)
    return bytes((groups | more * 128).astype(np.uint8)[used])
