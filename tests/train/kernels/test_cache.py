"""Kernels give the same bits in the process that compiles them and in those that load them from Numba's cache."""

import os
import subprocess
import sys

import pytest

STEPS = """
import hashlib, itertools
import torch
from torch import nn
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Method

for method, fan_in, candidates in itertools.product(Method, (2, 4), (1, 8)):
    generator = torch.Generator().manual_seed(1)
    torch.manual_seed(2)
    shape = {"fan_in": fan_in, "candidates": candidates, "method": method, "generator": generator}
    network = nn.Sequential(GumbelGates(200, 300, **shape), GumbelGates(300, 200, **shape), GroupSum(10, 2.0))
    x = (torch.rand(100, 200, generator=generator) > 0.5).float()
    y = torch.randint(0, 10, (100,), generator=generator)
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    for _ in range(3):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimiser.step()
    bits = b"".join(parameter.detach().numpy().tobytes() for parameter in network.parameters())
    print(method.value, fan_in, candidates, hashlib.sha256(bits).hexdigest())
"""


@pytest.mark.slow
def test_the_cache_changes_no_bit(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "NUMBA_NUM_THREADS": "1"}

    def trained():
        command = [sys.executable, "-c", STEPS]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()

    compiled = trained()
    assert list(tmp_path.rglob("*.nbc"))
    assert len(set(compiled)) == 16
    assert trained() == compiled
