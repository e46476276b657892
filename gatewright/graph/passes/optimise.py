"""The pipeline: passes in order, repeated until nothing shrinks, with a hook between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gatewright.graph.graph import GateGraph

from .bias import bias
from .fold import fold
from .merge import merge
from .sweep import sweep
from .wire import wire

Pass = Callable[[GateGraph], GateGraph]

PASSES: tuple[Pass, ...] = (sweep, fold, wire, merge, bias, sweep)
"""The passes that keep gates as narrow as they are, in the order of the pipeline; `absorb` widens them."""


def optimise(
    graph: GateGraph, hook: Callable[[str, GateGraph], None] | None = None, passes: Sequence[Pass] = PASSES
) -> GateGraph:
    """Run the pipeline until the graph no longer changes.

    Args:
        graph: what to optimise.
        hook: called after each pass with its name and its result, which is valid by construction.
        passes: the pipeline.
    """
    while True:
        before = graph
        for step in passes:
            graph = step(graph)
            if hook is not None:
                hook(step.__name__, graph)
        if graph == before:
            return graph
