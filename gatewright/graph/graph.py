"""GateGraph: the central value. A trained network as a circuit of small truth tables.

The encoding:

* A **net** is an int. Net 0 is the constant 0, net 1 the constant 1, nets ``2 .. 2 + inputs - 1`` are the
  input bits, and gate ``j`` drives net ``2 + inputs + j``.
* A **gate** is a truth table over 1 to 6 operands. Bit ``i`` of the table is the output for operand
  pattern ``i``, where the first operand is the most significant bit: ``2*a + b`` for two operands.
* **Operands point backwards**: a gate reads only nets below its own, so the order of the gates is
  topological and a cycle cannot be written.
* Storage is struct-of-arrays. ``operands`` has one row per gate, aligned to the right: the entries in
  front of a gate's own operands are net 0, which leaves the operand pattern unchanged.
* A **group** lists the nets that are counted for one class (GroupSum). A net may be listed twice. Net 1 in
  a group is a folded bias, and a class that can never score lists net 0 alone: no group is empty.
* **Positions**: the input bits stand on a ring, and the circuit looks at it from one or several positions: from
  position ``r``, input ``i`` is bit ``(i + r) mod inputs``. One position, 0, is a circuit as any other.
* ``scores`` = popcount per group, summed over the positions; ``label`` = argmax, where the lowest index wins a tie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError

from . import table
from .arrays import frozen
from .encoder import Thermometer

Nets = NDArray[np.int32]

MAX_NETS = 2**31 - 1


class Gate(NamedTuple):
    """A readable view of one gate."""

    net: int
    table: int
    operands: tuple[int, ...]


@dataclass(frozen=True)
class Provenance:
    """Where a graph comes from. It describes the graph and is no part of its digest.

    Attributes:
        name: of the network.
        recipe: name of the recipe that trained it.
        dataset: name of the data.
        data_digest: SHA-256 of the training data, in hex.
        seed: of the training run.
        accuracy: discrete test accuracy, 0 to 1, if it is known.
    """

    name: str = "network"
    recipe: str = ""
    dataset: str = ""
    data_digest: str = ""
    seed: int = 0
    accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class GateGraph:
    """A circuit of gates between a thermometer encoder and one group per class.

    Attributes:
        encoder: makes the input bits.
        fan_in: (gates,) uint8, 1 to 6.
        tables: (gates,) uint64, the low ``2**fan_in`` bits are used.
        operands: (gates, width) int32, aligned to the right; width is the largest fan-in.
        groups: for each class, the nets that are counted, int32.
        class_names: one name for each class, at least two.
        provenance: where it comes from.
        positions: from which the circuit looks at the ring of its inputs, rising, 0 to ``inputs - 1``.

    Raises:
        GatewrightError: when a rule of the encoding is broken.
    """

    encoder: Thermometer
    fan_in: NDArray[np.uint8]
    tables: NDArray[np.uint64]
    operands: Nets
    groups: tuple[Nets, ...]
    class_names: tuple[str, ...]
    provenance: Provenance = field(default_factory=Provenance)
    positions: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        fan_in = frozen(self.fan_in, np.uint8, "fan-in of the gates")
        operands = frozen(self.operands, np.int32, "operand list")
        if operands.ndim == 2:
            width = int(fan_in.max(initial=0))
            if width < operands.shape[1] and not operands[:, : operands.shape[1] - width].any():
                operands = frozen(operands[:, operands.shape[1] - width :], np.int32, "operand list")
        object.__setattr__(self, "fan_in", fan_in)
        object.__setattr__(self, "tables", frozen(self.tables, np.uint64, "truth tables"))
        object.__setattr__(self, "operands", operands)
        object.__setattr__(self, "groups", tuple(frozen(g, np.int32, "group") for g in self.groups))
        object.__setattr__(self, "class_names", tuple(self.class_names))
        object.__setattr__(self, "positions", tuple(self.positions))
        _check_positions(self)
        _check_gates(self)
        _check_groups(self)

    @classmethod
    def build(
        cls,
        encoder: Thermometer,
        gates: Iterable[tuple[int, Sequence[int]]],
        groups: Sequence[Sequence[int]],
        class_names: Sequence[str] | None = None,
        provenance: Provenance | None = None,
        positions: Sequence[int] = (0,),
    ) -> GateGraph:
        """Make a graph from ``(table, operands)`` pairs; class names default to ``"0"``, ``"1"``, ..."""
        listed = [(value, tuple(operands)) for value, operands in gates]
        width = max((len(operands) for _, operands in listed), default=0)
        rows = [(0,) * (width - len(operands)) + operands for _, operands in listed]
        arrays: dict[str, Any] = {
            "fan_in": np.array([len(operands) for _, operands in listed], dtype=np.int64),
            "tables": np.array([value for value, _ in listed], dtype=np.uint64),
            "operands": np.array(rows, dtype=np.int64).reshape(len(listed), width),
            "groups": tuple(np.array(group, dtype=np.int64) for group in groups),
        }
        names = tuple(class_names) if class_names is not None else tuple(str(i) for i in range(len(groups)))
        arrays |= {"class_names": names, "provenance": provenance or Provenance(), "positions": tuple(positions)}
        return cls(encoder=encoder, **arrays)

    @property
    def inputs(self) -> int:
        """Number of input bits."""
        return self.encoder.inputs

    @property
    def gates(self) -> int:
        """Number of gates."""
        return len(self.tables)

    @property
    def nets(self) -> int:
        """Number of nets: two constants, the inputs and the gates."""
        return self.first_gate + self.gates

    @property
    def first_gate(self) -> int:
        """The net of gate 0."""
        return 2 + self.inputs

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.groups)

    @property
    def ring(self) -> bool:
        """Whether the circuit looks at the ring of its inputs from elsewhere than position 0 alone."""
        return self.positions != (0,)

    @property
    def max_score(self) -> int:
        """The largest score that any class can reach."""
        return len(self.positions) * max(int(np.count_nonzero(group)) for group in self.groups)

    def gate(self, index: int) -> Gate:
        """A view of gate ``index``."""
        fan_in = int(self.fan_in[index])
        row = self.operands[index]
        return Gate(self.first_gate + index, int(self.tables[index]), tuple(int(n) for n in row[len(row) - fan_in :]))

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex of everything that decides what the circuit computes and how it is named."""
        from .file import content

        return hashlib.sha256(content(self)).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GateGraph):
            return NotImplemented
        return self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __call__(self, bits: ArrayLike) -> NDArray[np.int32]:
        """Scores (samples, classes) of input bits (samples, inputs): the bit-exact reference."""
        from .evaluate import evaluate

        return evaluate(self, bits)

    def scores(self, words: ArrayLike) -> NDArray[np.int32]:
        """Scores (samples, classes) of encoder words (samples, features); see `check.Target`."""
        return self(self.encoder.bits(words))

    def labels(self, x: ArrayLike) -> NDArray[np.intp]:
        """Class index (samples,) of raw features (samples, features)."""
        return argmax(self(self.encoder(x)))


