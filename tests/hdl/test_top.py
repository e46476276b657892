from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.link import selftest
from gatewright.hdl.link.decoder import Decoder
from gatewright.hdl.link.hello import Hello, graph_id
from gatewright.hdl.link.lfsr import register_of
from gatewright.hdl.link.protocol import SELFTEST, VERSION, Counts, Frame, Shape, Type
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.top import MAX_BAUD_ERROR, Top, divisor
from tests import naive
from tests.graphs import random_encoder, random_graph
from tests.hdl.link.line import send_byte, take_byte

CYCLES = 4

# Some components are only asked for the widths of their streams.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


def network(seed=0):
    rng = np.random.default_rng(seed)
    return random_graph(rng, layers=2, width=12, per_class=4, encoder=random_encoder(rng, 5, 3, 2))


def talk(top, frames, answers=None):
    """The frames that a top answers, each awaited before the next question if there are as many ``answers``."""
    decoder = Decoder()
    received = []
    awaited = [1] * len(frames) if answers is None else [0] * (len(frames) - 1) + [answers]

    async def host(ctx):
        for frame, count in zip(frames, awaited, strict=True):
            for byte in frame.encode():
                await send_byte(ctx, top.rx, byte, CYCLES)
            wanted = len(received) + count
            while len(received) < wanted:
                received.extend(decoder.feed(bytes([await take_byte(ctx, top.tx, CYCLES)])))

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.run()
    assert decoder.dropped == 0
    return received


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(False, 0, 0, 0), Pipeline(True, 1, 1, 1)])
def test_the_line_leads_through_the_classifier_and_back(pipeline):
    graph = network()
    shape = Shape.of(graph)
    top = Top(graph, pipeline, clock_hz=12_000_000, divisor=CYCLES)
    words = np.random.default_rng(1).integers(0, 8, (4, shape.features))
    questions = [Frame(Type.SAMPLE, 10 + i, shape.pack_sample(row)) for i, row in enumerate(words)]
    greeting, *results = talk(top, [Frame(Type.HELLO, 3), *questions])
    assert (greeting.type, greeting.sequence) == (Type.HELLO_ANSWER, 3)
    said = Hello.decode(greeting.payload)
    latency, interval = top.classifier.latency, top.classifier.initiation_interval
    assert said == Hello(VERSION, graph_id(graph), shape, 12_000_000, latency, interval, CYCLES, True)
    scores = naive.scores(graph, [naive.bits(graph, row) for row in words])
    expected = [shape.pack_result(naive.label(row), row) for row in scores]
    assert results == [Frame(Type.RESULT, 10 + i, payload) for i, payload in enumerate(expected)]


PIPELINES = [
    Pipeline(),
    Pipeline(False, 0, 0, 0),
    Pipeline(True, 1, 1, 1),
    Pipeline(lanes=1),
    Pipeline(False, 0, 0, 0, lanes=2),
]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_self_test_is_that_of_the_reference_in_as_many_cycles_as_the_classifier_takes(pipeline):
    graph = network(1)
    top = Top(graph, pipeline, clock_hz=12_000_000, divisor=CYCLES)
    latency, interval = top.classifier.latency, top.classifier.initiation_interval
    words = np.random.default_rng(1).integers(0, 8, 5)
    sample = Frame(Type.SAMPLE, 9, Shape.of(graph).pack_sample(words))
    runs = [(1, 1), (70, 0xDEADBEEF), (3, 0x80000000)]
    frames = [sample, Frame(Type.COUNTERS, 1)]
    for samples, seed in runs:
        frames += [Frame(Type.SELFTEST, 7, SELFTEST.pack(register_of(samples), seed)), Frame(Type.COUNTERS, 8)]
    frames += [sample, Frame(Type.COUNTERS, 2)]
    first, counted, *tested, second, total = talk(top, frames)
    # A sample from the line may have to wait until a serial classifier takes one.
    assert Counts.decode(counted.payload) == Counts(latency, 1, 0)
    for (samples, seed), answer, counted in zip(runs, tested[::2], tested[1::2], strict=True):
        assert (answer.type, answer.sequence, answer.payload.hex()) == (
            Type.SELFTEST_ANSWER,
            7,
            selftest.expected(graph, samples, seed).to_bytes(Shape.of(graph).signature_bytes, "little").hex(),
        )
        assert Counts.decode(counted.payload) == Counts((samples - 1) * interval + latency, samples, 0)
    assert second == first
    assert Counts.decode(total.payload) == Counts(2 * interval + 2 * latency, 4, 0)


def test_without_a_self_test_its_questions_are_unknown():
    graph = network()
    top = Top(graph, Pipeline(), clock_hz=12_000_000, divisor=CYCLES, selftest=False)
    asked = [Frame(Type.SELFTEST, 7, SELFTEST.pack(1, 1)), Frame(Type.COUNTERS, 8), Frame(Type.HELLO, 3)]
    (greeting,) = talk(top, asked, answers=1)
    assert (greeting.type, greeting.sequence) == (Type.HELLO_ANSWER, 3)
    assert not Hello.decode(greeting.payload).selftest


def test_bits_that_are_encoded_already_are_words_of_one_bit():
    """A graph behind an identity encoder: its samples are its input bits, eight to a byte."""
    rng = np.random.default_rng(4)
    graph = random_graph(rng, inputs=19, layers=2, width=12, per_class=4)
    top = Top(graph, Pipeline(), clock_hz=12_000_000, divisor=CYCLES)
    bits = rng.integers(0, 2, (3, 19))
    payloads = [np.packbits(row.astype(np.uint8), bitorder="little").tobytes() for row in bits]
    results = talk(top, [Frame(Type.SAMPLE, i, payload) for i, payload in enumerate(payloads)])
    scores = naive.scores(graph, bits.tolist())
    assert [frame.payload for frame in results] == [
        Shape.of(graph).pack_result(naive.label(row), row) for row in scores
    ]


