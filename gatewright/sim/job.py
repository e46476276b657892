"""The process between gatewright and the simulator: ``python -m gatewright.sim.job FILE``.

cocotb's runner takes its settings from the environment, writes to its own output, and may exit; so it gets a
process to itself. The file is the JSON of a `Job`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocotb_tools.runner import Runner


@dataclass(frozen=True)
class Job:
    """One build and one run of a simulator.

    Attributes:
        simulator: cocotb's name of it.
        sources: Verilog files.
        top: the top module.
        module: the Python module with the cocotb tests.
        build: the folder to build and to run in.
        results: where cocotb writes its verdict, in xUnit's XML.
        parameters: of the top module.
        seed: of cocotb's generator.
        waves: whether to record all signals.
    """

    simulator: str
    sources: tuple[str, ...]
    top: str
    module: str
    build: str
    results: str
    parameters: Mapping[str, int | str]
    seed: int
    waves: bool


def main(path: str) -> None:
    """Build and run what the file at ``path`` says; status 1 if a program fails, which has said why."""
    from cocotb_tools.runner import get_runner

    job = Job(**json.loads(Path(path).read_bytes()))
    try:
        _run(job, get_runner(job.simulator))
    except RuntimeError:
        sys.exit(1)


def _run(job: Job, runner: Runner) -> None:
    timescale = ("1ns", "1ns")
    runner.build(
        sources=list(job.sources),
        hdl_toplevel=job.top,
        parameters=job.parameters,
        build_args=["-Wno-fatal"] if job.simulator == "verilator" else [],
        build_dir=job.build,
        always=True,
        waves=job.waves,
        timescale=timescale,
    )
    runner.test(
        test_module=job.module,
        hdl_toplevel=job.top,
        hdl_toplevel_lang="verilog",
        build_dir=job.build,
        test_dir=job.build,
        results_xml=job.results,
        seed=job.seed,
        waves=job.waves,
        timescale=timescale,
    )


if __name__ == "__main__":
    main(sys.argv[1])
