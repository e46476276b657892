"""A small network in Verilog, and ways to break it."""

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit


def small():
    """Three classes over an and, a xor and an input, with biases that make ties."""
    encoder = Thermometer(("x", "y"), 2, [0, 0], [1, 1], [0, 0, 1], [0, 2, 1])
    return GateGraph.build(encoder, [(8, (2, 4)), (6, (3, 4))], [[5, 6], [6, 1], [4, 2, 1]])


def emitted(folder, *changes, graph=None):
    """The folder with a network's Verilog; each change is (file, old text, new text)."""
    graph = graph or small()
    emit(graph, Pipeline(), folder)
    for name, old, new in changes:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))
    return folder
