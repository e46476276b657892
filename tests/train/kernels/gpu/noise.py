"""The noise of the kernels, written out once more in NumPy."""

import numpy as np
import torch


def uniform(count, seed, stream):
    """(count,) float64: what places 0 to count - 1 draw."""
    low = np.uint32((seed + (stream + 1) * 0x9E3779B9) % 2**32)
    twice, high = np.uint32(int(low) * 0x9E3779B9 % 2**32), np.uint32(seed >> 32)
    x = mixed(np.arange(count, dtype=np.uint32) ^ low) + high
    x = mixed(x ^ twice)
    return np.minimum(((x >> 8).astype(np.float32) + np.float32(0.5)) * np.float32(2**-24), np.float32(1 - 2**-24))


def mixed(x):
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def gumbel(shape, seed, stream):
    u = uniform(int(np.prod(shape)), seed, stream).astype(np.float64)
    return torch.from_numpy(-np.log(-np.log(u))).float().reshape(shape)


def logistic(shape, seed, stream):
    u = uniform(int(np.prod(shape)), seed, stream).astype(np.float64)
    return torch.from_numpy(np.log(u) - np.log(1 - u)).float().reshape(shape)
