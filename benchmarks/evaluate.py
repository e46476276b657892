"""Images a second of the bit-exact reference on one core, beside NumPy alone and torchlogix's compiled C.

    python benchmarks/evaluate.py RUN [RUN ...] [--peer-python PYTHON] [--rounds 9] [--limit 600]

The test split of each run folder as Booleans, sample after sample, to scores, packing included; all in this process,
in turns, one thread, median CPU time. The peer is its C with 64 samples a word, for the same network after its own
`simplify`, compiled by gcc and called as the peer calls it; all scores are compared. The time to the first result is
that of a new process of ours from start to end of imports, optimising and scores with the kernels in Numba's cache, and
build, simplify, emit and compile of the peer, imports of PyTorch left out.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import trained
from numpy.typing import NDArray

from gatewright.graph.compiled import by_kernels
from gatewright.graph.evaluate import by_numpy
from gatewright.graph.passes.optimise import optimise

Scores = NDArray[np.integer]
# -O1 is what the peer's `compile` asks for by default.
OPTIONS = (("-O1",), ("-O3",), ("-O3", "-march=native"))
FIRST = """
import sys, time
from pathlib import Path
import numpy as np
from gatewright.graph.passes.optimise import optimise
from gatewright.graph.compiled import by_kernels
from gatewright.run import Run
run = Run(Path(sys.argv[1]))
by_kernels(optimise(run.load(run.learned)), np.load(sys.argv[2]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--peer-python", help="a Python that has torchlogix")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=int, default=600, help="seconds that gcc may take for one network")
    options = parser.parse_args()
    print(f"{trained.machine()}, one core; 10,000 images or fewer, median of {options.rounds} rounds in turns\n")
    print("| network | method | images a second | times the peer's default | ms to the first result |")
    print("|---|---|---|---|---|")
    for run in options.runs:
        with tempfile.TemporaryDirectory() as folder:
            compare(run, options.peer_python, options.rounds, options.limit, Path(folder))


def compare(run: Path, python: str | None, rounds: int, limit: int, folder: Path) -> None:
    learned = trained.learned(run)
    graph = optimise(learned)
    bits = trained.test_bits(run, graph)
    bits = bits[: len(bits) // 64 * 64]
    methods: dict[str, Callable[[], Scores]] = {
        "kernels": lambda: by_kernels(graph, bits),
        "NumPy": lambda: by_numpy(graph, bits),
    }
    methods["kernels"]()  # From here on, Numba has its kernels in its cache.
    first = {"kernels": own_first(run, bits, folder)}
    figures = trained.peer_circuit(python, learned, folder) if python else None
    if figures:
        for flags in OPTIONS:
            name = "torchlogix " + " ".join(flags)
            made_call = peer_call(folder, flags, bits, graph.classes, figures["score_bytes"], limit)
            if made_call is None:
                print(f"| {run.name} | {name} | gcc was stopped after {limit} s | - | - |", flush=True)
                continue
            methods[name], seconds = made_call
            # It need not emit Verilog to run.
            made = sum(spent for stage, spent in figures["seconds"].items() if stage != "emit Verilog")
            first[name] = made + seconds
    expected = methods["NumPy"]()
    for name, scores in methods.items():
        if not np.array_equal(scores(), expected):
            sys.exit(f"Error: {name} disagrees with NumPy on {run}.")
    spent: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, scores in methods.items():
            started = time.process_time()
            scores()
            spent[name].append(time.process_time() - started)
    rates = {name: len(bits) / statistics.median(found) for name, found in spent.items()}
    base = rates.get("torchlogix -O1")
    for name, rate in rates.items():
        ratio = f"{rate / base:.1f}" if base else "-"
        waited = f"{1e3 * first[name]:,.0f}" if name in first else "-"
        print(f"| {run.name}, {learned.gates:,} gates | {name} | {rate:,.0f} | {ratio} | {waited} |", flush=True)


def own_first(run: Path, bits: NDArray[np.bool_], folder: Path) -> float:
    """CPU seconds of a new process from its start to its first scores of 512 samples."""
    np.save(folder / "bits.npy", bits[:512])
    return children(lambda: subprocess.run([sys.executable, "-c", FIRST, run, folder / "bits.npy"], check=True))


def peer_call(
    folder: Path, flags: tuple[str, ...], bits: NDArray[np.bool_], classes: int, score_bytes: int, limit: int
) -> tuple[Callable[[], Scores], float] | None:
    """The peer's function and the CPU seconds of gcc; None if it takes more than ``limit`` seconds."""
    library = folder / f"peer{''.join(flags)}.so"
    command = ["gcc", *flags, "-shared", "-fPIC", "-o", str(library), str(folder / "peer.c")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    compiler = subprocess.Popen(command, start_new_session=True)
    try:
        status = compiler.wait(limit)
    except subprocess.TimeoutExpired:
        # gcc has processes of its own, which would go on.
        os.killpg(compiler.pid, signal.SIGKILL)
        compiler.wait()
        return None
    if status:
        sys.exit(f"Error: gcc ended with status {status}.")
    seconds = spent_since(before)
    run = ctypes.CDLL(str(library)).circuit_bench_bool
    run.argtypes, run.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int], None

    def scores() -> Scores:
        result = np.zeros((len(bits), classes), dtype=np.uint8 if score_bytes == 1 else np.uint16)
        run(bits.ctypes.data, result.ctypes.data, len(bits))
        return result

    return scores, seconds


def children(act: Callable[[], object]) -> float:
    """CPU seconds of the processes that ``act`` starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    act()
    return spent_since(before)


def spent_since(before: resource.struct_rusage) -> float:
    """CPU seconds of the processes that ended since ``before`` was read."""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
