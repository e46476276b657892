"""The verbs: one function for each arrow of the flow. Each works on a run folder and writes one JSON file.

Imports stand inside the functions, so that a verb loads only what it needs: ``prove`` never loads torch.
"""

from __future__ import annotations

from .board import classify as classify
from .board import flash_plan as flash_plan
from .board import synthesize as synthesize
from .fitting import fit as fit
from .pages import compare as compare
from .pages import report as report
from .shipped import load_model as load_model
from .training import sweep as sweep
from .training import train as train
from .verilog import export as export
from .verilog import prove as prove
from .verilog import simulate as simulate
