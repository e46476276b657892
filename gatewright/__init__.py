"""Train a Gumbel logic gate network, and put it on an open FPGA, with every step checked."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimator import GateClassifier

__all__ = ["GateClassifier", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """The classifier when it is asked for: it loads scikit-learn, which the command line does without."""
    if name == "GateClassifier":
        return importlib.import_module(".estimator", __name__).GateClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
