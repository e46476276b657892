import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoded import encoded
from gatewright.report import peers
from gatewright.report.answers import answer
from gatewright.report.cone import readers
from gatewright.report.page import page
from gatewright.report.pictures.nearest import nearest
from gatewright.report.source import source
from gatewright.run import Run
from tests.graphs import encoders, graphs
from tests.report.runs import complete, network, words


def samples(graph, seed):
    """Random words (20, features) of a network."""
    shape = 20, graph.encoder.features
    return np.random.default_rng(seed).integers(0, 2**graph.encoder.word_width, shape, dtype=np.uint16)


@given(graphs(encoder=encoders()), st.integers(0, 99))
def test_a_network_with_its_encoder_is_its_own_source(graph, seed):
    found, given_words = source(graph, graph), samples(graph, seed)
    assert not found.on_host
    assert found.feature.tolist() == graph.encoder.feature.tolist()
    assert (found.levels(given_words) == given_words).all()


@given(graphs(encoder=encoders()), st.integers(0, 99))
def test_bits_of_the_host_are_traced_back_to_the_data(learned, seed):
    graph, given_words = encoded(learned), samples(learned, seed)
    found = source(graph, learned)
    assert found.on_host
    assert [found.encoder.bit_names[bit] for bit in found.bits] == list(graph.encoder.feature_names)
    bits = learned.encoder.bits(given_words)[:, found.bits]
    levels = found.levels(bits.astype(np.uint16))
    # The least words that make these bits.
    assert (levels <= given_words).all()
    assert (learned.encoder.bits(levels)[:, found.bits] == bits).all()
    assert (readers(graph, found).gates == readers(learned, source(learned)).gates).all()


@settings(max_examples=50)
@given(graphs(encoder=encoders()), st.integers(0, 99))
def test_an_input_is_1_from_the_told_value_on(graph, seed):
    """Offset 0 and scale 1: a word is a value."""
    found, given_words = source(graph), samples(graph, seed)
    for index, column in enumerate(graph.encoder(given_words).T):
        name, told = found.comparison(index).split(" ≥ ")
        feature = graph.encoder.feature_names.index(name)
        assert (column == (given_words[:, feature] >= float(told))).all()


def test_a_network_of_other_names_is_its_own_source():
    graph = network(0)
    other = dataclasses.replace(graph.encoder, feature_names=tuple(f"other {i}" for i in range(16)))
    found = source(graph, dataclasses.replace(graph, encoder=other))
    assert not found.on_host
    assert source(graph).encoder is graph.encoder


def test_the_page_of_a_network_without_its_encoder_shows_pixels(tmp_path):
    """And the table of MNIST, in which the encoder is not counted."""
    learned = network(0, names=[f"x{i}" for i in range(784)], classes=10, width=80)
    graph = encoded(learned)
    run = complete(tmp_path, graph, "mnist", 0.975)
    Run(tmp_path).store(learned, run.learned)
    run.write_json("train", run.read_json("train") | {"digest": learned.digest})
    answers = answer(graph, words(graph, 30), np.arange(30) % 10)
    html = page(run, answers)
    assert "Heat-map of 28 by 28 pixels" in html
    assert str(nearest(graph, answers, source(graph, learned)).markup).count("<img") == 20
    assert "> 0 ≥" not in html
    assert "784 features, encoded by the host" in html
    ours = html.split('class="ours"')[1].split("</tr>")[0]
    assert [cell.split("<")[0] for cell in ours.split('<td class="text">')[2:]] == ["no", "yes", "yes"]
    assert len(peers.PUBLISHED) == html.split('<h2 id="peers">')[1].split("</table>")[0].count("<tr") - 2