def test_a_frame_holds_the_bits_of_the_streams():
    """What the protocol calls a sample and a result is as wide as what the classifier reads and says."""
    for seed in range(5):
        top = Top(network(seed), Pipeline(), clock_hz=12_000_000, divisor=CYCLES)
        shape = top.link.hello.shape
        assert len(top.classifier.words.p.as_value()) == len(top.link.words.p.as_value()) == shape.sample_bits
        assert len(top.classifier.result.p.as_value()) == len(top.link.result.p.as_value()) == shape.result_bits


@pytest.mark.parametrize(
    ("clock", "baud", "cycles"),
    [
        (12_000_000, 1_000_000, 12),
        (12_000_000, 3_000_000, 4),
        (12_000_000, 115_200, 104),
        (100_000_000, 115_200, 868),
        # 0.97 percent off.
        (12_000_000, 1_320_500, 9),
    ],
)
def test_the_divisor_is_the_nearest(clock, baud, cycles):
    assert divisor(clock, baud) == cycles
    assert abs(clock / cycles - baud) <= MAX_BAUD_ERROR * baud


@pytest.mark.parametrize(
    ("clock", "baud", "said"),
    [
        (12_000_000, 900_000, "12 MHz divided by 13 misses 900000 baud by 2.6%"),
        (12_000_000, 7_000_000, "12 MHz divided by 2 misses 7000000 baud by 14.3%"),
        (1_000_000, 4_000_000, "1 MHz divided by 1 misses 4000000 baud by 75.0%"),
        (12_000_000, 0, "clock of 12000000 Hz gives no line of 0 baud"),
        (12_000_000, -9600, "no line of -9600 baud"),
        (0, 115_200, "clock of 0 Hz"),
        # Exact, and too few cycles to find the middle of a bit.
        (12_000_000, 4_000_000, "leaves fewer than 4 cycles a bit"),
    ],
)
def test_a_baud_rate_that_the_clock_does_not_give_is_refused(clock, baud, said):
    with pytest.raises(GatewrightError, match=said) as caught:
        divisor(clock, baud)
    assert str(caught.value).endswith(("choose a lower baud rate.", "both must be above 0, as the board has them."))


@pytest.mark.parametrize("clock", [12_000_000, 16_000_000, 25_000_000, 27_000_000, 48_000_000, 50_000_000])
@pytest.mark.parametrize("baud", [115_200, 1_000_000])
def test_the_clocks_of_the_boards_give_the_usual_baud_rates(clock, baud):
    assert clock / divisor(clock, baud) == pytest.approx(baud, rel=0.004)


@pytest.mark.parametrize("selftest_is_there", [True, False])
@pytest.mark.parametrize(
    ("inputs", "positions", "pipeline"),
    [
        (8, (0, 7), Pipeline(lanes=1)),
        (16, (0, 10, 11), Pipeline(False, 0, 0, 0, lanes=2)),
        (37, (1, 5, 19), Pipeline(True, 1, 1, 1, lanes=64)),
        (44, (0, 6, 34), Pipeline(lanes=2)),
    ],
)
def test_bits_that_are_looked_at_from_several_positions_come_into_the_ring_itself(
    inputs, positions, pipeline, selftest_is_there
):
    """With and without bits below and above them in their register, and with the self-test that goes on from them."""
    rng = np.random.default_rng(inputs)
    graph = replace(random_graph(rng, inputs=inputs, layers=2, width=12, per_class=4), positions=positions)
    shape = Shape.of(graph)
    top = Top(graph, pipeline, clock_hz=12_000_000, divisor=CYCLES, selftest=selftest_is_there)
    assert top.classifier.encoder is top.link.sample
    bits = rng.integers(0, 2, (4, inputs))
    scores = naive.scores(graph, bits.tolist())
    results = talk(top, [Frame(Type.SAMPLE, i, shape.pack_sample(row)) for i, row in enumerate(bits)])
    assert [frame.payload for frame in results] == [shape.pack_result(naive.label(row), row) for row in scores]
    latency, interval = top.classifier.latency, top.classifier.initiation_interval
    own = Classifier(graph, pipeline)
    turned = inputs - positions[-1] + 1 if selftest_is_there else 0
    assert (latency, interval) == (own.latency + turned, own.initiation_interval + turned)
    if selftest_is_there:
        questions = [Frame(Type.SELFTEST, 1, SELFTEST.pack(register_of(5), 99)), Frame(Type.COUNTERS, 2)]
        answer, counted = talk(top, questions)
        assert int.from_bytes(answer.payload, "little") == selftest.expected(graph, 5, 99)
        assert Counts.decode(counted.payload) == Counts(4 * interval + latency, 5, 0)


def test_words_that_stand_in_the_link_need_not_turn_back():
    words = replace(Thermometer.identity(tuple("abcdef")), word_width=2)
    graph = random_graph(np.random.default_rng(6), layers=2, width=12, per_class=4, encoder=words)
    graph, pipeline = replace(graph, positions=(0, 2)), Pipeline(lanes=2)
    own, top = Classifier(graph, pipeline), Top(graph, pipeline, clock_hz=12_000_000, divisor=CYCLES)
    assert not top.link.sample.turns
    assert (top.classifier.latency, top.classifier.initiation_interval) == (own.latency, own.initiation_interval)
