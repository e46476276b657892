import numpy as np
from amaranth.hdl import Cat, Module, Signal
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.shift import listed, shift, steps, widths, within_gates
from tests.graphs import identity


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_lanes_leave_in_order_and_zeros_follow(sizes, lanes, seed):
    rng = np.random.default_rng(seed)
    m = Module()
    load = Signal()
    groups = [Signal(size, name=f"bits{i}") for i, size in enumerate(sizes)]
    leaving = Signal(sum(min(lanes, size) for size in sizes))
    m.d.comb += leaving.eq(Cat(shift(m, load, groups, lanes)))
    rows = [[int(rng.integers(2**size)) for size in sizes] for _ in range(2)]
    count = -(-max(sizes) // lanes) + 1

    async def bench(ctx):
        for row in rows:
            for group, value in zip(groups, row, strict=True):
                ctx.set(group, value)
            ctx.set(load, 1)
            await ctx.tick()
            ctx.set(load, 0)
            for step in range(count):
                seen, low = ctx.get(leaving), 0
                for size, value in zip(sizes, row, strict=True):
                    width = min(lanes, size)
                    assert seen >> low & 2**width - 1 == value >> step * lanes & 2**width - 1
                    low += width
                await ctx.tick()

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def test_listing_steps_and_widths():
    graph = GateGraph.build(identity(5), [], [[4, 1, 4, 0, 2], [0, 1], [3]])
    assert [listed(group).tolist() for group in graph.groups] == [[4, 4, 2], [], [3]]
    assert [steps(graph, Pipeline(lanes=n)) for n in (0, 1, 2, 3, 9)] == [1, 3, 2, 1, 1]
    assert widths(graph, Pipeline(lanes=2)) == [2, 0, 1]
    assert steps(GateGraph.build(identity(1), [], [[1], [0]]), Pipeline(lanes=1)) == 1


def test_large_tables_leave_no_room_in_their_lut():
    def small_and(table, fan_in):
        return GateGraph.build(identity(4), [(table, range(2, 2 + fan_in))], [[6], [6, 6]])

    assert within_gates(small_and(0b1000, 2), Pipeline(lanes=1))
    assert not within_gates(small_and(0x80, 3), Pipeline(lanes=1))
    assert within_gates(small_and(0x8000, 4), Pipeline(lanes=1, counter=6))
