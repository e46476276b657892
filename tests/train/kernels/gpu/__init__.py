"""The same tests run on a GPU where there is one, and elsewhere through Triton's interpreter.

Triton decides between the two when a kernel is defined, so the choice is made here, before anything imports one.
"""

import os

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
if DEVICE.type == "cpu":
    os.environ.setdefault("TRITON_INTERPRET", "1")
