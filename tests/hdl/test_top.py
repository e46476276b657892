import numpy as np
import pytest
from amaranth.sim import Simulator

from gatewright.errors import GatewrightError
from gatewright.hdl.link.protocol import VERSION, Decoder, Frame, Hello, Shape, Type, graph_id
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


def talk(top, frames):
    """The frames that a top answers, each awaited before the next question."""
    decoder = Decoder()
    answers = []

    async def host(ctx):
        for frame in frames:
            for byte in frame.encode():
                await send_byte(ctx, top.rx, byte, CYCLES)
            while not (answer := list(decoder.feed(bytes([await take_byte(ctx, top.tx, CYCLES)])))):
                pass
            answers.extend(answer)

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(host)
    simulator.run()
    assert decoder.dropped == 0
    return answers


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
    assert said == Hello(VERSION, graph_id(graph), shape, 12_000_000, top.classifier.latency)
    scores = naive.scores(graph, [naive.bits(graph, row) for row in words])
    expected = [shape.pack_result(naive.label(row), row) for row in scores]
    assert results == [Frame(Type.RESULT, 10 + i, payload) for i, payload in enumerate(expected)]


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
        # Exact, and too few cycles to find the middle of a bit.
        (12_000_000, 4_000_000, "leaves fewer than 4 cycles a bit"),
    ],
)
def test_a_baud_rate_that_the_clock_does_not_give_is_refused(clock, baud, said):
    with pytest.raises(GatewrightError, match=said) as caught:
        divisor(clock, baud)
    assert str(caught.value).endswith("choose a lower baud rate.")
