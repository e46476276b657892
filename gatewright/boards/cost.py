"""What a network takes on a chip, by part, before anything is synthesized.

Each part is a few numbers that can be counted in the graph and in the pipeline, each times what one of them takes. The
factors are estimates from how a mapper builds such a thing; ``benchmarks/cost_model.py`` compares them with Yosys over
trained networks, and prints those that would fit best.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from amaranth.utils import bits_for

from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.absorb import absorb
from gatewright.graph.stats import inputs_read
from gatewright.hdl import counters
from gatewright.hdl.link.protocol import Shape
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.popcount import columns
from gatewright.hdl.turns import SET, lanes, listed, rounds

from .board import Board

Counts = Mapping[str, float]
"""How many there are of each thing that takes LUTs."""

FACTORS: dict[int, dict[str, dict[str, float]]] = {
    4: {
        "encoder": {"comparisons": 1.0, "bits compared": 0.3},
        "gates": {"up to LUT": 1.0, "one more": 2.5, "two more": 5.0},
        "popcount": {"counters": 2.0, "adders": 2.0, "lanes": 1.0, "accumulator": 3.0},
        "argmax": {"tournament": 2.0, "champion": 2.0},
        "link": {"link": 330.0, "result bits": 0.7, "sample bits": 0.05},
    },
    6: {
        "encoder": {"comparisons": 1.0, "bits compared": 0.1},
        "gates": {"up to LUT": 1.0, "one more": 2.0, "two more": 4.0},
        "popcount": {"counters": 1.0, "adders": 1.0, "lanes": 1.0, "accumulator": 2.0},
        "argmax": {"tournament": 1.0, "champion": 1.5},
        "link": {"link": 250.0, "result bits": 0.5, "sample bits": 0.05},
    },
}
"""LUTs that one of each thing takes, by the inputs of a LUT and by part."""


def luts(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, float]:
    """LUTs of each part that a network is expected to take on a board."""
    factors = FACTORS[board.fabric.lut_inputs]
    return {
        part: sum(factors[part][name] * number for name, number in counts.items())
        for part, counts in counted(graph, board, pipeline).items()
    }


def cells(graph: GateGraph, board: Board, pipeline: Pipeline) -> float:
    """Places of the chip that a network is expected to need: its LUTs, and flip-flops that no LUT stands in front of.

    Those are the samples that the link holds, the scores, and the turns of a serial popcount.
    """
    total = sum(luts(graph, board, pipeline).values())
    if not board.family.shares:
        return total
    shape = Shape.of(graph)
    alone = shape.sample_bits + (shape.classes * shape.score_bits if rounds(graph, pipeline) else 0)
    return total + alone


def counted(graph: GateGraph, board: Board, pipeline: Pipeline) -> dict[str, Counts]:
    """What there is of everything that takes LUTs, by part."""
    inputs = board.fabric.lut_inputs
    shape = Shape.of(graph)
    return {
        "encoder": _encoder(graph),
        "gates": _gates(graph, inputs),
        "popcount": _popcount(graph, pipeline, inputs),
        "argmax": _argmax(graph, pipeline),
        "link": {"link": 1, "result bits": shape.result_bits, "sample bits": shape.sample_bits},
    }


def _encoder(graph: GateGraph) -> Counts:
    """A threshold of a word of one bit is a wire."""
    read = inputs_read(graph) - 2
    width = graph.encoder.word_width
    if width == 1:
        return {"comparisons": 0, "bits compared": 0}
    pairs = set(zip(graph.encoder.feature[read].tolist(), graph.encoder.threshold[read].tolist(), strict=True))
    # Below the lowest 1 of threshold + 1, the bits of the word do not matter.
    bits = sum(width - ((threshold + 1) & -(threshold + 1)).bit_length() for _, threshold in pairs)
    return {"comparisons": len(pairs), "bits compared": bits}


def _gates(graph: GateGraph, inputs: int) -> Counts:
    fan_in = absorb(graph, inputs).fan_in
    return {
        "up to LUT": int(((fan_in > 1) & (fan_in <= inputs)).sum()),
        "one more": int((fan_in == inputs + 1).sum()),
        "two more": int((fan_in > inputs + 1).sum()),
    }


def _popcount(graph: GateGraph, pipeline: Pipeline, inputs: int) -> Counts:
    score_bits = bits_for(graph.max_score)
    count, wide = rounds(graph, pipeline), lanes(graph, pipeline)
    if not wide:
        heights = [[len(column) for column in columns(group)] for group in graph.groups]
        full = sum(_full_adders(column, pipeline.counter) for column in heights)
        return {"counters": full, "adders": score_bits * graph.classes, "lanes": 0, "accumulator": 0}
    sizes = np.array([len(listed(group)) for group in graph.groups])
    classes = np.array([int((sizes > place).sum()) for place in range(int(sizes.max()))])
    # An OR of n in a tree of LUTs takes one for each k - 1 that it loses; the AND for each class of a set is an input.
    ors = np.ceil((classes - 1 + np.minimum(classes, SET)) / (inputs - 1)).sum() + wide * np.ceil(
        (count - 1) / (inputs - 1)
    )
    full = _full_adders([wide], pipeline.counter)
    return {"counters": full, "adders": 0, "lanes": float(ors), "accumulator": (1 + (count > 1)) * score_bits}


def _full_adders(heights: list[int], counter: int) -> int:
    """Bits that counters take away, level by level: a 3:2 counter one, a 6:3 counter three."""
    lost = 0
    for _ in range(counters.levels(heights, counter)):
        lower = counters.lower(heights, counter)
        lost += sum(heights) - sum(lower)
        heights = lower
    return lost


def _argmax(graph: GateGraph, pipeline: Pipeline) -> Counts:
    width = bits_for(graph.max_score)
    if rounds(graph, pipeline):
        return {"tournament": 0, "champion": width}
    return {"tournament": width * (graph.classes - 1), "champion": 0}
