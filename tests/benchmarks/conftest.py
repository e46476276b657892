"""Benchmarks are scripts beside each other, which find each other as Python's first folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
