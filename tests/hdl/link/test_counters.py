import numpy as np
from amaranth.sim import Simulator
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gatewright.hdl.link.counters import RING_BITS, Counters
from gatewright.hdl.link.lfsr import register_of
from gatewright.hdl.link.protocol import Counts


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_what_happened_is_counted_and_survives_that_it_is_read(seed):
    rng = np.random.default_rng(seed)
    counters = Counters()
    read, expected = [], []

    async def bench(ctx):
        cycles = samples = errors = 0
        for _ in range(2):
            for _ in range(150):
                cycle, sample, error, clear = (int(rng.random() < share) for share in (0.8, 0.5, 0.1, 0.01))
                for port, value in zip(
                    ("cycle", "sample", "error", "clear"), (cycle, sample, error, clear), strict=True
                ):
                    ctx.set(getattr(counters, port), value)
                await ctx.tick()
                cycles, samples, errors = (
                    (cycles + cycle) * (not clear),
                    (samples + sample) * (not clear),
                    errors + error,
                )
                assert ctx.get(counters.samples) == register_of(samples)
            ctx.set(counters.clear, 0)
            bits = []
            for _ in range(RING_BITS):
                # What happens meanwhile is not counted.
                ctx.set(counters.shift, 1)
                bits.append(ctx.get(counters.out))
                await ctx.tick()
                ctx.set(counters.shift, 0)
                for port in ("cycle", "sample", "error"):
                    ctx.set(getattr(counters, port), 0)
                await ctx.tick()
            read.append(Counts.decode(np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes()))
            expected.append(Counts(cycles, samples, errors))

    simulator = Simulator(counters)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert read == expected
