"""Training kernels in Triton, for the GPUs that it compiles for."""

from __future__ import annotations

import functools
import importlib.util

import torch


def serves(device: torch.device) -> bool:
    """Whether these kernels run on a device: a GPU of NVIDIA or AMD, if Triton is installed."""
    return device.type == "cuda" and _installed()


@functools.cache
def _installed() -> bool:
    return importlib.util.find_spec("triton") is not None
