"""Small graphs from lists of gates, and back."""

from gatewright.graph.graph import GateGraph
from tests.graphs import identity


def build(gates, groups, inputs=3):
    """A graph of ``(table, operands)`` behind so many inputs; the first gate drives net ``2 + inputs``."""
    return GateGraph.build(identity(inputs), gates, groups)


def listed(graph):
    """The gates of a graph, as `build` takes them."""
    return [(graph.gate(j).table, graph.gate(j).operands) for j in range(graph.gates)]


def counted(graph):
    """The groups of a graph, as `build` takes them."""
    return [group.tolist() for group in graph.groups]
