"""The terminal of the demo as a picture: ``python benchmarks/record_demo.py`` writes docs/demo.svg."""

from __future__ import annotations

import contextlib
import io
import math
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from gatewright.cli import demo, show

OUT = Path(__file__).resolve().parents[1] / "docs" / "demo.svg"
WIDTH = 116


def main() -> None:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, highlight=False, markup=False)
    # The picture shows results, not what passes while they are made.
    show.QUIET_SECONDS = math.inf
    show.console = lambda: console
    console.print("$ gatewright demo", style="bold")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        demo()
    console.print()
    svg = console.export_svg(title="gatewright demo")
    OUT.parent.mkdir(exist_ok=True)
    # Without fonts from elsewhere: the reader's own will do.
    OUT.write_text(re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL))
    sys.stdout.write(f"{OUT}\n")


if __name__ == "__main__":
    main()
