import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gatewright.graph.passes.rewrite import rebuild, shrink
from tests.graph.passes.lists import build, counted, listed


def output(table, nets, values):
    pattern = 0
    for net in nets:
        pattern = 2 * pattern + values[net]
    return table >> pattern & 1


@st.composite
def gates(draw):
    """Arrays of gates over different operands; tables of few ones and of repeated halves ignore some of them."""
    width = draw(st.integers(1, 6))
    fan_in = np.array(draw(st.lists(st.integers(1, width), min_size=1, max_size=6)), dtype=np.uint8)
    fan_in[0] = width
    tables, operands = [], np.zeros((len(fan_in), width), dtype=np.int32)
    for row, k in enumerate(fan_in.tolist()):
        half = draw(st.integers(0, 2**2 ** (k - 1) - 1))
        tables.append(draw(st.sampled_from([0, half, half << 2 ** (k - 1) | half, 2**2**k - 1])))
        operands[row, width - k :] = draw(st.permutations(range(2, 8)))[:k]
    return fan_in, np.array(tables, dtype=np.uint64), operands


@given(gates(), st.integers(0, 2**32 - 1))
def test_shrink_keeps_the_function_and_the_operands_that_matter_in_their_order(arrays, seed):
    fan_in, tables, operands = (array.copy() for array in arrays)
    shrink(fan_in, tables, operands)
    rows = np.random.default_rng(seed).integers(0, 2, (20, 8)).tolist()
    width = operands.shape[1]
    for gate in range(len(fan_in)):
        before = arrays[2][gate, width - int(arrays[0][gate]) :].tolist()
        after = operands[gate, width - int(fan_in[gate]) :].tolist()
        old, new = int(arrays[1][gate]), int(tables[gate])
        matters = [
            net
            for column, net in enumerate(reversed(before))
            if any((old >> i ^ old >> (i ^ 1 << column)) & 1 for i in range(2 ** len(before)))
        ]
        assert after == matters[::-1]
        assert not operands[gate, : width - len(after)].any()
        assert new < 2**2 ** len(after)
        assert all(output(old, before, row) == output(new, after, row) for row in rows)


def test_rebuild_renumbers_what_is_kept():
    graph = build([(6, (2, 3)), (8, (2, 4)), (0x96, (5, 3, 4)), (14, (5, 7))], [[8, 1], [5, 2]])
    keep = np.array([True, False, True, True])
    smaller = rebuild(graph, graph.fan_in, graph.tables, graph.operands, graph.groups, keep)
    assert listed(smaller) == [(6, (2, 3)), (0x96, (5, 3, 4)), (14, (5, 6))]
    assert counted(smaller) == [[7, 1], [5, 2]]


def test_rebuild_narrows_the_rows_to_the_widest_gate_that_is_left():
    graph = build([(6, (2, 3)), (0x96, (2, 3, 4))], [[5], [5]])
    smaller = rebuild(graph, graph.fan_in, graph.tables, graph.operands, graph.groups, np.array([True, False]))
    assert smaller.operands.tolist() == [[2, 3]]
    none = rebuild(graph, graph.fan_in, graph.tables, graph.operands, ([2], [3]), np.array([False, False]))
    assert none.operands.shape == (0, 0)
