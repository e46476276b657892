"""The transposed wiring: who reads each net."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary


@dataclass(frozen=True)
class Readers:
    """Net ``i`` is read at ``edges[start[i] : start[i + 1]]``, always in the same order.

    Attributes:
        start: (nets + 1,) int32.
        edges: (gates * fan_in,) int32, ``fan_in * gate + operand``, rising for each net.
    """

    start: Tensor
    edges: Tensor


def readers(operands: Tensor, nets: int) -> Readers:
    """The readers of each of ``nets``, from operands (gates, fan_in); the host waits for nothing."""
    found, edges = torch.sort(operands.view(-1), stable=True)
    ends = torch.arange(nets + 1, dtype=found.dtype, device=found.device)
    start = torch.searchsorted(found, ends, out_int32=True)
    return Readers(start, edges.to(torch.int32))


_FIXED: WeakTensorKeyDictionary = WeakTensorKeyDictionary()


def fixed(candidates: Tensor, nets: int) -> tuple[Tensor, Readers]:
    """Operands (gates, fan_in) int32 and readers of wiring without a choice; kept as long as the tensor lives.

    Args:
        candidates: (gates, fan_in, 1) int64. A change in place is noticed.
        nets: that there are to read.
    """
    known = _FIXED.get(candidates)  # type: ignore[no-untyped-call]
    if known is None or known[0] != (candidates._version, nets):
        operands = candidates[:, :, 0].to(torch.int32).contiguous()
        known = (candidates._version, nets), operands, readers(operands, nets)
        _FIXED[candidates] = known
    return known[1], known[2]
