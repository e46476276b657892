"""The sender in front of a transmitter that is played by the test."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from gatewright.hdl.link.counters import RING_BITS
from gatewright.hdl.link.hello import Hello
from gatewright.hdl.link.protocol import ErrorCode, Frame, Shape, Type
from gatewright.hdl.link.selftest import signature
from gatewright.hdl.link.sender import Answer, Sender

SHAPES = [Shape(1, 1, 2, 1), Shape(4, 3, 3, 4), Shape(4, 3, 10, 7), Shape(4, 3, 100, 16)]


def greeting(shape):
    return Hello(2, bytes(range(248, 256)), shape, 12_000_000, 9, 1, 12, True).encode()


def send(shape, frames, pause=0):
    """The bytes of each of ``frames``, which are (answer, sequence, content); a bit leaves after each pause."""
    sender = Sender(shape, greeting(shape))
    sent = []

    async def bench(ctx):
        for answer, sequence, content in frames:
            assert ctx.get(sender.ready)
            assert not ctx.get(sender.send)
            ctx.set(sender.start, 1)
            ctx.set(sender.answer, answer)
            ctx.set(sender.sequence, sequence)
            ctx.set(sender.content, content)
            await ctx.tick()
            # What is to be sent is held: the inputs may change at once.
            ctx.set(sender.start, 0)
            ctx.set(sender.answer, Answer.HELLO)
            ctx.set(sender.sequence, 0x5A)
            ctx.set(sender.content, 0)
            bits = []
            while ctx.get(sender.send):
                assert not ctx.get(sender.ready)
                await ctx.tick().repeat(1 + pause)
                bits.append(ctx.get(sender.bit))
                ctx.set(sender.shift, 1)
                await ctx.tick()
                ctx.set(sender.shift, 0)
            assert len(bits) % 8 == 0
            sent.append(np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes())
            await ctx.tick().repeat(2)

    simulator = Simulator(sender)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return sent


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.classes} classes")
def test_every_answer_is_the_frame_of_the_protocol(shape):
    rng = np.random.default_rng(0)
    rows = [rng.integers(0, 2**shape.score_bits, shape.classes) for _ in range(2)]
    payloads = [shape.pack_result(int(rng.integers(shape.classes)), row) for row in rows]
    ones = bytes(Shape.pack_result(shape, 2**shape.label_bits - 1, [2**shape.score_bits - 1] * shape.classes))
    results = [(int.from_bytes(payload, "little"), payload) for payload in (*payloads, ones)]
    frames = [
        (Answer.HELLO, 3, 0),
        *((Answer.RESULT, 250 + i, content) for i, (content, _) in enumerate(results)),
        *((Answer.ERROR, 0, code) for code in ErrorCode),
        (Answer.HELLO, 255, 2**shape.result_bits - 1),
        (Answer.RESULT, 0, 0),
    ]
    expected = [
        Frame(Type.HELLO_ANSWER, 3, greeting(shape)),
        *(Frame(Type.RESULT, 250 + i, payload) for i, (_, payload) in enumerate(results)),
        *(Frame(Type.ERROR, 0, bytes([code])) for code in ErrorCode),
        Frame(Type.HELLO_ANSWER, 255, greeting(shape)),
        Frame(Type.RESULT, 0, bytes(shape.result_bytes)),
    ]
    assert send(shape, frames) == [frame.encode() for frame in expected]


@pytest.mark.parametrize("pause", [1, 5])
def test_a_bit_stays_until_it_is_taken(pause):
    shape = SHAPES[1]
    content = 0b1010_1100_0111_01
    assert send(shape, [(Answer.RESULT, 77, content)], pause) == [
        Frame(Type.RESULT, 77, content.to_bytes(shape.result_bytes, "little")).encode()
    ]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.classes} classes")
def test_what_was_folded_leaves_as_the_signature(shape):
    """Twice, so that what was sent before is cleared."""
    rng = np.random.default_rng(1)
    sender = Sender(shape, greeting(shape))
    sent = []
    labels = rng.integers(0, shape.classes, 40).tolist()
    scores = rng.integers(0, 2**shape.score_bits, (40, shape.classes))

    async def bench(ctx):
        for count in (40, 3):
            ctx.set(sender.clear, 1)
            await ctx.tick()
            ctx.set(sender.clear, 0)
            for label, row in zip(labels[:count], scores[:count].tolist(), strict=True):
                ctx.set(sender.content, shape.result_value(label, row))
                ctx.set(sender.fold, 1)
                await ctx.tick()
                ctx.set(sender.fold, 0)
                await ctx.tick()
            ctx.set(sender.content, 2**shape.result_bits - 1)
            ctx.set(sender.start, 1)
            ctx.set(sender.answer, Answer.SELFTEST)
            ctx.set(sender.sequence, 0xC3)
            await ctx.tick()
            ctx.set(sender.start, 0)
            bits = []
            while ctx.get(sender.send):
                bits.append(ctx.get(sender.bit))
                assert not ctx.get(sender.count)
                ctx.set(sender.shift, 1)
                await ctx.tick()
                ctx.set(sender.shift, 0)
            sent.append(np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes())

    simulator = Simulator(sender)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert sent == [
        Frame(
            Type.SELFTEST_ANSWER,
            0xC3,
            signature(shape, labels[:count], scores[:count]).to_bytes(shape.signature_bytes, "little"),
        ).encode()
        for count in (40, 3)
    ]


def test_the_counters_leave_bit_by_bit_and_only_as_they_are_sent():
    shape = SHAPES[1]
    sender = Sender(shape, greeting(shape))
    counted = np.random.default_rng(3).integers(0, 2, RING_BITS).tolist()
    bits, taken = [], []

    async def bench(ctx):
        ctx.set(sender.start, 1)
        ctx.set(sender.answer, Answer.COUNTERS)
        ctx.set(sender.sequence, 5)
        assert not ctx.get(sender.counting)
        await ctx.tick()
        ctx.set(sender.start, 0)
        while ctx.get(sender.send):
            assert ctx.get(sender.counting)
            ctx.set(sender.counted, [*counted, 0][len(taken)])
            ctx.set(sender.shift, 1)
            bits.append(ctx.get(sender.bit))
            if ctx.get(sender.count):
                taken.append(1)
            await ctx.tick()
            ctx.set(sender.shift, 0)
            assert not ctx.get(sender.count)

    simulator = Simulator(sender)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    payload = np.packbits(np.array(counted, np.uint8), bitorder="little").tobytes()
    sent = np.packbits(np.array(bits, np.uint8), bitorder="little").tobytes()
    assert sent == Frame(Type.COUNTERS_ANSWER, 5, payload).encode()
    assert len(taken) == RING_BITS
