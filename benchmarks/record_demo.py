"""The terminal of the demo as a picture: ``python benchmarks/record_demo.py`` writes docs/demo.svg.

It prints the figures of the same run as a table, as benchmarks/demo.py does of its own.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import sys
import tempfile
import time
from pathlib import Path

from demo import figures, machine, table
from rich.console import Console

from gatewright import flow
from gatewright.cli import demo, show
from gatewright.run import Run

OUT = Path(__file__).resolve().parents[1] / "docs" / "demo.svg"
WIDTH = 116
BOARD = "icebreaker"


def main() -> None:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, highlight=False, markup=False)
    # The picture shows results, not what passes while they are made.
    show.QUIET_SECONDS = math.inf
    show.console = lambda: console
    console.print("$ gatewright demo", style="bold")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        demo(board=BOARD)
        run = Run(Path("runs/digits"))
        verbs = ("train", "export", "simulate", "prove", f"boards/{BOARD}/synthesize")
        values = {name: run.read_json(name) for name in verbs}
        started = time.monotonic()
        flow.report(run)
        report = time.monotonic() - started
    seconds = re.findall(r"^(\w+) +([\d.]+) s  ", console.export_text(clear=False), re.MULTILINE)
    spent = [(f"seconds: {name}", text) for name, text in [*seconds, ("report", f"{report:.1f}")]]
    console.print()
    svg = console.export_svg(title="gatewright demo")
    OUT.parent.mkdir(exist_ok=True)
    # Without fonts from elsewhere: the reader's own will do.
    OUT.write_text(re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL))
    print(table([*figures(values), *spent]))
    print()
    print(table(machine(values)))
    sys.stderr.write(f"{OUT}\n")


if __name__ == "__main__":
    main()
