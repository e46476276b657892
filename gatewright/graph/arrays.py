"""Read-only arrays of a fixed dtype: the storage of every frozen value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from gatewright.errors import GatewrightError


def frozen(values: ArrayLike, dtype: DTypeLike, name: str) -> NDArray[np.generic]:
    """A read-only, contiguous array of ``dtype`` with the same values; ``values`` itself if it is one.

    Raises:
        GatewrightError: if a value does not survive the conversion (``name`` says whose).
    """
    source = np.asarray(values)
    if source.size == 0:
        source = source.astype(dtype)
    if source.dtype == dtype and source.flags.c_contiguous and not _writable(source):
        return source
    if source.dtype.kind not in "biuf":
        raise GatewrightError(f"The {name} holds {source.dtype} values: it must hold numbers.")
    with np.errstate(invalid="ignore", over="ignore"):
        result = np.array(source, dtype=dtype, order="C")
    if source.dtype != dtype and not np.array_equal(result, source, equal_nan=source.dtype.kind == "f"):
        raise GatewrightError(f"The {name} holds a value that does not fit {np.dtype(dtype)}.")
    result.flags.writeable = False
    return result


def _writable(array: NDArray[np.generic] | None) -> bool:
    """Whether anybody can still write to the memory behind ``array``."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return True
        array = array.base
    return array is not None
