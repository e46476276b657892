import numpy as np

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph, Provenance
from gatewright.graph.text import text


def test_reads_like_this():
    encoder = Thermometer(("x0", "x1"), 4, np.zeros(2), np.array([1, 0.5]), np.array([0, 0, 1]), np.array([3, 7, 0]))
    gates = [(0b1000, (2, 3)), (0b01, (5,)), (0b10010110, (2, 3, 1))]
    graph = GateGraph.build(encoder, gates, [[5, 6, 1], [0]], ["yes", "no"], Provenance(name="toy"))
    assert text(graph) == (
        "graph toy: 3 inputs, 3 gates, 2 classes\n"
        "feature x0 word=4 offset=0 scale=1\n"
        "feature x1 word=4 offset=0 scale=0.5\n"
        "%2 = x0 > 3\n"
        "%3 = x0 > 7\n"
        "%4 = x1 > 0\n"
        "%5 = and(%2, %3)\n"
        "%6 = not(%5)\n"
        "%7 = table[3] 0b10010110(%2, %3, 1)\n"
        "class yes: %5 %6 1\n"
        "class no: 0\n"
    )
