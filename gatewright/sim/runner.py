"""Runs a cocotb bench, quietly and in processes of its own, and reads its verdict."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree

from gatewright.errors import GatewrightError
from gatewright.run import write_whole

from .job import Job
from .simulator import Simulator, choose

_POLL_SECONDS = 0.05
_KILL_POLLS = 20


@dataclass(frozen=True)
class Bench:
    """A bench that ran, and all of whose tests passed.

    Attributes:
        simulator: that ran it.
        tests: how many there were.
        seconds: wall time, the build included.
        log: what builder, simulator and bench said.
    """

    simulator: Simulator
    tests: int
    seconds: float
    log: Path


def run_cocotb(
    sources: Sequence[Path],
    top: str,
    module: str,
    build: Path,
    *,
    environment: Mapping[str, str] | None = None,
    parameters: Mapping[str, int | str] | None = None,
    simulator: str | None = None,
    work: int = 0,
    seed: int = 0,
    waves: bool = False,
    poll: Callable[[], None] | None = None,
) -> Bench:
    """Build Verilog and run the cocotb tests of a Python module on it.

    Nothing is printed: everything that is said goes to ``build/sim.log``. No process outlives the call, whatever
    ends it.

    Args:
        sources: Verilog files.
        top: the top module.
        module: dotted name of the Python module with the tests; it is imported with this process's ``sys.path``.
        build: folder for everything that is written; it is made.
        environment: variables for the bench.
        parameters: of the top module.
        simulator: ``"icarus"`` or ``"verilator"``; otherwise the one that is found and suits the work.
        work: gates times cycles.
        seed: of cocotb's generator.
        waves: whether to record all signals, in ``build/TOP.fst`` (Icarus) or ``build/dump.vcd`` (Verilator).
        poll: called about twenty times a second while the simulator runs.

    Raises:
        GatewrightError: if no simulator is found, the build fails, a test fails, or there was no test.
    """
    started = time.monotonic()
    chosen = choose(simulator, work)
    build = build.resolve()
    log, results, job = build / "sim.log", build / "results.xml", build / "job.json"
    values = Job(
        simulator=chosen.name,
        sources=tuple(str(source.resolve()) for source in sources),
        top=top,
        module=module,
        build=str(build),
        results=str(results),
        parameters=dict(parameters or {}),
        seed=seed,
        waves=waves,
    )
    write_whole(job, json.dumps(asdict(values), indent=2) + "\n")
    results.unlink(missing_ok=True)
    variables = {**os.environ, **chosen.environment, **(environment or {}), "PYTHONPATH": os.pathsep.join(sys.path)}
    # With this variable cocotb's runner takes itself for a test of the suite that started it.
    variables.pop("PYTEST_CURRENT_TEST", None)
    status = _run([sys.executable, "-m", "gatewright.sim.job", str(job)], variables, log, poll or (lambda: None))
    tests = _verdict(results, log)
    if status:
        raise GatewrightError(f"{chosen.name} ended with status {status}: see {log}.")
    return Bench(chosen, tests, time.monotonic() - started, log)


def _run(command: Sequence[str], environment: Mapping[str, str], log: Path, poll: Callable[[], None]) -> int:
    """Run a command in a process group of its own, which ends with this call."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while process.poll() is None:
                poll()
                time.sleep(_POLL_SECONDS)
        finally:
            if process.poll() is None:
                _kill(process)
    return process.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group, and wait until nothing of it runs."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        for _ in range(_KILL_POLLS):
            os.killpg(process.pid, 0)
            time.sleep(_POLL_SECONDS)


def _verdict(results: Path, log: Path) -> int:
    """The number of tests, all of which passed.

    Raises:
        GatewrightError: if there is no verdict, a failure in it, or no test.
    """
    try:
        suite = ElementTree.parse(results).getroot()  # noqa: S314 - cocotb has written it just now.
    except FileNotFoundError:
        raise GatewrightError(f"The simulator gave no verdict and said: {_last_words(log)}; see {log}.") from None
    except ElementTree.ParseError as error:
        raise GatewrightError(f"{results} is damaged ({error}): see {log}.") from error
    cases = list(suite.iter("testcase"))
    for case in cases:
        for fault in (*case.iter("failure"), *case.iter("error")):
            said = (fault.get("error_msg") or fault.get("message") or "nothing").strip().splitlines()[0]
            raise GatewrightError(f"The bench {case.get('name')} failed and said: {said.rstrip('.')}; see {log}.")
    passed = [case for case in cases if case.find("skipped") is None]
    if not passed:
        raise GatewrightError(f"The simulator ran no test, so nothing was shown: see {log}.")
    return len(passed)


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "nothing")
