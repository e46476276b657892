"""The turns of a serial popcount: which of the nets that are counted stand in its lanes, one turn after another.

Class after class is counted, each in the same number of turns, a power of two. Every net that a group lists has a
register behind its gate, which shares the gate's cell. Classes stand in sets of `SET`: in the turns of other sets, the
registers of a set are reset to 0, so that the OR of what stands at a place of every set, one LUT of four inputs for
four of them, is what stands there in the set whose turn it is. Which class of the set it is, and whether it is the
place's turn, is told by an AND in the LUTs behind, where they have inputs to spare.

Resets cost no LUT, but each set needs one of its own, and all its registers must lie in tiles of their own. Ten classes
need four, which an iCE40 brings to its tiles by wires that there are for it. A reset for each class would save a LUT a
place more, on paper: by the ordinary wires, of which a tile of eight LUTs of four inputs has none to spare, place and
route does not come to an end on a chip that is nearly full.

A network that looks at its inputs from several positions goes through all turns once for each: a pass. In between, the
ring of its inputs moves on, a bit in a cycle; the first cycle of a sample loads it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.positions import unrolled

from .pipeline import Pipeline

SET = 3
"""Classes that share a reset: with four sets, an AND for each of three fits into the LUTs of the OR."""


def listed(group: NDArray[np.int32]) -> NDArray[np.int64]:
    """The nets of a group in the order in which they are counted: as they are listed, constants left out."""
    return group[group > 1].astype(np.int64)


def built(graph: GateGraph) -> GateGraph:
    """The network of which hardware is made: one that counts nothing but constants has nothing to look at in turn."""
    return graph if places(graph) else unrolled(graph)


def places(graph: GateGraph) -> int:
    """Nets of the largest group."""
    return max(len(listed(group)) for group in graph.groups)


def rounds(graph: GateGraph, pipeline: Pipeline) -> int:
    """Turns of each class; 0 if the popcount is parallel, as it also is if there is nothing to count."""
    longest = places(graph)
    if not pipeline.lanes or not longest:
        return 0
    return 1 << (-(-longest // pipeline.lanes) - 1).bit_length()


def lanes(graph: GateGraph, pipeline: Pipeline) -> int:
    """Nets that are counted in a turn, as few as its number allows; 0 if the popcount is parallel."""
    count = rounds(graph, pipeline)
    return -(-places(graph) // count) if count else 0


def interval(graph: GateGraph, pipeline: Pipeline, latency: int, *, back: bool = False) -> int:
    """Cycles from one sample to the next: 1 with a parallel popcount.

    Args:
        graph: the network.
        pipeline: of the classifier.
        latency: cycles through encoder and gates, the registers of the classes among them; the ring counts for none.
        back: whether a ring moves on, behind the last pass, until it stands as it did before the first, and rests there
            for a cycle.
    """
    cycles = standing(graph, pipeline, latency)
    if not graph.ring or not cycles:
        return max(1, cycles)
    return starts(graph, cycles)[-1] + cycles + (graph.inputs - graph.positions[-1] + 1 if back else 0)


def standing(graph: GateGraph, pipeline: Pipeline, latency: int) -> int:
    """Cycles of a pass, in which inputs stand still; 0 if the popcount is parallel. Arguments as of `interval`.

    Whose turn it is comes out of a register: they stand a cycle longer than the turns last if nothing else holds them.
    """
    count = rounds(graph, pipeline) * graph.classes
    return count + (latency == 1) if count else 0


def starts(graph: GateGraph, cycles: int) -> list[int]:
    """The cycle of a sample in which the pass of each position begins, of passes of so many cycles."""
    if not graph.ring:
        return [0]
    return [1 + position + number * cycles for number, position in enumerate(graph.positions)]
