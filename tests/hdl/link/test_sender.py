"""The sender in front of a transmitter that is played by the test."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from gatewright.hdl.link.protocol import ErrorCode, Frame, Hello, Shape, Type
from gatewright.hdl.link.sender import Answer, Sender

SHAPES = [Shape(1, 1, 2, 1), Shape(4, 3, 3, 4), Shape(4, 3, 10, 7), Shape(4, 3, 100, 16)]


def greeting(shape):
    return Hello(1, bytes(range(248, 256)), shape, 12_000_000, 9).encode()


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
