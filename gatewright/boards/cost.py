"""What a network takes on a chip, by part, before anything is synthesized.

Each part is a few numbers that can be counted in the graph and in the pipeline, each times what one of them takes.
`benchmarks/cost_model.py` fits these factors to what Yosys reports of trained networks, and says how near they come.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.absorb import absorb
from gatewright.graph.schedule import levels
from gatewright.graph.stats import inputs_read
from gatewright.hdl import counters
from gatewright.hdl.gates import last_read
from gatewright.hdl.link.protocol import Shape
from gatewright.hdl.pipeline import Pipeline, registered, registers
from gatewright.hdl.popcount import columns
from gatewright.hdl.sample import fillable
from gatewright.hdl.turns import SET, lanes, listed, places, rounds

from .area import REST
from .board import Board

Counts = Mapping[str, float]
"""How many there are of each thing that takes LUTs."""

FACTORS: dict[int, dict[str, dict[str, float]]] = {
    4: {
        "encoder": {"comparators": 0.93, "ring": 1.0},
        "gates": {"up to LUT": 1.0, "one more": 3.6, "two more": 7.7},
        "popcount": {"counters": 1.96, "adders": 1.9, "lanes": 1.08, "accumulator": 4.3},
        "argmax": {"comparisons": 1.56, "choices": 1.0, "champion": 1.95},
        "link": {"link": 380.0, "result bits": 0.9},
        REST: {"parallel": 8.0, "serial": 24.0, "turns": 3.9},
    },
    6: {
        "encoder": {"comparators": 1.0, "ring": 1.0},
        # No gate has more than six inputs.
        "gates": {"up to LUT": 1.0, "one more": 0.0, "two more": 0.0},
        "popcount": {"counters": 1.28, "adders": 0.2, "lanes": 1.1, "accumulator": 1.8},
        "argmax": {"comparisons": 0.78, "choices": 1.28, "champion": 1.17},
        "link": {"link": 300.0, "result bits": 0.9},
        REST: {"parallel": 1.0, "serial": 11.0, "turns": 5.5},
    },
}
"""LUTs that one of each thing takes, by the inputs of a LUT and by part."""

SELFTEST = {4: 110.0, 6: 85.0}
"""LUTs of the link, by the inputs of a LUT, that a board without a self-test does not have."""
SELFTEST_ALONE = 120
"""Likewise, flip-flops that no LUT stands in front of."""
LINK_ALONE = 176
"""Flip-flops of the link that no LUT stands in front of, beside those of the sample."""
SERIAL_ALONE = 10
"""Likewise of everything else, where a popcount is serial, beside one for each turn of a class."""


def luts(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, float]:
    """LUTs of each part that a network is expected to take on a board."""
    inputs = board.fabric.lut_inputs
    factors = FACTORS[inputs]
    found = {
        part: sum(factors[part][name] * number for name, number in counts.items())
        for part, counts in counted(graph, board, pipeline).items()
    }
    if not board.selftest:
        found["link"] -= SELFTEST[inputs]
    return found


def cells(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, float]:
    """Places of the chip of each part that a network is expected to need, in the unit of the board's family.

    These are its LUTs, and on chips where they share places the flip-flops that no LUT stands in front of.
    """
    found = luts(graph, board, pipeline)
    if not board.family.shares:
        return found
    lone = alone(graph, pipeline)
    if not board.selftest:
        lone["link"] -= SELFTEST_ALONE
    return {part: number + lone.get(part, 0) for part, number in found.items()}


def counted(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, Counts]:
    """What there is of everything that takes LUTs, by part."""
    inputs = board.fabric.lut_inputs
    shape, turns = Shape.of(graph), rounds(graph, pipeline)
    return {
        "encoder": {
            "comparators": _comparators(graph, inputs),
            # A ring that is filled bit by bit is registers alone.
            "ring": graph.inputs if graph.ring and not fillable(graph) else 0,
        },
        "gates": _gates(graph, pipeline, inputs),
        "popcount": _popcount(graph, pipeline, inputs),
        "argmax": _argmax(graph, pipeline),
        "link": {"link": 1, "result bits": shape.result_bits},
        REST: {"parallel": int(not turns), "serial": int(turns > 0), "turns": turns},
    }


def alone(graph: GateGraph, pipeline: Pipeline) -> dict[str, float]:
    """Flip-flops that no LUT stands in front of, by part, where there are any."""
    shape, turns = Shape.of(graph), rounds(graph, pipeline)
    scores = shape.classes * shape.score_bits
    registered_bits = pipeline.encoder and graph.encoder.word_width == 1 and not graph.ring
    rows = bits_for(graph.classes - 1)
    stages = registers(rows, pipeline.argmax or rows)
    return {
        "encoder": len(inputs_read(graph)) if registered_bits or fillable(graph) else 0,
        "gates": _passing(graph, pipeline),
        "argmax": scores + shape.score_bits + shape.label_bits if turns else scores * stages,
        "link": (0 if fillable(graph) else shape.sample_bits) + LINK_ALONE,
        REST: SERIAL_ALONE + turns if turns else 0,
    }


def _comparators(graph: GateGraph, inputs: int) -> int:
    """LUTs of the comparisons as chains, each LUT with a bit less to spare for the one in front of it."""
    read = inputs_read(graph) - 2
    width = graph.encoder.word_width
    pairs = set(zip(graph.encoder.feature[read].tolist(), graph.encoder.threshold[read].tolist(), strict=True))
    # Below the lowest 1 of threshold + 1, the bits of the word do not matter; a single bit is a wire.
    sizes = [width + 1 - ((threshold + 1) & -(threshold + 1)).bit_length() for _, threshold in pairs]
    return sum(-(-(size - 1) // (inputs - 1)) for size in sizes)


def _gates(graph: GateGraph, pipeline: Pipeline, inputs: int) -> Counts:
    """Gates by fan-in; a complement is part of what reads it, but for a register of a serial popcount."""
    packed = absorb(graph, inputs)
    fan_in = packed.fan_in
    complements = 0
    if rounds(graph, pipeline):
        made = np.zeros(packed.nets, dtype=bool)
        made[np.concatenate([listed(group) for group in packed.groups])] = True
        complements = int((made[packed.first_gate :] & (fan_in == 1)).sum())
    return {
        "up to LUT": int(((fan_in > 1) & (fan_in <= inputs)).sum()) + complements,
        "one more": int((fan_in == inputs + 1).sum()),
        "two more": int((fan_in > inputs + 1).sum()),
    }


def _passing(graph: GateGraph, pipeline: Pipeline) -> int:
    """Bits of the gates' registers that take a place beside a LUT: of inputs, complements and what gates read, too."""
    level = levels(graph)
    depth, last = int(level.max()), last_read(graph, level)
    plain = np.ones(graph.nets, dtype=bool)
    plain[graph.first_gate :] = graph.fan_in == 1
    plain[graph.operands] = True
    serial = rounds(graph, pipeline) > 0
    passing = before = 0
    for number in range(1, depth + 1):
        if registered(number, depth, pipeline.gates) and not (serial and number == depth):
            held = (level <= number) & (last > number)
            passing += int((held & (plain | (level <= before))).sum())
            before = number
    if serial:
        nets = np.concatenate([listed(group) for group in graph.groups])
        passing += len(nets) - len(np.unique(nets[nets >= graph.first_gate]))
    return passing


