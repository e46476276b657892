"""The pictures that Matplotlib draws: what they say, and what they say in words."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.report.pictures.area import area
from gatewright.report.pictures.features import features
from gatewright.report.pictures.functions import functions
from gatewright.report.pictures.pareto import Point, front, pareto
from gatewright.report.pictures.path import path
from gatewright.report.pictures.training import training
from gatewright.report.source import source
from tests.graphs import random_graph
from tests.report.runs import network, timing


def lines(count):
    return [
        {"step": 10 * i, "steps": 10 * count, "loss": 2.0 / i, "accuracy": 0.9, "gap": 0.01 * i, "unused_gates": 7}
        for i in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [1, 50])
def test_training_is_told_to_its_end(count):
    pictures = training(lines(count), {"gap_sample": 0.005, "gap_mixture": -0.0025})
    assert len(pictures) == 4
    said = str(pictures[2].markup)
    assert f"{count:+.2f} points at the end" in said
    assert "training mode on the validation split" in said
    assert "+0.50 for the noisy hard sample on the test split" in said
    assert "-0.25 for the soft mixture on the test split" in said
    assert f"2 at step 10, {2 / count:.3g} at step {10 * count}" in str(pictures[0].markup)


def test_there_are_no_marks_where_the_test_split_was_not_read():
    told = {"gap_sample": 0.005, "gap_mixture": -0.0025}
    assert "on the test split" in training(lines(3), told | {"split": "test"})[2].caption
    assert "test split" not in str(training(lines(3), told | {"split": "validation"})[2])


@pytest.mark.parametrize(
    ("own", "curves"), [("gap_sample", ["sample", "mixture"]), ("gap_mixture", ["sample", "mixture"]), (None, None)]
)
def test_both_gaps_are_drawn_over_the_steps(own, curves):
    """A curve each, and a third one where the training mode is neither."""
    told = [line | {"gap_sample": -0.02 * i, "gap_mixture": 0.03 * i} for i, line in enumerate(lines(20), 1)]
    told = [line | ({"gap": line[own]} if own else {}) for line in told]
    picture = training(told, None)[2]
    said = str(picture.markup)
    assert "-40.00 points at the end for the noisy hard sample on the validation split" in said
    assert "+60.00 points at the end for the soft mixture on the validation split" in said
    assert ("for the training mode" in said) == (curves is None)
    assert picture.caption.startswith("Both discretization gaps")


def test_without_metrics_there_are_no_curves():
    (picture,) = training([], None)
    assert picture.markup is None
    assert "metrics.jsonl" in picture.caption


def test_gates_are_counted_by_kind_at_every_stage():
    graph = random_graph(np.random.default_rng(0), layers=3, width=50)
    pictures = functions(graph, graph, graph)
    said = str(pictures[0].markup)
    for stage in ("before training, layer 1", "before training, layer 3", "trained, layer 2", "optimised, level 1"):
        assert f"{stage}: " in said
    assert "sixteen functions" in pictures[1].caption
    assert "not shown" in functions(None, graph, graph)[0].caption
    wide = random_graph(np.random.default_rng(0), width=50, fan_in=5)
    assert "tables of 5 operands" in functions(None, None, wide)[1].caption


def test_deep_networks_end_in_one_row():
    graph = random_graph(np.random.default_rng(0), layers=25, width=4)
    said = str(functions(None, graph, graph)[0].markup)
    assert "trained, layer 10 and on" in said
    assert "layer 11" not in said


def test_features_that_are_no_image_are_bars():
    graph = network(names=[f"$feature {i}$" for i in range(40)], width=100)
    picture = features(graph, source(graph))
    assert "The 24 of 40 features" in picture.caption
    assert str(picture.markup).count("$feature") >= 24


def test_features_that_are_an_image_are_a_map():
    picture = features(network(), source(network()))
    assert str(picture.markup).count("<img") == 4
    assert "16 pixels" in picture.caption


def board(fmax=40.5, **given):
    cells = {"lut": 1234, "ff": 5, "carry": 7}
    values = {"parts": {"gates": cells, "argmax": cells, "io": cells}, "total": {"lut": 3702, "ff": 15, "carry": 21}}
    values |= {"available": {"lut": 5280, "ff": 5280, "carry": 5280}, "device": "up5k", "seed": 1}
    return values | {"fmax_mhz": fmax, "clock_mhz": 12.0} | given


def test_every_board_is_a_group_of_bars():
    picture = area({"one": board(), "two $": board(available={"lut": 84000, "ff": 0, "carry": 0})})
    said = str(picture.markup)
    assert "one: 3,702 of 5,280 LUTs, gates 1,234, argmax 1,234, io 1,234." in said
    assert "3,702 of 84,000 (4 %)" in said
    assert said.count("3,702 of") == 4


def test_the_slowest_path_between_flip_flops_is_drawn(tmp_path):
    (tmp_path / "top.seed1.report.json").write_text(json.dumps(timing(40.5)))
    picture = path(tmp_path, board())
    said = str(picture.markup)
    assert "24.69 ns from flip-flop to flip-flop through 3 cells, 9.88 ns of it in wires" in said
    assert said.count("<tr>") == 1 + 4
    # A wire, and its sign in the legend, have an outline of their own, which no part has.
    assert said.count("fill: var(--line); stroke: var(--soft)") == 2
    assert "core.classifier.argmax.&lt;b&gt;" in said
    rows = said.split("<tbody>")[1].split("<tr>")[1:]
    assert [row.split('"text">')[2].split("<")[0] for row in rows] == ["gates", "argmax", "argmax", "io"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "absent or unreadable"),
        ("{", "absent or unreadable"),
        ("[]", "absent or unreadable"),
        (json.dumps(timing(41.0)), "another build"),
        (json.dumps({**timing(40.5), "critical_paths": []}), "does not hold it"),
    ],
)
def test_a_path_that_is_not_there_is_said(tmp_path, content, why):
    if content is not None:
        (tmp_path / "top.seed1.report.json").write_text(content)
    picture = path(tmp_path, board())
    assert picture.markup is None
    assert why in picture.caption


points = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1).map(
    lambda pairs: [Point(f"r{i}", "b", size, accuracy) for i, (size, accuracy) in enumerate(pairs)]
)


@given(points)
def test_nothing_beats_the_front(found):
    best = front(found)
    for point in found:
        own = (point.size, point.accuracy)
        beaten = any(p.size <= own[0] and p.accuracy >= own[1] and (p.size, p.accuracy) != own for p in found)
        assert beaten != (own in [(p.size, p.accuracy) for p in best])


def test_the_plot_names_few_runs_and_says_who_is_not_beaten():
    found = [Point("runs/a", "x", 100, 95.0), Point("runs/b", "x", 200, 94.0), Point("runs/$c", "y", 5000, 97.0)]
    said = str(pareto(found, "LUTs").markup)
    assert "Not beaten: x: runs/a 100, 95.00 %; y: runs/$c 5,000, 97.00 %." in said
    assert ">b<" in said
    assert ">$c<" in said
    assert pareto([], "LUTs").markup is None


def test_a_name_of_any_kind_stays_text():
    odd = ['style="font: 9px x', "<g id=", "$\\alpha$", "<style>", "<!-- -->", "a & b", "#2f6fde"]
    graph = network(names=[*odd, *(f"feature {i}" for i in range(9))], width=60)
    markup = str(features(graph, source(graph)).markup)
    drawing = ElementTree.fromstring(markup)  # noqa: S314 - made here
    shown = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert {*odd[1:-1], "feature 0"} <= set(shown)
    assert drawing.get("aria-label").count("feature ") == 9
    assert "<style" not in markup
    assert not [group for group in drawing.iter("{http://www.w3.org/2000/svg}g") if group.get("id") is not None]
