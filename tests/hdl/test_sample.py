"""The register of a sample against a list of bits."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.sample import Sample, fillable
from tests.graphs import identity


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_it_is_filled_cleared_and_turned_as_a_list_of_bits(data):
    length = data.draw(st.integers(1, 9))
    cleared, turns = data.draw(st.integers(0, length)), data.draw(st.booleans())
    what = ["rest", "fill", *(["clear"] if cleared else []), *(["move"] if turns else [])]
    steps = data.draw(st.lists(st.tuples(st.sampled_from(what), st.integers(0, 1)), max_size=30))
    sample = Sample(length, turns=turns, cleared=cleared)
    seen = []

    async def bench(ctx):
        for step, bit in [("fill", 1)] * length + steps:
            for name in what[1:]:
                ctx.set(getattr(sample, name), name == step)
            ctx.set(sample.coming, bit)
            await ctx.tick()
            seen.append(ctx.get(sample.held))

    simulator = Simulator(sample)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    bits, expected = [1] * length, []
    for step, bit in steps:
        if step == "fill":
            bits = [*bits[1:], bit]
        elif step == "move":
            bits = [*bits[1:], bits[0]]
        elif step == "clear":
            bits = [0] * cleared + bits[cleared:]
        expected.append(sum(bit << index for index, bit in enumerate(bits)))
    assert seen[length:] == expected


@pytest.mark.parametrize(
    ("encoder", "positions", "expected"),
    [
        (identity(4), (0, 1), True),
        (identity(4), (0,), False),
        # Words of two bits are compared with thresholds first.
        (replace(identity(4), word_width=2), (0, 1), False),
        # The last feature is not read.
        (
            Thermometer(
                ("a", "b", "c"), 1, np.zeros(3), np.ones(3), np.arange(2, dtype=np.int32), np.zeros(2, np.int32)
            ),
            (0, 1),
            False,
        ),
    ],
)
def test_a_ring_is_filled_where_it_holds_the_words_themselves(encoder, positions, expected):
    graph = GateGraph.build(encoder, [], [[2], [2]])
    assert fillable(replace(graph, positions=positions)) == expected
