import zlib

import pytest
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.hdl.link.crc import POLYNOMIAL, RESIDUE, Crc32


def simulate(bench):
    """Run ``bench(ctx, crc)`` against a new register."""
    crc = Crc32()
    simulator = Simulator(crc)
    simulator.add_clock(1e-6)

    async def run(ctx):
        await bench(ctx, crc)

    simulator.add_testbench(run)
    simulator.run()


async def take(ctx, crc, message):
    """Step through the bits of a message."""
    ctx.set(crc.step, 1)
    for byte in message:
        for i in range(8):
            ctx.set(crc.bit, byte >> i & 1)
            await ctx.tick()
    ctx.set(crc.step, 0)


async def give(ctx, crc):
    """Step the CRC out."""
    sent = []
    ctx.set(crc.step, 1)
    ctx.set(crc.emit, 1)
    for i in range(32):
        # The message bit is not read.
        ctx.set(crc.bit, i & 1)
        sent.append(ctx.get(crc.out))
        await ctx.tick()
    ctx.set(crc.step, 0)
    ctx.set(crc.emit, 0)
    return sum(bit << i for i, bit in enumerate(sent))


@given(st.binary(max_size=12), st.binary(max_size=12))
@settings(max_examples=15, deadline=None)
def test_what_leaves_is_the_crc_of_zlib_for_each_message_after_a_clear(first, second):
    async def bench(ctx, crc):
        await take(ctx, crc, first)
        assert await give(ctx, crc) == zlib.crc32(first)
        ctx.set(crc.clear, 1)
        await ctx.tick()
        ctx.set(crc.clear, 0)
        await take(ctx, crc, second)
        assert await give(ctx, crc) == zlib.crc32(second)

    simulate(bench)


@given(st.binary(max_size=8), st.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_a_message_is_good_with_its_own_crc_and_with_no_other(message, flip):
    whole = message + zlib.crc32(message).to_bytes(4, "little")
    flip %= 8 * len(whole)
    damaged = bytearray(whole)
    damaged[flip // 8] ^= 1 << flip % 8

    async def bench(ctx, crc):
        for sent, good in ((whole, 1), (bytes(damaged), 0), (whole[:-1], 0), (whole, 1)):
            ctx.set(crc.clear, 1)
            await ctx.tick()
            ctx.set(crc.clear, 0)
            await take(ctx, crc, sent)
            assert ctx.get(crc.good) == good

    simulate(bench)


def test_a_clear_wins_over_a_step_and_without_a_step_nothing_moves():
    async def bench(ctx, crc):
        ctx.set(crc.clear, 1)
        await take(ctx, crc, b"noise")
        ctx.set(crc.clear, 0)
        for byte in b"gatewright":
            await take(ctx, crc, bytes([byte]))
            await ctx.tick().repeat(3)
        assert await give(ctx, crc) == zlib.crc32(b"gatewright")

    simulate(bench)


@pytest.mark.parametrize("message", [b"", b"gatewright"])
def test_the_residue_is_what_a_message_and_its_crc_leave(message):
    register = 0xFFFFFFFF
    for byte in message + zlib.crc32(message).to_bytes(4, "little"):
        for i in range(8):
            register = (register >> 1) ^ (POLYNOMIAL if (register ^ byte >> i) & 1 else 0)
    assert register == RESIDUE
