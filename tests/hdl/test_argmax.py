import itertools

import pytest

from gatewright.graph.graph import GateGraph
from gatewright.hdl.argmax import Argmax
from gatewright.hdl.pipeline import Pipeline
from tests import naive
from tests.graphs import identity
from tests.hdl.simulate import flush


@pytest.mark.parametrize("every", [0, 1, 2])
@pytest.mark.parametrize(("classes", "score"), [(2, 1), (2, 3), (3, 1), (3, 2), (4, 1), (5, 1), (7, 1), (9, 1)])
def test_every_score_of_every_class(classes, score, every):
    graph = GateGraph.build(identity(score), [], [range(2, 2 + score)] * classes)
    argmax = Argmax(graph, Pipeline(argmax=every))
    width, label = len(argmax.scores[0]), len(argmax.result.label)
    rows = list(itertools.product(range(score + 1), repeat=classes))
    packed = [sum(s << i * width for i, s in enumerate(row)) for row in rows]
    for row, scores, value in zip(rows, packed, flush(argmax, "scores", "result", packed), strict=True):
        assert value & 2**label - 1 == naive.label(row)
        assert value >> label == scores
    assert argmax.latency >= 1
