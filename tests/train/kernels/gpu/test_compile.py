"""Every kernel compiles for GPUs that are not here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
KERNELS = {"pack", "choose_tables", "choose_wires", "evaluate", "count", "slopes", "gates", "inputs", "wires", "_adam"}
SHARED = 99 * 1024
"""Bytes of shared memory that the smallest of these GPUs lends to a program."""


@pytest.mark.parametrize("target", ["cuda:80:32", "cuda:90:32", "hip:gfx942:64"])
def test_what_a_step_launches_compiles(target, tmp_path):
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-m", "tests.train.kernels.gpu.ahead", target]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    kernels = [json.loads(line) for line in found.stdout.splitlines()]
    assert {each["kernel"] for each in kernels} == KERNELS
    assert {each["constants"].get("FAN_IN", 2) for each in kernels} == {2, 3, 4, 5, 6}
    assert all(each["bytes"] > 0 and each["shared"] <= SHARED for each in kernels)
    # A GPU for games has few units for double precision: only one number of the update is made with them.
    assert not [each["kernel"] for each in kernels if each["double"] and each["kernel"] != "_adam"]
