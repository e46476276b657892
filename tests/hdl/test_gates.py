import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.gates import Gates
from gatewright.hdl.pipeline import Pipeline
from tests import naive
from tests.graphs import graphs
from tests.hdl.simulate import flush

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


@settings(max_examples=40, deadline=None)
@given(graphs(max_layers=6), st.integers(0, 4))
def test_every_counted_net_for_every_input(graph, every):
    gates = Gates(graph, Pipeline(gates=every))
    if not len(gates.inputs) or not len(gates.outputs):
        return
    patterns = naive.patterns(graph.inputs)[:: 1 + graph.inputs // 3]
    rows = [sum(bits[net - 2] << i for i, net in enumerate(gates.inputs.tolist())) for bits in patterns]
    for bits, value in zip(patterns, flush(gates, "bits", "counted", rows), strict=True):
        nets = naive.nets(graph, bits)
        assert value == sum(nets[net] << i for i, net in enumerate(gates.outputs.tolist()))


def chain(length):
    """Inverters in a row, whose input is counted as well as their output."""
    encoder = Thermometer.identity(("x",))
    return GateGraph.build(encoder, [(1, (2 + i,)) for i in range(length)], [[2 + length], [2]])


def test_a_deep_chain_and_what_lives_beside_it():
    for every, latency in ((0, 0), (1, 50), (7, 8), (50, 1), (99, 1)):
        gates = Gates(chain(50), Pipeline(gates=every))
        assert gates.latency == latency
        assert gates.outputs.tolist() == [2, 52]
        assert flush(gates, "bits", "counted", [0, 1]) == [0b00, 0b11]


def test_a_net_is_held_once_for_all_its_readers():
    from amaranth.back import rtlil

    encoder = Thermometer.identity(("a", "b"))
    readers = [(8, (2, 3)), (6, (4, 2)), (14, (5, 2)), (7, (6, 2))]
    text = rtlil.convert(Gates(GateGraph.build(encoder, readers, [[7], [2]]), Pipeline(gates=1)), emit_src=False)
    widths = [int(line.split()[-1]) for line in text.splitlines() if line.strip().startswith("parameter \\WIDTH")]
    assert sorted(widths) == [2, 2, 2, 2]


def test_no_gates_at_all():
    graph = GateGraph.build(Thermometer.identity(("a", "b")), [], [[3], [2, 2]])
    gates = Gates(graph, Pipeline(gates=1))
    assert gates.latency == 0
    assert flush(gates, "bits", "counted", range(4)) == [0, 1, 2, 3]


def test_a_large_layer_is_built_quickly():
    import time

    from amaranth.back import rtlil

    from tests.graphs import random_graph

    graph = random_graph(np.random.default_rng(1), inputs=100, layers=2, width=4000, classes=2)
    started = time.process_time()
    rtlil.convert(Gates(graph, Pipeline()), emit_src=False)
    assert time.process_time() - started < 10