def _popcount(graph: GateGraph, pipeline: Pipeline, inputs: int) -> Counts:
    count, wide = rounds(graph, pipeline), lanes(graph, pipeline)
    if not wide:
        found = [_compressed([len(column) for column in columns(group)], pipeline.counter) for group in graph.groups]
        return {
            "counters": sum(full for full, _ in found),
            "adders": sum(width for _, width in found),
            "lanes": 0,
            "accumulator": 0,
        }
    sizes = np.array([len(listed(group)) for group in graph.groups])
    classes = np.array([int((sizes > place).sum()) for place in range(places(graph))])
    # An OR of n in a tree of LUTs takes one for each k - 1 that it loses; the AND for each class of a set is an input.
    ors = np.ceil((classes - 1 + np.minimum(classes, SET)) / (inputs - 1)).sum() + wide * np.ceil(
        (count - 1) / (inputs - 1)
    )
    full, _ = _compressed([wide], pipeline.counter)
    return {"counters": full, "adders": 0, "lanes": float(ors), "accumulator": bits_for(graph.max_score)}


def _compressed(heights: list[int], counter: int) -> tuple[int, int]:
    """Bits that counters take away (a 3:2 counter one, a 6:3 counter three), and bits of the adder behind them."""
    lost = 0
    for _ in range(counters.levels(heights, counter)):
        lower = counters.lower(heights, counter)
        lost += sum(heights) - sum(lower)
        heights = lower
    # The adder begins where two bits meet, and its carry goes on to the end.
    first = next((weight for weight, height in enumerate(heights) if height > 1), len(heights))
    return lost, sum(height > 0 for height in heights[first:])


def _argmax(graph: GateGraph, pipeline: Pipeline) -> Counts:
    width = bits_for(graph.max_score)
    if rounds(graph, pipeline):
        return {"comparisons": 0, "choices": 0, "champion": width}
    # The last comparison decides the label; all others a score that is compared again.
    return {"comparisons": width * (graph.classes - 1), "choices": width * (graph.classes - 2), "champion": 0}
