import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings

from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.absorb import absorb
from gatewright.graph.passes.optimise import PASSES, optimise
from tests.graph.passes.lists import build, counted, listed
from tests.graphs import graphs, identity, random_graph


@given(graphs(ring=True))
@settings(deadline=None, max_examples=50)
def test_afterwards_no_pass_finds_anything(graph):
    smallest = optimise(graph)
    assert all(step(smallest) == smallest for step in PASSES)


def test_what_one_pass_uncovers_another_takes():
    # Once the inverters are absorbed, the two gates are one; XOR of it with itself is 0, and nothing is left.
    graph = build([(0b01, (2,)), (0b1000, (5, 3)), (0b0010, (2, 3)), (0b0110, (6, 7))], [[8], [4]])
    smallest = optimise(graph)
    assert listed(smallest) == []
    assert counted(smallest) == [[0], [4]]


def test_the_hook_sees_every_pass_and_its_result():
    seen = []
    smallest = optimise(random_graph(np.random.default_rng(0)), lambda name, graph: seen.append((name, graph)))
    names = [step.__name__ for step in PASSES]
    assert [name for name, _ in seen] == names * (len(seen) // len(names))
    assert seen[-1][1] == smallest
    assert [graph.gates for _, graph in seen] == sorted((graph.gates for _, graph in seen), reverse=True)


def million(layers=10, inputs=1000, gates=1_000_000):
    """A random layered network of two-operand gates, every gate of the last layer counted."""
    rng = np.random.default_rng(0)
    width = gates // layers
    ends = [(2, 2 + inputs), *((2 + inputs + i * width, 2 + inputs + (i + 1) * width) for i in range(layers))]
    return GateGraph(
        identity(inputs),
        np.full(gates, 2, np.uint8),
        rng.integers(0, 16, gates).astype(np.uint64),
        np.concatenate([rng.integers(low, high, (width, 2)) for low, high in ends[:-1]]),
        tuple(np.array_split(np.arange(*ends[-1]), 10)),
        tuple(map(str, range(10))),
    )


@pytest.fixture(scope="module")
def large():
    return million()


def test_a_million_gates_take_seconds(large):
    assert large.gates == 1_000_000
    started = time.process_time()
    for step in (*dict.fromkeys(PASSES), absorb):
        step(large)
    assert 0 < optimise(large).gates < 500_000
    assert time.process_time() - started < 10


@pytest.mark.parametrize("step", [*dict.fromkeys(PASSES), absorb], ids=lambda step: step.__name__)
def test_a_million_gates_take_less_than_a_gigabyte(large, step):
    tracemalloc.start()
    try:
        step(large)
        assert tracemalloc.get_traced_memory()[1] < 2**29
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("gate", "left"), [(lambda net: (0b01, (net,)), 0), (lambda net: (0b0110, (2, net)), 100_000)], ids=["not", "xor"]
)
def test_a_chain_of_a_hundred_thousand_gates_takes_seconds(gate, left):
    graph = build([gate(4 + i) for i in range(100_000)], [[100_004], [2]], inputs=3)
    started = time.process_time()
    assert optimise(graph).gates == left
    assert time.process_time() - started < 20
