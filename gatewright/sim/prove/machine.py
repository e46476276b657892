"""Two netlists of a whole chip are the same machine, register by register.

Registers are matched one to one by the caller. If the pads are the same, every pair of matched registers holds 0 when
the chip has been configured, and in every state in which matched registers hold the same, the outputs and the next
states are the same for every input, then by induction the outputs are the same in every cycle, whatever comes in. A
match that is wrong cannot make two different machines equal: then some next state differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .aig import FALSE, Aig
from .cec import Verdict, equivalent
from .netlist import Netlist
from .unroll import Unrolled


def same_machine(
    left: Netlist, right: Netlist, pairs: Mapping[int, int], folder: Path, stem: str, seconds: int
) -> Verdict:
    """Compare the outputs and the next state of every register.

    Args:
        left: a netlist with a register for every key of ``pairs``.
        right: the other one, whose ports have the same names.
        pairs: the bit of each register on the left to that of its partner on the right.
        folder: where AIGER files and logs are written.
        stem: of their names.
        seconds: limit of abc's run time.

    Raises:
        GatewrightError: if a netlist has a combinational loop, or abc fails.
    """
    unlike = _unlike(left, right, pairs)
    if unlike:
        return Verdict(False, "structure", 0.0, None, f"different: {unlike}")
    aig = Aig()
    state = {bit: aig.input() for bit in left.registers}
    partner = {pairs[bit]: literal for bit, literal in state.items()}
    inputs: dict[tuple[str, int], int] = {}

    def drive(port: str, index: int, cycle: int) -> int:
        # Cycle 1 is looked at in registers alone. A clock that is read as data is free, as any other pad.
        if cycle > 0:
            return FALSE
        if (port, index) not in inputs:
            inputs[port, index] = aig.input()
        return inputs[port, index]

    sides = [Unrolled(aig, netlist, drive, held) for netlist, held in ((left, state), (right, partner))]
    outputs = [[bit for port in sorted(left.outputs) for bit in side.output(port, 0)] for side in sides]
    order = list(left.registers)
    ends = [outputs[0] + sides[0].at(order, 1), outputs[1] + sides[1].at([pairs[bit] for bit in order], 1)]
    return equivalent(aig, ends[0], ends[1], aig.support([*ends[0], *ends[1]]), folder, stem, seconds)


def _unlike(left: Netlist, right: Netlist, pairs: Mapping[int, int]) -> str:
    """What already differs in the ports or the registers, in a few words."""
    if set(pairs) != set(left.registers) or sorted(pairs.values()) != sorted(right.registers):
        counts = f"{len(left.registers)} and {len(right.registers)}, of which {len(pairs)} match"
        return f"the registers of {left.name} and {right.name}: {counts}"
    if left.clock != right.clock:
        return f"{left.name} is clocked by {left.clock}, {right.name} by {right.clock}"
    if set(left.outputs) != set(right.outputs):
        return f"{left.name} drives {sorted(left.outputs)}, {right.name} {sorted(right.outputs)}"
    return ""
