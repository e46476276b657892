"""Which inputs the operands of a layer can read."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_BAND = 4
"""Rows of an image that gates follow each other along, up and down in each."""


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


def unique(inputs: int, gates: int, fan_in: int, generator: torch.Generator | None) -> Tensor:
    """(gates, fan_in, 1) int64: neighbours, in random order, no two gates alike until all such are used up.

    Those of DiffLogic (Petersen et al., 2022; ``get_unique_connections``): for two operands the pairs (0, 1), (2, 3)
    and so on, then (1, 2), (3, 4) and so on, then all pairs at distance 2, at distance 3, as many as there are gates.
    With more operands, runs of neighbours take the place of pairs. Fewer gates than inputs / fan_in, which DiffLogic
    refuses, read evenly spaced neighbours.
    """
    rows, known, distance = [], 0, 1
    while known < gates and (fan_in - 1) * distance < inputs:
        first = torch.arange(inputs - (fan_in - 1) * distance)
        if distance == 1:
            first = first[(first % fan_in).argsort(stable=True)]
        rows.append(first[:, None] + distance * torch.arange(fan_in))
        known, distance = known + len(first), distance + 1
    wiring = torch.cat(rows) if rows else torch.arange(fan_in)[None] % inputs
    chosen = torch.arange(gates) * max(gates, inputs // fan_in) // gates % len(wiring)
    return wiring[chosen[torch.randperm(gates, generator=generator)]].unsqueeze(2)


def butterfly(
    inputs: int, gates: int, fan_in: int, depth: int, generator: torch.Generator | None, *, ordered: bool = False
) -> Tensor:
    """(gates, fan_in, 1) int64: operands at distance ``fan_in ** depth`` from each other, around a ring of inputs.

    As in a fast Fourier transform of radix ``fan_in``: over layers of the same width, a gate at depth ``l`` depends on
    ``fan_in ** (l + 1)`` inputs, each through one path. Distances that do not fit begin again at 1. Gates beyond the
    number of inputs start a further turn around the ring, one depth on, so that a wide first layer reads at many
    scales; the gates of a turn that is not full are spread such that together they read as many inputs as possible.

    Args:
        inputs: number of inputs.
        gates: number of gates.
        fan_in: operands of a gate.
        depth: number of the layer, from 0.
        generator: puts the gates into random order.
        ordered: leave them in the order of the ring; not for a layer whose outputs a GroupSum cuts into classes.
    """
    stages = 1
    while (fan_in - 1) * fan_in**stages < inputs:
        stages += 1
    rows = []
    for turn in range(-(-gates // inputs)):
        distance = fan_in ** ((depth + turn) % stages)
        digit = torch.arange(inputs) // distance % fan_in
        # Gates on inputs with digit 0 tile the ring, as do those with any other digit.
        order, tiles = digit.argsort(stable=True), int((digit == 0).sum())
        count = min(inputs, gates - turn * inputs)
        first = order[torch.arange(count) * max(count, tiles) // count].sort().values
        rows.append((first[:, None] + distance * torch.arange(fan_in)) % inputs)
    wiring = torch.cat(rows)
    return (wiring if ordered else wiring[torch.randperm(gates, generator=generator)]).unsqueeze(2)


def pixels(feature: NDArray[np.int32], image: tuple[int, int, int] | None) -> Tensor | None:
    """(inputs, 2) int64: row and column of the pixel that each input bit is of; None if they are of no image.

    Args:
        feature: (inputs,) the feature of each input bit; features are pixels, row by row.
        image: height, width and channels.
    """
    if image is None:
        return None
    _, width, channels = image
    place = torch.from_numpy(np.asarray(feature, dtype=np.int64)) // channels
    return torch.stack([place // width, place % width], dim=1)


def local(
    places: Tensor,
    gates: int,
    fan_in: int,
    candidates: int,
    reach: int,
    groups: int,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor]:
    """Candidates among the inputs nearest to each gate, (gates, fan_in, candidates) int64, and where the gates stand.

    Gates stand where inputs do, spread over all of them, and those of each group at the same places; in a group they
    are in the order of a path along bands of rows. So the gates that take turns in a serial popcount, and neighbours
    in a parallel one, read near inputs. The candidates of a gate are all different if its reach allows it, and those of
    an operand always are.

    Args:
        places: (inputs, 2) row and column of each input.
        gates: of the layer, a multiple of ``groups``.
        fan_in: operands of a gate.
        candidates: of an operand; at most ``reach``.
        reach: inputs nearest to a gate that it chooses from; of those equally far, the first. All if there are fewer.
        groups: equal, consecutive ones that the gates are cut into.
        generator: draws places and candidates.

    Returns:
        The candidates, and (gates, 2) row and column of each gate.
    """
    inputs, size = len(places), gates // groups
    reach = min(reach, inputs)
    row, column = places[:, 0], places[:, 1]
    band = row // _BAND
    along = torch.where(band % 2 == 0, column, -column)
    path = torch.from_numpy(np.lexsort([row.numpy(), along.numpy(), band.numpy()]))
    rank = torch.empty_like(path)
    rank[path] = torch.arange(inputs)
    drawn = torch.cat([torch.randperm(inputs, generator=generator) for _ in range(-(-size // inputs))])[:size]
    stand = drawn[rank[drawn].argsort(stable=True)].repeat(groups)
    near: dict[tuple[int, ...], Tensor] = {}
    rows = []
    for where in places[stand].tolist():
        if tuple(where) not in near:
            distance = ((places - torch.tensor(where)) ** 2).sum(dim=1)
            near[tuple(where)] = distance.argsort(stable=True)[:reach]
        inside = near[tuple(where)]
        if fan_in * candidates <= reach:
            rows.append(inside[torch.randperm(reach, generator=generator)[: fan_in * candidates]])
        else:
            rows += [inside[torch.randperm(reach, generator=generator)[:candidates]] for _ in range(fan_in)]
    return torch.cat(rows).reshape(gates, fan_in, candidates), places[stand]
