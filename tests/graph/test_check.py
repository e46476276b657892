import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.check import check
from gatewright.graph.graph import GateGraph
from tests.graphs import identity

GRAPH = GateGraph.build(identity(2), [], [[2], [3]])
WORDS = [[0, 0], [0, 1], [1, 0], [1, 1]]


class Wrong:
    def __init__(self, rows=(), shape=(4, 2)):
        self.rows, self.shape = list(rows), shape

    def scores(self, words, /):
        answer = GRAPH.scores(words)
        answer[self.rows] += 1
        return answer.reshape(self.shape)


def test_the_reference_equals_itself_and_ties_are_counted():
    result = check(GRAPH, GRAPH, WORDS)
    assert (result.vectors, result.ties, result.mismatches, result.first, result.passed) == (4, 2, 0, None, True)


def test_mismatches_are_counted_and_the_first_is_named():
    result = check(Wrong([2, 3]), GRAPH, WORDS)
    assert (result.mismatches, result.first, result.passed) == (2, 2, False)


def test_nothing_compared_is_no_pass():
    assert not check(GRAPH, GRAPH, np.zeros((0, 2))).passed


def test_another_shape_is_an_error():
    with pytest.raises(GatewrightError, match=r"shape \(2, 4\)"):
        check(Wrong(shape=(2, 4)), GRAPH, WORDS)
