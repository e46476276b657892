"""The verbs: one function for each arrow of the flow. Each works on a run folder and writes one JSON file.

Imports stand inside the functions, so that a verb loads only what it needs: ``prove`` never loads torch.
"""

from __future__ import annotations

from pathlib import Path

from gatewright.run import Run, write_whole

from .board import classify as classify
from .board import flash_plan as flash_plan
from .board import synthesize as synthesize
from .training import sweep as sweep
from .training import train as train
from .verilog import export as export
from .verilog import prove as prove
from .verilog import simulate as simulate


def report(run: Run) -> Path:
    """Write ``report.html`` from what the other verbs have written."""
    from gatewright.report.page import page

    write_whole(run.report, page(run))
    return run.report
