"""Which inputs the operands of a layer can read."""

from __future__ import annotations

import torch
from torch import Tensor


def balanced(
    inputs: int,
    gates: int,
    fan_in: int,
    candidates: int,
    generator: torch.Generator | None,
    *,
    ordered: bool = False,
) -> Tensor:
    """(gates, fan_in, candidates) int64: random, every input about equally often, a gate's own ones all different.

    Where a gate has more places than there are inputs, it takes each as often as the others, give or take one. The
    gates of a layer have no order of their own, except the last layer's, which groups cut into classes; ``ordered``
    puts them into that of their first input, so that neighbours in memory are read one after another.
    """
    places = fan_in * candidates
    rounds = -(-gates * places // inputs)
    flat = torch.cat([torch.randperm(inputs, generator=generator) for _ in range(rounds)])[: gates * places]
    rows = flat.reshape(gates, places)
    if places <= inputs:
        # Only a gate that lies across two permutations can meet an input twice.
        rising = rows.sort(dim=1).values
        for row in torch.nonzero((rising[:, 1:] == rising[:, :-1]).any(dim=1)).ravel().tolist():
            rows[row] = torch.randperm(inputs, generator=generator)[:places]
    if ordered:
        rows = rows[rows[:, 0].argsort(stable=True)]
    return rows.reshape(gates, fan_in, candidates)
