import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.circuit import accumulate, encode, exceeds, label, payload, popcount
from tests import naive
from tests.graphs import encoders, graphs, random_encoder, random_graph
from tests.sim.prove.test_aig import columns


class Shuffled:
    """A guide that proposes anything."""

    def __init__(self, rng):
        self.rng = rng

    def adders(self, column):
        order = self.rng.permutation(len(column)).tolist()
        size = int(self.rng.integers(2, 4))
        return [tuple(order[:size])] if len(column) >= size else []


@pytest.mark.parametrize("count", range(11))
@pytest.mark.parametrize("seed", range(3))
def test_a_popcount_is_the_sum_whatever_the_order(count, seed):
    rng = np.random.default_rng(seed)
    aig = Aig()
    x = aig.inputs(count)
    bits = x + [TRUE] * seed + [FALSE] * seed + x[:seed]
    rng.shuffle(bits)
    width = max(1, len(bits).bit_length())
    values, mask = columns(x)
    for total in (popcount(aig, bits, width), popcount(aig, bits, width, Shuffled(rng)), accumulate(aig, bits, width)):
        rows = aig.simulate(total, values, mask)
        for p in range(1 << count):
            ones = seed + (p & mask).bit_count() + (p & (1 << seed) - 1).bit_count() if count else seed
            assert sum((row >> p & 1) << i for i, row in enumerate(rows)) == ones


def test_a_guide_that_repeats_a_bit_is_refused():
    class Wrong:
        def adders(self, column):  # noqa: ARG002
            return [(0, 0, 1)]

    aig = Aig()
    with pytest.raises(GatewrightError, match="share bits"):
        popcount(aig, aig.inputs(4), 3, Wrong())


@given(st.integers(1, 4), st.integers(0, 15))
def test_comparison(width, threshold):
    aig = Aig()
    word = aig.inputs(width)
    threshold %= 1 << width
    values, mask = columns(word)
    [found] = aig.simulate([exceeds(aig, word, [threshold >> i & 1 for i in range(width)])], values, mask)
    assert [found >> p & 1 for p in range(1 << width)] == [int(p > threshold) for p in range(1 << width)]


@pytest.mark.parametrize(("classes", "width"), [(2, 1), (2, 4), (3, 3), (4, 2), (5, 2), (9, 1)])
def test_the_lowest_index_wins_a_tie(classes, width):
    aig = Aig()
    counts = [aig.inputs(width) for _ in range(classes)]
    values, mask = columns([bit for count in counts for bit in count])
    rows = aig.simulate(label(aig, counts), values, mask)
    for p in range(1 << classes * width):
        scores = [p >> i * width & (1 << width) - 1 for i in range(classes)]
        assert sum((row >> p & 1) << i for i, row in enumerate(rows)) == naive.label(scores)


@given(encoders(max_features=3, max_word_width=3))
def test_the_encoder(encoder):
    aig = Aig()
    words = [aig.inputs(encoder.word_width) for _ in range(encoder.features)]
    values, mask = columns([bit for word in words for bit in word])
    rows = aig.simulate(encode(aig, encoder, words), values, mask)
    every = np.arange(1 << encoder.features * encoder.word_width)
    table = np.stack(
        [every >> i * encoder.word_width & (1 << encoder.word_width) - 1 for i in range(encoder.features)], axis=1
    )
    assert np.array_equal(
        np.array([[row >> int(p) & 1 for row in rows] for p in every], dtype=bool), encoder.bits(table)
    )


@given(graphs(max_inputs=5))
def test_the_payload_is_label_and_scores(graph):
    aig = Aig()
    words = [[bit] for bit in aig.inputs(graph.inputs)]
    values, mask = columns([w[0] for w in words])
    rows = aig.simulate(payload(aig, graph, words), values, mask)
    label_bits, width = max(1, (graph.classes - 1).bit_length()), max(1, graph.max_score.bit_length())
    for p, scores in enumerate(
        naive.scores(graph, [[p >> i & 1 for i in range(graph.inputs)] for p in range(1 << graph.inputs)])
    ):
        number = sum((row >> p & 1) << i for i, row in enumerate(rows))
        assert number == naive.label(scores) | sum(s << label_bits + i * width for i, s in enumerate(scores))


def test_the_payload_reads_words():
    rng = np.random.default_rng(3)
    graph = random_graph(rng, encoder=random_encoder(rng, 2, 3, 3))
    aig = Aig()
    words = [aig.inputs(3), aig.inputs(3)]
    values, mask = columns([bit for word in words for bit in word])
    rows = aig.simulate(payload(aig, graph, words), values, mask)
    expected = graph.scores(np.array([[p & 7, p >> 3] for p in range(64)]))
    width = graph.max_score.bit_length()
    for p in range(64):
        number = sum((row >> p & 1) << i for i, row in enumerate(rows)) >> 2
        assert [number >> i * width & (1 << width) - 1 for i in range(3)] == expected[p].tolist()
