"""Arrays that are used again: fresh memory costs a page fault for every 4 KiB of it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Memory:
    """Hands out arrays, and hands out again those that nobody else holds any more.

    Whoever holds an array, a view of it, or a tensor on it, keeps it. A copy of a memory is empty.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[tuple[int, ...], DTypeLike], list[NDArray[Any]]] = {}

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array with any contents."""
        kept = self._kept.setdefault((shape, dtype), [])
        for array in kept:
            if sys.getrefcount(array) == _ALONE:
                return array
        kept.append(np.empty(shape, dtype))
        return kept[-1]

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros."""
        result = self.empty(shape, dtype)
        result.fill(0)
        return result

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        return Memory, ()


def _alone() -> int:
    """What Python counts where `Memory.empty` asks for an array that only the memory holds."""
    for array in [np.empty(0)]:
        return sys.getrefcount(array)
    raise AssertionError


_ALONE = _alone()
