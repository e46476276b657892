import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.popcount import Popcount, columns
from tests.graphs import identity
from tests.hdl.simulate import flush

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


def counter(groups, inputs, every=0, counter=3):
    return Popcount(GateGraph.build(identity(inputs), [], groups), Pipeline(popcount=every, counter=counter))


def scores(popcount, value):
    """Naive scores of the counted nets in ``value``."""
    ones = {net for i, net in enumerate(popcount.inputs.tolist()) if value >> i & 1} | {1}
    return [sum(net in ones for net in group.tolist()) for group in popcount.graph.groups]


def check(popcount, rows):
    width = len(popcount.scores[0])
    for row, value in zip(rows, flush(popcount, "counted", "scores", rows), strict=True):
        assert [value >> i * width & 2**width - 1 for i in range(popcount.graph.classes)] == scores(popcount, row)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(2, 5), st.integers(0, 5), st.sampled_from((3, 6)), st.integers(0, 2**32 - 1))
def test_constants_duplicates_and_groups_of_any_size(inputs, classes, every, size, seed):
    rng = np.random.default_rng(seed)
    groups = [rng.integers(0, 2 + inputs, rng.integers(1, 3 * inputs + 2)) for _ in range(classes)]
    groups[0] = np.append(groups[0], 2)
    popcount = counter(groups, inputs, every, size)
    bits = len(popcount.inputs)
    check(popcount, [0, 2**bits - 1, *(int.from_bytes(rng.bytes(8), "little") % 2**bits for _ in range(6))])


@pytest.mark.parametrize("size", [3, 6])
@pytest.mark.parametrize("every", [0, 2])
def test_every_pattern_of_ten_bits(every, size):
    check(counter([range(2, 12), [2, 2, 2, 1, 1]], 10, every, size), range(0, 1024))


@pytest.mark.parametrize("groups", [[[0], [2]], [[0, 0], [1, 2]], [[1, 1, 1], [2, 0]], [[2], [2]]])
def test_groups_of_constants(groups):
    for every in (0, 1):
        check(counter(groups, 1, every), [0, 1])


def test_a_net_of_nothing_but_biases():
    popcount = counter([[1], [0]], 1)
    assert len(popcount.inputs) == 0


def test_a_net_stands_in_the_columns_of_its_count():
    assert [c.tolist() for c in columns(np.array([5, 5, 5, 4, 1, 1, 0], np.int32))] == [[4, 5], [1, 5]]


def test_all_classes_have_one_latency():
    popcount = counter([range(2, 102), [2]], 100, 1)
    assert popcount.latency == popcount.levels
    bits = len(popcount.inputs)
    check(popcount, [2**bits - 1, 0, 2**bits - 1])


def test_the_tree_is_balanced_and_wide_counters_make_it_lower():
    assert counter([range(2, 1002), [2]], 1000, counter=6).levels < counter([range(2, 1002), [2]], 1000).levels < 18
