from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

from gatewright.graph.graph import GateGraph
from gatewright.report.cone import cones
from gatewright.report.pictures.circuit import MOST_CLASSES, MOST_GATES, MOST_LEAVES, circuits
from gatewright.report.source import source
from tests.graphs import encoders, graphs, identity, random_graph


def parsed(picture):
    return ElementTree.fromstring(str(picture.markup))  # noqa: S314 - made here


def boxes(drawing, kind):
    return [box for box in drawing.iter("rect") if box.get("class").split()[0] == kind]


@settings(max_examples=30)
@given(graphs(encoder=encoders()))
def test_everything_of_a_small_circuit_is_drawn(graph):
    [(name, picture)] = circuits(graph, source(graph))
    assert name == ""
    found = cones(graph, MOST_GATES, MOST_LEAVES, MOST_CLASSES)
    if not found:
        assert picture.markup is None
        return
    [shown], drawing = found, parsed(picture)
    assert len(boxes(drawing, "gate")) == len(shown.gates)
    assert len(boxes(drawing, "leaf")) == len(shown.leaves)
    reads = sum(int((graph.operands[net - graph.first_gate] > 1).sum()) for net in shown.gates)
    votes = sum(len(classes) for _, classes in shown.roots)
    assert len([path for path in drawing.iter("path") if path.get("class") == "wire"]) == reads + votes
    width, height = (float(drawing.get(side)) for side in ("width", "height"))
    places = [(float(box.get("x")), float(box.get("y"))) for box in drawing.iter("rect")]
    assert all(0 <= x < width and 0 <= y < height for x, y in places)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(("layers", "fan_in"), [(1, 6), (6, 2), (3, 4)])
def test_a_large_circuit_is_drawn_in_part_for_each_class(layers, fan_in):
    rng = np.random.default_rng(0)
    graph = random_graph(rng, inputs=200, layers=layers, width=600, classes=10, fan_in=fan_in, per_class=20)
    drawn = circuits(graph, source(graph))
    counting = [name for name, group in zip(graph.class_names, graph.groups, strict=True) if (group > 1).any()]
    assert [name for name, _ in drawn] == counting
    assert len(counting) > 5
    for name, picture in drawn:
        drawing = parsed(picture)
        assert 0 < len(boxes(drawing, "gate")) <= MOST_GATES
        assert [score.find("title").text.split(":")[0] for score in drawing.iter("g") if boxes(score, "score")] == [
            f"Score of class {name}"
        ]
        assert f"of {graph.gates:,} gates" in picture.caption
    assert sum(len(str(picture.markup)) for _, picture in drawn) < 800_000


def test_of_very_many_classes_some_are_drawn():
    graph = random_graph(np.random.default_rng(0), inputs=200, width=600, classes=50, per_class=20)
    drawn = circuits(graph, source(graph))
    assert len(drawn) == MOST_CLASSES
    assert f"{MOST_CLASSES} of 50 classes are drawn" in drawn[0][1].caption


def test_signs_and_circles_say_what_a_gate_computes():
    gates = [(0b1000, (2, 3)), (0b0111, (4, 5)), (0b0010, (6, 3)), (0b10010110, (2, 3, 7))]
    graph = GateGraph.build(identity(3), gates, [[8], [1, 1]])
    drawing = parsed(circuits(graph, source(graph))[0][1])
    shown = sorted(text.text for text in drawing.iter("text"))
    assert shown == sorted(["&", "≥1", "&", "=1", "x0 ≥ 1", "x1 ≥ 1", "x2 ≥ 1", "Σ 0", "Σ 0"][:8])
    titles = {title.text for title in drawing.iter("title")}
    assert "%8 = table[3] 0b10010110(%2, %3, %7)" in titles
    assert "x0 ≥ 1, in words x0 > 0" in titles


def test_a_network_that_counts_constants_alone_has_no_drawing():
    graph = GateGraph.build(identity(2), [], [[1], [0]])
    [(_, picture)] = circuits(graph, source(graph))
    assert picture.markup is None
    assert "anything but constants" in picture.caption
