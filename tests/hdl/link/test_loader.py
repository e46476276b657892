"""The gateware against the model board: the same bytes and silences in, the same bytes out."""

from functools import cache

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from gatewright.hdl.link.decoder import Decoder
from gatewright.hdl.link.hello import Hello, graph_id
from gatewright.hdl.link.lfsr import register_of
from gatewright.hdl.link.loader import Loader
from gatewright.hdl.link.protocol import SELFTEST, VERSION, Counts, ErrorCode, Frame, Shape, Type
from gatewright.hdl.link.selftest import cleared_bits
from gatewright.hdl.sample import Sample
from tests.boards.model import ModelBoard
from tests.graphs import random_encoder, random_graph
from tests.hdl.link.line import take_byte

DIVISOR = 4
TIMEOUT_BITS = 64
LATENCY = 7


@cache
def small(seed=0, features=4):
    rng = np.random.default_rng(seed)
    return random_graph(rng, layers=1, width=8, classes=3, per_class=4, encoder=random_encoder(rng, features, 3, 2))


def talk(graph, chunks, divisor=DIVISOR, bit_cycles=None, gap_bits=2 * TIMEOUT_BITS, busy=0):
    """What a board answers to chunks of bytes with silences between them, and how many samples its classifier took.

    ``bit_cycles`` is the length of a bit as the host sends it; ``busy`` stalls the classifier for so many cycles.
    """
    shape = Shape.of(graph)
    hello = Hello(VERSION, graph_id(graph), shape, 12_000_000, LATENCY, 1, divisor, True)
    loader = Loader(hello, Sample(shape.sample_bits, cleared=cleared_bits(shape)), TIMEOUT_BITS)
    length = bit_cycles or divisor
    received = bytearray()
    taken = []
    finished = []

    async def host(ctx):
        sent = 0.0
        at = 0

        async def put(level, bits):
            nonlocal sent, at
            ctx.set(loader.rx, level)
            sent += bits * length
            await ctx.tick().repeat(max(1, round(sent) - at))
            at = max(at + 1, round(sent))

        await ctx.tick().repeat(5)
        for chunk in chunks:
            for byte in chunk:
                await put(0, 1)
                for i in range(8):
                    await put(byte >> i & 1, 1)
                await put(1, 1)
            await put(1, gap_bits)
        await put(1, 10 * (40 + shape.result_bytes))
        finished.append(True)

    async def monitor(ctx):
        while True:
            received.append(await take_byte(ctx, loader.tx, divisor))

    async def classifier(ctx):
        while True:
            ctx.set(loader.words.ready, 1)
            *_, valid, payload = await ctx.tick().sample(loader.words.valid, loader.words.p)
            if not valid:
                continue
            words = np.array([payload[i] for i in range(shape.features)])
            taken.append(words)
            ctx.set(loader.words.ready, 0)
            await ctx.tick().repeat(LATENCY + busy)
            scores = graph.scores(words[None])[0]
            value = {"label": int(scores.argmax()), "scores": [int(score) for score in scores]}
            ctx.set(loader.result.p, value)
            ctx.set(loader.result.valid, 1)
            await ctx.tick().until(loader.result.ready)
            ctx.set(loader.result.valid, 0)

    simulator = Simulator(loader)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.add_testbench(monitor, background=True)
    simulator.add_testbench(classifier, background=True)
    simulator.run()
    assert finished
    return bytes(received), taken


def model(graph, chunks, divisor=DIVISOR):
    board = ModelBoard(graph, latency=LATENCY, divisor=divisor)
    for chunk in chunks:
        board.feed(chunk)
        board.silence()
    return bytes(board.out)


def sample(graph, seed, sequence):
    rng = np.random.default_rng(seed)
    shape = Shape.of(graph)
    return Frame(Type.SAMPLE, sequence, shape.pack_sample(rng.integers(0, 8, shape.features))).encode()


HELLO = Frame(Type.HELLO, 9).encode()
COUNTERS = Frame(Type.COUNTERS, 11).encode()


def selftest(samples, seed):
    return Frame(Type.SELFTEST, 10, SELFTEST.pack(register_of(samples), seed)).encode()


def test_a_board_says_what_it_is_and_answers_samples():
    graph = small()
    # A silence behind each frame is long enough for its answer.
    chunks = [HELLO, sample(graph, 0, 5), b"", sample(graph, 1, 255), b"", HELLO, b"", b""]
    answer, taken = talk(graph, chunks, gap_bits=200)
    assert answer == model(graph, chunks)
    kinds = [frame.type for frame in Decoder().feed(answer)]
    assert kinds == [Type.HELLO_ANSWER, Type.RESULT, Type.RESULT, Type.HELLO_ANSWER]
    assert len(taken) == 2


