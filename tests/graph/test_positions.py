import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings

from gatewright.errors import GatewrightError
from gatewright.graph.positions import rotated, unrolled
from gatewright.graph.text import text
from tests import naive
from tests.graphs import encoders, graphs, identity, random_graph


@given(graphs(ring=True))
@settings(deadline=None)
def test_scores_are_summed_over_the_positions(graph):
    rows = naive.patterns(graph.inputs)
    assert graph(rows).tolist() == naive.scores(graph, rows)
    assert graph(rows).max() <= graph.max_score


@given(graphs(encoder=encoders(), ring=True))
@settings(deadline=None)
def test_unrolled_has_the_same_scores_from_one_position(graph):
    flat = unrolled(graph)
    rows = naive.patterns(graph.inputs)
    assert flat.positions == (0,)
    assert flat.gates == graph.gates * len(graph.positions)
    assert flat.max_score == graph.max_score
    assert flat(rows).tolist() == graph(rows).tolist()


@given(graphs(ring=True))
@settings(deadline=None)
def test_where_a_circuit_looks_is_part_of_what_it_is(graph):
    assume(graph.inputs > 1)
    other = dataclasses.replace(graph, positions=(0,) if graph.positions != (0,) else (0, 1))
    assert other.digest != graph.digest
    assert ("positions: " in text(graph)) == (graph.positions != (0,))


def test_a_position_turns_the_ring_against_its_numbers():
    bits = np.eye(5, dtype=np.bool_)
    assert rotated(bits, 2)[:, 0].tolist() == bits[:, 2].tolist()
    assert rotated(bits, 2)[:, 4].tolist() == bits[:, 1].tolist()


@pytest.mark.parametrize("positions", [(), (1, 0), (0, 0), (-1, 0), (0, 5), (0, 1.0), (0, True)])
def test_positions_that_are_none(positions):
    graph = random_graph(np.random.default_rng(0), encoder=identity(5))
    with pytest.raises(GatewrightError, match="rising whole numbers from 0 to 4"):
        dataclasses.replace(graph, positions=positions)
