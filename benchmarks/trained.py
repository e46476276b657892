"""Networks out of run folders, and the same ones as torchlogix compiles them."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph
from gatewright.graph.schedule import runs
from gatewright.run import Run

PEER = Path(__file__).with_name("circuit_peer.py")


def learned(folder: Path) -> GateGraph:
    """The graph of a run folder as it was learned."""
    run = Run(folder)
    return run.load(run.learned)


def test_bits(folder: Path, graph: GateGraph) -> NDArray[np.bool_]:
    """Input bits (samples, inputs) of the test split of a run folder, sample after sample in memory."""
    with np.load(Run(folder).data, allow_pickle=False) as split:
        return np.ascontiguousarray(graph.encoder.bits(split["words"]).astype(np.bool_))


def peer_circuit(python: str, graph: GateGraph, folder: Path) -> dict[str, Any] | None:
    """Build, simplify and emit with torchlogix in the Python of that name; None for gates that it does not export.

    The figures are those of `circuit_peer.py`; ``peer.c`` and ``peer.v`` are in ``folder`` afterwards.
    """
    if graph.operands.shape[1] != 2:
        return None
    network = folder / "network.npz"
    ends = [run.stop for run in runs(graph)]
    np.savez(
        network, tables=graph.tables, operands=graph.operands, ends=ends, inputs=graph.inputs, classes=graph.classes
    )
    subprocess.run([python, "-W", "ignore", str(PEER), str(network), str(folder)], check=True)
    return dict(json.loads((folder / "peer.json").read_text()))


def machine() -> str:
    """The processor, in words."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
