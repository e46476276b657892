import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from gatewright.hdl.link.uart import MIN_DIVISOR, Receiver, Transmitter
from tests.hdl.link.line import send_byte, take_byte

BYTES = b"\x00\xff\x55\xaa\xa5\x01\x80"


def receive(divisor, script, silence=0):
    """What a receiver says while ``script(ctx, rx)`` drives its line, and so many bit times after it.

    A list of bytes that are done, of ``"broken"``, and the number of ticks.
    """
    receiver = Receiver(divisor)
    said, bits, ticks = [], [], 0

    async def host(ctx):
        await ctx.tick().repeat(4)
        await script(ctx, receiver.rx)
        await ctx.tick().repeat(divisor * (2 + silence))

    async def watch(ctx):
        nonlocal ticks
        ports = (receiver.shift, receiver.bit, receiver.done, receiver.data, receiver.broken, receiver.tick)
        async for *_, shift, bit, done, data, broken, tick in ctx.tick().sample(*ports):
            ticks += tick
            if shift:
                bits.append(bit)
            if done or broken:
                assert len(bits) == 8
                assert data == sum(bit << i for i, bit in enumerate(bits))
                said.append(data if done else "broken")
            if done or broken or len(bits) > 8:
                bits.clear()

    simulator = Simulator(receiver)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.add_testbench(watch, background=True)
    simulator.run()
    return said, ticks


@pytest.mark.parametrize(
    ("divisor", "cycles"), [(4, 4), (5, 5), (12, 12), (104, 104), (24, 23), (24, 25), (50, 49), (50, 51)]
)
def test_bytes_are_received_back_to_back_from_a_host_that_is_a_little_off(divisor, cycles):
    async def script(ctx, rx):
        for byte in BYTES:
            await send_byte(ctx, rx, byte, cycles)

    assert receive(divisor, script)[0] == list(BYTES)


@pytest.mark.parametrize("divisor", [4, 9, 12])
def test_each_bit_is_read_near_its_middle(divisor):
    """The line is right only around the middle of each bit, and wrong at its edges."""
    edge = (divisor - 3) // 2

    async def script(ctx, rx):
        for level in (0, 1, 0, 0, 1, 1, 0, 1, 0, 1):
            # The start bit has to begin with its edge.
            for value, cycles in ((level if level == 0 else 0, edge), (level, divisor - 2 * edge), (level ^ 1, edge)):
                ctx.set(rx, value)
                if cycles:
                    await ctx.tick().repeat(cycles)
        ctx.set(rx, 1)

    assert receive(divisor, script)[0] == [0b01011001]


def test_a_missing_stop_bit_is_broken_and_the_line_must_rise_before_the_next_byte():
    async def script(ctx, rx):
        await send_byte(ctx, rx, 0x42, 12, stop=0)
        await ctx.tick().repeat(300)
        ctx.set(rx, 1)
        await ctx.tick().repeat(12)
        await send_byte(ctx, rx, 0x43, 12)

    assert receive(12, script)[0] == ["broken", 0x43]


def test_a_glitch_is_no_start_bit():
    async def script(ctx, rx):
        for cycles in (1, 3, 5):
            ctx.set(rx, 0)
            await ctx.tick().repeat(cycles)
            ctx.set(rx, 1)
            await ctx.tick().repeat(30)
        await send_byte(ctx, rx, 0x44, 12)

    assert receive(12, script)[0] == [0x44]


@pytest.mark.parametrize("divisor", [MIN_DIVISOR, 12])
def test_a_tick_comes_once_a_bit_time_on_an_idle_line(divisor):
    async def script(ctx, rx):
        pass

    assert receive(divisor, script, silence=100)[1] in (102, 103)


@pytest.mark.parametrize("divisor", [4, 5, 12])
def test_what_is_sent_is_8n1_without_a_pause_and_then_idle(divisor):
    transmitter = Transmitter(divisor)
    bits = [byte >> i & 1 for byte in BYTES for i in range(8)]
    received, levels = [], []
    done = 0

    async def feed(ctx):
        nonlocal done
        position = 0
        await ctx.tick().repeat(7)
        ctx.set(transmitter.send, 1)
        ctx.set(transmitter.bit, bits[0])
        while position < len(bits):
            *_, shift, stop = await ctx.tick().sample(transmitter.shift, transmitter.done)
            done += stop
            position += shift
            if shift and position < len(bits):
                ctx.set(transmitter.bit, bits[position])
        ctx.set(transmitter.send, 0)
        await ctx.tick().repeat(20 * divisor)

    async def host(ctx):
        while len(received) < len(BYTES):
            received.append(await take_byte(ctx, transmitter.tx, divisor))

    async def watch(ctx):
        async for *_, level in ctx.tick().sample(transmitter.tx):
            levels.append(level)

    simulator = Simulator(transmitter)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(host)
    simulator.add_testbench(watch, background=True)
    simulator.run()
    assert bytes(received) == BYTES
    assert done == len(BYTES) - 1
    start = levels.index(0)
    frame = [level for byte in BYTES for level in (0, *(byte >> i & 1 for i in range(8)), 1)]
    assert levels[start : start + divisor * len(frame)] == [level for level in frame for _ in range(divisor)]
    assert set(levels[:start]) == {1}
    assert set(levels[start + divisor * len(frame) :]) == {1}


def test_one_end_understands_the_other():
    m = Module()
    m.submodules.transmitter = transmitter = Transmitter(7)
    m.submodules.receiver = receiver = Receiver(7)
    m.d.comb += receiver.rx.eq(transmitter.tx)
    bits = [byte >> i & 1 for byte in range(0, 256, 5) for i in range(8)]
    received = []

    async def bench(ctx):
        position = 0
        for _ in range(len(bits) * 7 * 10 // 8 + 100):
            ctx.set(transmitter.send, position < len(bits))
            ctx.set(transmitter.bit, bits[position] if position < len(bits) else 0)
            ports = (transmitter.shift, receiver.done, receiver.data, receiver.broken)
            *_, shift, done, data, broken = await ctx.tick().sample(*ports)
            position += shift
            assert not broken
            if done:
                received.append(data)

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert received == list(range(0, 256, 5))
