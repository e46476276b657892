"""What befalls a serial line, and what comes of it: a simulated board, bit by bit on its pins, and the host's own code.

    python benchmarks/link_faults.py [--samples 200] [--share 0.005] [--divisor 4] [--seed 1] [--network RUN] [KIND ...]

Each row is a simulation of the whole board top: so many samples and then a self-test, over a line with faults of one
kind: an end that is 2 % off; a bit of a byte inverted, or a byte lost, repeated or put in; bursts of random bytes that
begin like a frame between frames (noise), and in front of every second one (fuzz); resets in mid-frame; and all of it.
Columns: faults injected; ERROR frames that the board sent; bytes that the host dropped; questions that it asked
again, and silences after which it came back in step; samples whose label or scores differ from the reference, though
they were accepted; samples that stayed without an answer; whether the self-test came out right; bytes that the host
sent, over those of the samples alone; and the share of the time between the first and the last of them in which its
line stood still.
"""

from __future__ import annotations

import argparse
import contextlib
import platform
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from gatewright.boards.pins import FAULTS, Line, Outcome, outcome, prepare
from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.link.protocol import Shape
from gatewright.run import Run
from gatewright.sim.runner import run_cocotb

TIMEOUT_BITS = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="rows of the table; all of them by default")
    parser.add_argument("--samples", type=int, default=200, help="samples of each row")
    parser.add_argument(
        "--share", type=float, default=0.005, help="of the bytes that are hit; of the frames, ten times"
    )
    parser.add_argument("--divisor", type=int, default=4, help="clock cycles of a bit")
    parser.add_argument("--seed", type=int, default=1, help="of the network, the samples and the faults")
    parser.add_argument("--network", type=Path, help="folder of a trained network; a random one by default")
    arguments = parser.parse_args()
    lines = scenarios(arguments.divisor, arguments.share, arguments.seed)
    for kind in arguments.kinds:
        if kind not in lines:
            parser.error(f"there is no kind {kind!r}: choose from {', '.join(lines)}")
    rng = np.random.default_rng(arguments.seed)
    run = Run(arguments.network) if arguments.network else None
    graph = run.load(run.learned) if run else random_network(rng)
    shape = Shape.of(graph)
    words = rng.integers(0, 2**shape.word_width, (arguments.samples, shape.features))
    distinct = len(np.unique(graph.scores(words), axis=0))
    print(f"{graph.gates:,} gates, {shape.sample_bytes} bytes a sample, {shape.result_bytes} a result; ", end="")
    print(f"{len(words):,} samples, {distinct:,} different results; {platform.machine()}, {platform.system()}")
    header = ("kind", "injected", "errors", "dropped", "retries", "wrong", "lost", "self-test", "bytes", "still")
    print(("{:<10}" + "{:>10}" * 9).format(*header), flush=True)
    failed = False
    for kind in arguments.kinds or lines:
        seen = simulate(graph, words, lines[kind])
        failed |= not seen.passed
        injected = seen.resets if kind == "reset" else seen.faults
        cells = (kind, injected, seen.errors, seen.dropped, seen.retries, seen.mismatches, len(words) - seen.vectors)
        ratio = seen.sent / len(words) / shape.sample_bytes
        still = seen.idle / (10 * seen.sent + seen.idle)
        tested = "right" if seen.selftest is not None and seen.selftest.passed else "WRONG"
        row = "{:<10}" + "{:>10}" * 6 + "{:>10}{:>10.2f}{:>10.1%}"
        print(row.format(*cells, tested, ratio, still), flush=True)
    sys.exit(failed)


def scenarios(divisor: int, share: float, seed: int) -> dict[str, Line]:
    """The lines, by what befalls them."""
    clean = Line(divisor=divisor, timeout_bits=TIMEOUT_BITS, seed=seed)
    # The middle of a bit is found to a cycle, so an end that is 2 % off needs more of them.
    fine = replace(clean, divisor=max(12, divisor))
    return {
        "none": clean,
        "fast host": replace(fine, drift=0.98),
        "slow host": replace(fine, drift=1.02),
        **{kind: replace(clean, faults=share, kinds=(kind,)) for kind in FAULTS},
        "noise": replace(clean, noise=10 * share),
        "fuzz": replace(clean, noise=min(1.0, 100 * share)),
        "reset": replace(clean, resets=10 * share),
        "all": replace(fine, faults=share / 2, noise=2 * share, resets=2 * share, drift=1.02),
    }


def random_network(rng: np.random.Generator) -> GateGraph:
    """Ten classes over 24 words of 4 bits, so that nearly every sample has a result of its own."""
    features, width, layers, classes, counted = 24, 4, 2, 10, 15
    names = tuple(f"x{i}" for i in range(features))
    thresholds = np.tile([3, 7, 11], features)
    encoder = Thermometer(
        names, width, np.zeros(features), np.ones(features), np.repeat(np.arange(features), 3), thresholds
    )
    size = classes * counted
    gates: list[tuple[int, list[int]]] = []
    previous = np.arange(2, 2 + encoder.inputs)
    for _ in range(layers):
        first = 2 + encoder.inputs + len(gates)
        gates += [
            (int(rng.choice([1, 2, 4, 6, 7, 8, 9, 11, 13, 14])), rng.choice(previous, 2).tolist()) for _ in range(size)
        ]
        previous = np.arange(first, first + size)
    return GateGraph.build(encoder, gates, previous.reshape(classes, counted).tolist())


def simulate(graph: GateGraph, words: np.ndarray, line: Line) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        bench = prepare(graph, words, Path(name), line=line, selftest=(500, 0xC0FFEE))
        # A bench that sees something wrong fails, and says in its outcome what; without an outcome that is an error.
        with contextlib.suppress(GatewrightError):
            run_cocotb(bench.sources, bench.top, bench.module, bench.folder / "build", environment=bench.env)
        return outcome(bench)


if __name__ == "__main__":
    main()