@st.composite
def damaged(draw):
    """Chunks of frames, damaged frames and noise."""
    graph = small(draw(st.integers(0, 1)))
    chunks = []
    for _ in range(draw(st.integers(1, 4))):
        chunk = bytearray(
            draw(
                st.sampled_from(
                    [
                        HELLO,
                        COUNTERS,
                        sample(graph, draw(st.integers(0, 99)), draw(st.integers(0, 255))),
                        selftest(2, 5),
                    ]
                )
            )
        )
        match draw(st.sampled_from(["whole", "flip", "drop", "insert", "cut", "noise", "sync", "type", "length"])):
            case "flip":
                chunk[draw(st.integers(0, len(chunk) - 1))] ^= 1 << draw(st.integers(0, 7))
            case "drop":
                del chunk[draw(st.integers(0, len(chunk) - 1))]
            case "insert":
                chunk.insert(draw(st.integers(0, len(chunk) - 1)), draw(st.integers(0, 255)))
            case "cut":
                del chunk[draw(st.integers(0, len(chunk) - 1)) :]
            case "noise":
                chunk[:0] = draw(st.binary(max_size=10))
            case "sync":
                chunk[:0] = b"\xa5" * draw(st.integers(1, 3))
            case "type":
                chunk[1] = draw(st.integers(0, 255))
            case "length":
                chunk[3 + draw(st.integers(0, 1))] = draw(st.integers(0, 255))
        chunks.append(bytes(chunk))
    return graph, chunks


def comparable(answer):
    """The frames of an answer; of counters only the samples, since errors may be one and this classifier is slower."""
    return [
        Frame(frame.type, frame.sequence, frame.payload[4:8]) if frame.type == Type.COUNTERS_ANSWER else frame
        for frame in Decoder().feed(answer)
    ]


# A failure is not shrunk: each try is a simulation of seconds.
@given(damaged())
@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_a_damaged_stream_is_answered_as_the_specification_says(case):
    graph, chunks = case
    # The silence lets every answer leave before the next chunk, so that nothing is busy.
    chunks = [part for chunk in [*chunks, HELLO] for part in (chunk, b"")]
    answer, _ = talk(graph, chunks, gap_bits=180)
    # Several errors in a row may be one, so errors are told apart from the rest.
    expected, actual = comparable(model(graph, chunks)), comparable(answer)
    errors = [frame for frame in actual if frame.type == Type.ERROR]
    assert [frame for frame in actual if frame.type != Type.ERROR] == [f for f in expected if f.type != Type.ERROR]
    assert len(errors) <= sum(frame.type == Type.ERROR for frame in expected)
    assert bool(errors) == any(frame.type == Type.ERROR for frame in expected)
    assert actual[-1] == Frame(Type.HELLO_ANSWER, 9, ModelBoard(graph, latency=LATENCY).greeting)


def test_no_flipped_bit_is_accepted():
    graph = small()
    whole = sample(graph, 0, 5)
    chunks = []
    for byte in range(2, len(whole)):
        chunk = bytearray(whole)
        chunk[byte] ^= 1 << byte % 8
        chunks += [bytes(chunk), b""]
    answer, taken = talk(graph, chunks)
    assert taken == []
    assert answer == model(graph, chunks)


def test_a_frame_that_comes_too_early_is_refused_as_busy():
    graph = small()
    frames = b"".join(sample(graph, i, i) for i in range(5))
    answer, taken = talk(graph, [frames, b"", b"", b"", b"", b""], gap_bits=300, busy=2000)
    received = list(Decoder().feed(answer))
    results = [frame.sequence for frame in received if frame.type == Type.RESULT]
    assert results[:1] == [0]
    assert len(results) == len(taken) < 5
    assert Frame(Type.ERROR, 0, bytes([ErrorCode.BUSY])) in received


def test_a_frame_in_a_self_test_is_refused_and_spoils_nothing():
    graph = small()
    count = 100
    frames = selftest(count, 77) + sample(graph, 0, 5)
    answer, taken = talk(graph, [frames, b"", COUNTERS, b""], gap_bits=400)
    alone, _ = talk(graph, [selftest(count, 77), b""], gap_bits=400)
    signature, error, counters = Decoder().feed(answer)
    assert [signature] == list(Decoder().feed(alone)) == list(Decoder().feed(model(graph, [selftest(count, 77)])))
    assert error == Frame(Type.ERROR, 0, bytes([ErrorCode.BUSY]))
    assert len(taken) == count
    counts = Counts.decode(counters.payload)
    assert (counts.samples, counts.errors) == (count, 1)


def test_a_sample_waits_while_the_counters_are_sent():
    graph = small()
    answer, taken = talk(graph, [COUNTERS + sample(graph, 0, 5), b"", COUNTERS, b""], gap_bits=300)
    first, result, second = Decoder().feed(answer)
    assert Counts.decode(first.payload).samples == 0
    assert result.type == Type.RESULT
    assert Counts.decode(second.payload).samples == len(taken) == 1


def test_samples_may_follow_each_other_without_a_pause():
    graph = small(features=32)
    shape = Shape.of(graph)
    assert shape.sample_bytes > shape.result_bytes
    answer, _ = talk(graph, [b"".join(sample(graph, i, i) for i in range(6))])
    results = list(Decoder().feed(answer))
    assert [(frame.type, frame.sequence) for frame in results] == [(Type.RESULT, i) for i in range(6)]


@pytest.mark.parametrize("drift", [0.98, 1.02])
@pytest.mark.parametrize("divisor", [8, 12])
def test_a_host_that_is_two_percent_off_is_understood(divisor, drift):
    graph = small()
    chunks = [b"\x00\xff\x55" + HELLO, sample(graph, 3, 77)]
    answer, _ = talk(graph, chunks, divisor=divisor, bit_cycles=divisor * drift, gap_bits=300)
    assert answer == model(graph, chunks, divisor)