def argmax(scores: ArrayLike) -> NDArray[np.intp]:
    """The label of each row of scores (samples, classes): the lowest index wins a tie."""
    return np.asarray(np.argmax(np.asarray(scores), axis=1))


def _check_positions(graph: GateGraph) -> None:
    ring = graph.positions
    if not ring or not all(type(r) is int and 0 <= r < graph.inputs for r in ring) or list(ring) != sorted({*ring}):
        raise GatewrightError(
            f"The positions are {list(ring)}: rising whole numbers from 0 to {graph.inputs - 1}, at least one, are "
            "needed."
        )


def _check_gates(graph: GateGraph) -> None:
    gates = len(graph.tables) if graph.tables.ndim == 1 else -1
    if graph.fan_in.shape != (gates,) or graph.operands.ndim != 2 or len(graph.operands) != gates:
        raise GatewrightError(
            f"The gate arrays disagree: tables {graph.tables.shape}, fan-in {graph.fan_in.shape}, "
            f"operands {graph.operands.shape}; each needs one row for each gate."
        )
    if graph.nets > MAX_NETS:
        raise GatewrightError(f"The graph has {graph.nets} nets: the most is {MAX_NETS}.")
    if gates == 0:
        if graph.operands.shape[1]:
            raise GatewrightError("The graph has operands, but no gates.")
        return
    low, width = int(graph.fan_in.min()), int(graph.fan_in.max())
    if low < 1 or width > table.MAX_FAN_IN:
        raise GatewrightError(f"A gate has fan-in {low if low < 1 else width}: it must be 1 to {table.MAX_FAN_IN}.")
    if graph.operands.shape[1] != width:
        raise GatewrightError(
            f"The operand rows have {graph.operands.shape[1]} entries: the largest fan-in is {width}."
        )
    for gate in np.flatnonzero(graph.tables & ~table.mask(graph.fan_in))[:1]:
        raise GatewrightError(
            f"Gate {gate} has table {int(graph.tables[gate]):#x}, but fan-in {graph.fan_in[gate]} "
            f"leaves {2 ** int(graph.fan_in[gate])} bits."
        )
    padding = np.arange(width) < width - graph.fan_in[:, None]
    for gate in np.flatnonzero((graph.operands * padding).any(axis=1))[:1]:
        raise GatewrightError(
            f"Gate {gate} has an operand in front of its {graph.fan_in[gate]} own ones: those entries must be net 0."
        )
    own = np.arange(graph.first_gate, graph.nets, dtype=np.int64)
    for gate in np.flatnonzero((graph.operands.min(axis=1) < 0) | (graph.operands.max(axis=1) >= own))[:1]:
        raise GatewrightError(
            f"Gate {gate} drives net {own[gate]} but reads nets {graph.gate(int(gate)).operands}: "
            "operands must point backwards, to 0 or above."
        )


def _check_groups(graph: GateGraph) -> None:
    if graph.classes < 2:
        raise GatewrightError(f"The graph has {graph.classes} classes: a classifier needs at least two.")
    names = graph.class_names
    if len(names) != graph.classes or len(set(names)) != len(names) or not all(isinstance(n, str) and n for n in names):
        raise GatewrightError(f"The class names {list(names)} must be {graph.classes} different, non-empty strings.")
    for name, group in zip(names, graph.groups, strict=True):
        if group.ndim != 1 or len(group) == 0:
            raise GatewrightError(
                f"The group of class {name!r} is empty: list at least one net (net 0 if the class never scores)."
            )
        if group.min() < 0 or group.max() >= graph.nets:
            raise GatewrightError(f"The group of class {name!r} lists a net outside 0 to {graph.nets - 1}.")
