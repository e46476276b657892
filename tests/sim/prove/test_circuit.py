import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.circuit import accumulate, encode, exceeds, label, payload, popcount, score
from tests import naive
from tests.graphs import encoders, graphs, random_encoder, random_graph
from tests.sim.prove.test_aig import columns


@pytest.mark.parametrize("count", range(11))
@pytest.mark.parametrize("seed", range(3))
def test_a_score_counts_every_listing(count, seed):
    rng = np.random.default_rng(seed)
    aig = Aig()
    x = aig.inputs(count)
    group = [2 + i for i in range(count)] + [1] * seed + [0] * seed + [2 + i for i in range(min(count, seed))] * 3
    rng.shuffle(group)
    literals = [FALSE, TRUE, *x]
    width = max(1, len(group).bit_length())
    values, mask = columns(x)
    for total in (score(aig, group, literals, width), accumulate(aig, [literals[net] for net in group], width)):
        rows = aig.simulate(total, values, mask)
        for p in range(1 << count):
            ones = sum(net == 1 or (net > 1 and p >> (net - 2) & 1) for net in group)
            assert sum((row >> p & 1) << i for i, row in enumerate(rows)) == ones


@given(st.integers(0, 9), st.integers(0, 3), st.sampled_from([1, 2, 4]), st.integers(1, 3), st.integers(0, 2))
def test_a_score_in_turns_is_the_same_number(count, ones, turns, passes, spare):
    aig = Aig()
    x = aig.inputs(count * passes)
    group = [1] * ones + list(range(2, 2 + len(x)))
    literals, width = [FALSE, TRUE, *x], max(1, len(group).bit_length())
    lanes = -(-count // turns) + spare
    found = score(aig, group, literals, width, turns, passes, lanes)
    rng = np.random.default_rng(count)
    values = {bit: int.from_bytes(rng.bytes(32), "little") for bit in x}
    rows = aig.simulate([*found, *score(aig, group, literals, width)], values, (1 << 256) - 1)
    assert rows[:width] == rows[width:]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=3))
def test_a_popcount_weighs_its_columns(heights):
    aig = Aig()
    weighed = [aig.inputs(height) for height in heights]
    values, mask = columns([bit for column in weighed for bit in column])
    rows = aig.simulate(popcount(aig, weighed), values, mask)
    for p in range(0, 1 << sum(heights), 7):
        total = sum((values[bit] >> p & 1) << w for w, column in enumerate(weighed) for bit in column)
        assert sum((row >> p & 1) << i for i, row in enumerate(rows)) == total % (1 << len(heights))


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
