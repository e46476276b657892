"""Where the registers of a network should stand: for a clock, for a latency, or for the least area."""

from __future__ import annotations

from itertools import product

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .estimate import Estimate, Estimator
from .fabric import Fabric
from .pipeline import Pipeline


def plan(
    graph: GateGraph,
    fabric: Fabric,
    *,
    fmax_mhz: float | None = None,
    latency: int | None = None,
    lanes: int | None = None,
) -> Pipeline:
    """The pipeline of a network on a fabric.

    With ``fmax_mhz``, the one of fewest bits in registers that is estimated to reach it; with ``latency``, the
    fastest of at most so many cycles; with both, the fewest bits that keep to both; with neither, the fewest of all,
    which is the result alone. Of equals, the one of fewest cycles.

    Args:
        graph: the network.
        fabric: the FPGA.
        fmax_mhz: clock to be reached, in MHz.
        latency: most cycles from words to result.
        lanes: of a serial popcount; parallel for 0 or None.

    Raises:
        GatewrightError: if no pipeline keeps to them; the sentence names the best that there is.
    """
    estimator = Estimator(graph, fabric)
    candidates = [(pipeline, estimator.of(pipeline)) for pipeline in pipelines(estimator, lanes or 0)]
    if latency is not None:
        shortest = min(guess.latency for _, guess in candidates)
        candidates = [(pipeline, guess) for pipeline, guess in candidates if guess.latency <= latency]
        if not candidates:
            raise GatewrightError(
                f"No pipeline has a latency of {latency} cycles: {shortest} is the least of this network; "
                "allow more, or use more lanes if the popcount is serial."
            )
    if fmax_mhz is None:
        order = _fewest if latency is None else _fastest
        return min(candidates, key=lambda candidate: order(candidate[1]))[0]
    reaching = [(pipeline, guess) for pipeline, guess in candidates if guess.fmax_mhz >= fmax_mhz]
    if not reaching:
        _, best = min(candidates, key=lambda candidate: _fastest(candidate[1]))
        raise GatewrightError(
            f"No pipeline is expected to reach {fmax_mhz:g} MHz on {fabric.name}: the best has about "
            f"{best.fmax_mhz:.0f} MHz in {best.latency} cycles, limited by its {best.slowest}; ask for less."
        )
    return min(reaching, key=lambda candidate: _fewest(candidate[1]))[0]


def pipelines(estimator: Estimator, lanes: int) -> list[Pipeline]:
    """All pipelines that differ in where their registers stand."""
    counter = estimator.fabric.counter
    counted = estimator.levels(Pipeline(counter=counter, lanes=lanes))
    spacings = [_spacings(levels) for levels in (estimator.depth, counted, estimator.rounds)]
    return [
        Pipeline(encoder, gates, popcount, argmax, counter, lanes)
        for encoder in (False, True)
        for gates, popcount, argmax in product(*spacings)
    ]


def _spacings(levels: int) -> list[int]:
    """None, and for each number of registers in so many levels the spacing that divides them most evenly."""
    return [0, *sorted({-(-levels // count) for count in range(1, levels + 1)}, reverse=True)]


def _fewest(guess: Estimate) -> tuple[float, ...]:
    return guess.registers, guess.latency, -guess.fmax_mhz


def _fastest(guess: Estimate) -> tuple[float, ...]:
    return -guess.fmax_mhz, guess.registers, guess.latency
