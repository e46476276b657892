"""Seconds and memory to turn random networks into hardware: RTLIL by Amaranth, then Verilog, then a simulation.

    python benchmarks/hdl_elaborate.py [S M L]

S is 1,000 gates x 3 layers, M 8,000 x 4, L 64,000 x 4; two operands, 784 inputs, 10 classes; each in a process of
its own. The simulation is by Verilator, of 300 random words that must agree with the reference. Each line counts from
the graph on: CPU seconds of this process and its children (Yosys, Verilator, compiler), and the peak memory of the
largest of them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from amaranth.back import rtlil

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.sim.run import simulate

SIZES = {"S": (1_000, 3), "M": (8_000, 4), "L": (64_000, 4)}
INPUTS, CLASSES = 784, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", default=list(SIZES), help="S, M, L")
    sizes = parser.parse_args().sizes
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"{'size':>4} {'gates':>8} {'what':>10} {'CPU s':>6} {'MB':>6}")
    context = multiprocessing.get_context("spawn")
    for size in sizes:
        for what in (to_rtlil, to_verilog, to_simulation):
            with context.Pool(1) as pool:
                gates, seconds, megabytes = pool.apply(measured, (what, *SIZES[size]))
            print(f"{size:>4} {gates:>8,} {what.__name__[3:]:>10} {seconds:>6.1f} {megabytes:>6,.0f}", flush=True)


def measured(what: Callable[[GateGraph], None], width: int, layers: int) -> tuple[int, float, float]:
    """Gates, CPU seconds and megabytes of one conversion."""
    graph = network(width, layers)
    before = _cpu()
    what(graph)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return graph.gates, _cpu() - before, max(resource.getrusage(w).ru_maxrss for w in who) / 1024


def to_rtlil(graph: GateGraph) -> None:
    """What Yosys reads."""
    rtlil.convert(Classifier(graph, Pipeline()), name="classifier", emit_src=False)


def to_verilog(graph: GateGraph) -> None:
    """The files of an export."""
    with tempfile.TemporaryDirectory() as name:
        emit(graph, Pipeline(), Path(name))


def to_simulation(graph: GateGraph) -> None:
    """Verilog that is compiled and run."""
    words = np.random.default_rng(0).integers(0, 2, (300, graph.encoder.features))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        emit(graph, Pipeline(), folder / "rtl")
        if not simulate(graph, folder / "rtl", words, folder / "sim", simulator="verilator").passed:
            raise SystemExit("The simulation differs from the reference.")


def network(width: int, layers: int, inputs: int = INPUTS, seed: int = 0) -> GateGraph:
    """Random functions of two nets of the layer before."""
    rng = np.random.default_rng(seed)
    first = 2 + inputs
    starts = [2, *(first + layer * width for layer in range(layers))]
    sizes = [inputs, *[width] * layers]
    operands = [start + rng.integers(0, size, (width, 2)) for start, size in zip(starts[:-1], sizes[:-1], strict=True)]
    counted = np.arange(starts[-1], starts[-1] + width)
    return GateGraph(
        encoder=Thermometer.identity(tuple(f"x{i}" for i in range(inputs))),
        fan_in=np.full(width * layers, 2),
        tables=rng.integers(0, 16, width * layers),
        operands=np.concatenate(operands),
        groups=tuple(np.array_split(counted, CLASSES)),
        class_names=tuple(str(i) for i in range(CLASSES)),
    )


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


if __name__ == "__main__":
    main()
