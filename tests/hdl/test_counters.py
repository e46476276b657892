from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.hdl import counters


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=1, max_size=3), st.sampled_from((3, 6)), st.integers(0, 2**42 - 1))
def test_every_level_keeps_the_sum_and_has_the_heights_that_were_said(heights, counter, value):
    m = Module()
    signals = [Signal(height, name=f"column{i}") for i, height in enumerate(heights)]
    stages, expected = [signals], [list(heights)]
    for level in range(counters.levels(heights, counter)):
        stages.append(counters.compress(m, f"level{level}", stages[-1], counter))
        expected.append(counters.lower(expected[-1], counter))
    for stage, said in zip(stages, expected, strict=True):
        found = [len(column) for column in stage]
        assert found == said[: len(found)]
        assert not any(said[len(found) :])
    assert all(len(column) <= 2 for column in stages[-1])
    first, second = counters.rows(stages[-1])
    total = Signal(64)
    m.d.comb += total.eq(first + second)
    bits = [value >> 14 * i & 2**height - 1 for i, height in enumerate(heights)]

    async def bench(ctx):
        for signal, column in zip(signals, bits, strict=True):
            ctx.set(signal, column)
        await ctx.delay(1e-9)
        assert ctx.get(total) == sum(column.bit_count() << weight for weight, column in enumerate(bits))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()


def test_wide_counters_need_fewer_levels():
    assert counters.levels([500], 6) < counters.levels([500], 3) < 15
    assert counters.levels([2, 2], 3) == counters.levels([], 6) == 0
