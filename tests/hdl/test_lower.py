import numpy as np
from amaranth.hdl import Cat, Module, Signal
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.hdl.lower import lower


def outputs(tables, operands):
    """The outputs of gates whose operands are ints, through the lowered expression."""
    width = len(tables)
    signals = [Signal(width) for _ in operands]
    out = Signal(width)
    m = Module()
    m.d.comb += out.eq(lower(tables, signals))
    answers = []

    async def bench(ctx):
        for signal, value in zip(signals, operands, strict=True):
            ctx.set(signal, value)
        await ctx.delay(1e-9)
        answers.append(ctx.get(out))

    simulator = Simulator(m)
    simulator.add_testbench(bench)
    simulator.run()
    return answers[0]


def expected(tables, operands):
    result = 0
    for i, table in enumerate(tables):
        pattern = 0
        for operand in operands:
            pattern = 2 * pattern + (operand >> i & 1)
        result |= (table >> pattern & 1) << i
    return result


def test_every_function_of_two_operands_for_every_pattern():
    for table in range(16):
        tables = [table] * 4
        assert outputs(tables, [0b1100, 0b1010]) == expected(tables, [0b1100, 0b1010])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_gates_of_one_and_of_many_functions(fan_in, width, equal, seed):
    rng = np.random.default_rng(seed)
    tables = [int.from_bytes(rng.bytes(8), "little") % 2 ** (2**fan_in) for _ in range(width)]
    tables = tables[:1] * width if equal else tables
    operands = [int(rng.integers(2**width)) for _ in range(fan_in)]
    assert outputs(tables, operands) == expected(tables, operands)


def test_a_single_function_becomes_that_function():
    a, b, c = (Signal(5, name=name) for name in "abc")
    for table, shape in ((0b1000, "(& (sig a) (sig b))"), (0b0110, "(^ (sig a) (sig b))"), (0b1100, "(sig a)")):
        assert repr(lower([table] * 5, [a, b])) == shape
    assert repr(lower([0b10000000] * 5, [a, b, c])) == "(& (sig a) (& (sig b) (sig c)))"
    assert len(lower([0, 1, 2, 3], [Cat(a[:4])])) == 4
