"""What every pass promises, on random graphs and every input pattern."""

import pytest
from hypothesis import given, settings

from gatewright.graph.passes.absorb import absorb
from gatewright.graph.passes.optimise import PASSES, optimise
from tests import naive
from tests.graphs import graphs


@pytest.mark.parametrize("step", [*dict.fromkeys(PASSES), absorb, optimise], ids=lambda step: step.__name__)
@given(graph=graphs(ring=True))
@settings(deadline=None, max_examples=80)
def test_same_scores_valid_idempotent_and_never_larger(step, graph):
    # The rules of a graph are checked whenever one is made, so a result is valid.
    smaller = step(graph)
    rows = naive.patterns(graph.inputs)
    assert naive.scores(smaller, rows) == naive.scores(graph, rows)
    assert step(smaller) == smaller
    assert smaller.gates <= graph.gates
    assert sum(len(g) for g in smaller.groups) <= sum(len(g) for g in graph.groups)
    assert (smaller.provenance, smaller.class_names) == (graph.provenance, graph.class_names)
