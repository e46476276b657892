import re
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gatewright.report.answers import Answers, answer
from gatewright.report.pictures.confusion import MOST_CLASSES, MOST_PAIRS, confusion
from gatewright.report.pictures.nearest import SHOWN, nearest
from gatewright.report.source import source
from tests.graphs import encoders, graphs
from tests.report.runs import encoder, network, words


@st.composite
def answered(draw):
    graph = draw(graphs(encoder=encoders()))
    samples = words(graph, draw(st.integers(1, 60)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return graph, answer(graph, samples, rng.integers(0, graph.classes, len(samples)))


@given(answered())
def test_the_matrix_counts_every_sample_once(given):
    graph, answers = given
    counts = answers.confusion()
    for true in range(graph.classes):
        for said in range(graph.classes):
            expected = ((answers.labels == true) & (answers.scores.argmax(axis=1) == said)).sum()
            assert counts[true, said] == expected
    html = str(confusion(answers, graph.class_names).markup)
    cells = [0 if cell == "·" else int(cell) for cell in re.findall(r"<td class=[^>]*>([\d·]+)</td>", html)]
    assert cells == counts.ravel().tolist()


@given(answered())
def test_margins_are_the_lead_over_the_next_class(given):
    _, answers = given
    for row, margin in zip(answers.scores.tolist(), answers.margins, strict=True):
        best = row.pop(int(np.argmax(row)))
        assert margin == best - max(row)


def test_many_classes_are_told_by_their_worst_pairs():
    classes = MOST_CLASSES + 5
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, 4000)
    scores = np.zeros((4000, classes), np.int32)
    scores[np.arange(4000), np.where(rng.random(4000) < 0.5, labels, (labels * 7) % classes)] = 1
    answers = Answers(np.zeros((4000, 1)), labels, scores)
    html = str(confusion(answers, tuple(f"c{i}" for i in range(classes))).markup)
    listed = re.findall(r'<th scope="row">c(\d+)</th><td class="text">c(\d+)</td><td>(\d+)</td>', html)
    assert len(listed) == MOST_PAIRS
    numbers = [int(count) for *_, count in listed]
    off = answers.confusion() * ~np.eye(classes, dtype=bool)
    assert numbers == sorted(off.ravel(), reverse=True)[:MOST_PAIRS]
    assert all(off[int(true), int(said)] == int(count) for true, said, count in listed)


def test_the_samples_nearest_to_a_tie_are_shown_as_images():
    graph = network(2)
    samples = words(graph, 90)
    answers = answer(graph, samples, graph.scores(samples).argmax(axis=1))
    html = str(nearest(graph, answers, source(graph)).markup)
    shown = [int(index) for index in re.findall(r'alt="Test sample (\d+),', html)]
    assert len(shown) == SHOWN
    rest = np.delete(answers.margins, shown)
    assert answers.margins[shown].max() <= rest.min()
    assert answers.margins[shown].tolist() == sorted(answers.margins[shown])
    assert 'class="bad"' not in html


def test_other_features_are_shown_as_a_table_of_escaped_values():
    graph = network(2)
    named = SimpleNamespace(
        encoder=encoder(["<petal>", *(f"f{i}" for i in range(15))]), class_names=("<rose>", "b", "c"), classes=3
    )
    samples = words(graph, 30)
    answers = answer(graph, samples, np.zeros(30, dtype=np.int64))
    html = str(nearest(named, answers, source(named)).markup)
    assert html.count("<tr>") == 1 + SHOWN
    assert "&lt;petal&gt;" in html
    assert "&lt;rose&gt;" in html
    assert "<rose>" not in html
    first = int(np.argsort(answers.margins, kind="stable")[0])
    row = html.split(f'<th scope="row">{first}</th>')[1].split("</tr>", 1)[0]
    assert [float(value) for value in re.findall(r"<td>([\d.]+)</td>", row)] == samples[first, :8].tolist()
