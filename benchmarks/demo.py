"""The figures of the demo as a Markdown table: ``python benchmarks/demo.py [BOARD]``.

Every stage runs through `gatewright.flow` in a fresh folder, on this machine, and is timed from outside.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatewright import flow
from gatewright.run import Run


def main() -> None:
    board = sys.argv[1] if len(sys.argv) > 1 else "icebreaker"
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder) / "digits")
        stages: dict[str, Callable[[], Any]] = {
            "train": lambda: flow.train("digits", run),
            "export": lambda: flow.export(run),
            "simulate": lambda: flow.simulate(run),
            "prove": lambda: flow.prove(run),
            "synthesize": lambda: flow.synthesize(run, board),
            "report": lambda: flow.report(run),
        }
        values, seconds = {}, {}
        for name, stage in stages.items():
            print(f"{name} ...", file=sys.stderr)
            started = time.monotonic()
            values[name] = stage()
            seconds[name] = time.monotonic() - started
    print(table([*figures(values), *((f"seconds: {name}", f"{spent:.1f}") for name, spent in seconds.items())]))
    print()
    print(table(machine(values)))


def figures(values: dict[str, Any]) -> list[tuple[str, str]]:
    train, export, simulate, prove, built = (values[name] for name in list(values)[:5])
    rows = [
        ("test accuracy, discrete network", f"{100 * train['accuracy_test']:.2f} %"),
        ("discretization gap", f"{100 * train['gap']:+.2f} points"),
        ("gates", f"{export['gates']:,} of {export['gates_learned']:,} learned"),
        ("simulated", f"{simulate['vectors']:,} vectors, {simulate['mismatches']} mismatches"),
    ]
    for step in prove["steps"]:
        verdict = "proven for every input" if step["equivalent"] else "not proven"
        rows.append((f"{step['left']} = {step['right']}", f"{verdict}, {step['seconds']:.1f} s"))
    for part, cells in [*built["parts"].items(), ("total", built["total"]), ("available", built["available"])]:
        rows.append((f"{part}: LUT4 / FF / carry", " / ".join(f"{cells[kind]:,}" for kind in ("lut", "ff", "carry"))))
    return [
        *rows,
        ("clock", f"{built['clock_mhz']:g} MHz on {built['device']}; Fmax {built['fmax_mhz']:.1f} MHz"),
        ("latency", f"{built['latency_cycles']} cycles = {built['latency_ns']:.0f} ns at that clock"),
        ("samples a second", f"{built['samples_per_second']:,.0f} core, {built['link_samples_per_second']:,.0f} link"),
    ]


def machine(values: dict[str, Any]) -> list[tuple[str, str]]:
    tools: dict[str, str] = {}
    for written in values.values():
        if isinstance(written, dict):
            tools |= written["tools"]
    return [
        ("machine", f"{processor()}, {os.cpu_count()} cores"),
        ("Python", f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        *tools.items(),
    ]


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


if __name__ == "__main__":
    main()
