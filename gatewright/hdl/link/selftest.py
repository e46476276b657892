"""The self-test of a board as plain numbers: which samples it classifies, and the signature that it answers.

**Samples.** The board's sample register has R = max(32, 8 * ``sample_bytes``) bits. A SELFTEST leaves its seed in the
upper 32 and clears the others. The sample is read at bit R - 8 * ``sample_bytes`` and above; with each sample that the
classifier takes, the register shifts down by one bit, and the XOR of the bits `TAPS` of its upper 32 comes in at the
top: a Fibonacci LFSR of the polynomial of `lfsr`, with period 2^32 - 1.

**Signature.** A multiple-input signature register of ``signature_bits`` bits begins with 0 and takes each result as it
stands in a RESULT: it shifts down by one bit, is XORed with `lfsr.POLYNOMIAL` if a 1 left it, and is XORed with the
result. Its lower 32 bits are the register of `lfsr`, through which everything above passes. A single wrong bit always
changes the signature; of all other errors about 1 in 2^32 does not (Bardell, McAnney and Savir, "Built-In Test for
VLSI", 1987).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from . import lfsr
from .protocol import Shape

TAPS = (0, 1, 2, 22)
MAX_SAMPLES = lfsr.PERIOD - 1
_CHUNK = 8192


def check(samples: int, seed: int) -> None:
    """Refuse what a board cannot be asked.

    Raises:
        GatewrightError: for a number of samples outside 1 to 2^32 - 2, or a seed outside 1 to 2^32 - 1.
    """
    for name, value, largest in (("number of samples", samples, MAX_SAMPLES), ("seed", seed, lfsr.PERIOD)):
        if not 1 <= value <= largest:
            raise GatewrightError(f"The {name} of a self-test is {value}: choose 1 to {largest}.")


def register_bits(shape: Shape) -> int:
    """Bits of the sample register of a board with a self-test."""
    return max(lfsr.BITS, 8 * shape.sample_bytes)


def cleared_bits(shape: Shape) -> int:
    """Bits of a sample, from the lowest on, that a seed does not reach."""
    return max(0, 8 * shape.sample_bytes - lfsr.BITS)


def chunks(shape: Shape, samples: int, seed: int) -> Iterator[NDArray[np.uint16]]:
    """The words (up to 8,192, features) of all the samples of a self-test, in order."""
    sample_bits, unused = shape.sample_bits, register_bits(shape) - 8 * shape.sample_bytes
    register = np.zeros(register_bits(shape), dtype=np.uint8)
    register[-lfsr.BITS :] = np.array([seed >> i & 1 for i in range(lfsr.BITS)])
    places = 1 << np.arange(shape.word_width, dtype=np.int64)
    state = seed
    for first in range(0, samples, _CHUNK):
        count = min(_CHUNK, samples - first)
        coming = bytearray()
        for _ in range(count):
            bit = (state ^ state >> 1 ^ state >> 2 ^ state >> 22) & 1
            state = state >> 1 | bit << (lfsr.BITS - 1)
            coming.append(bit)
        line = np.concatenate([register, np.frombuffer(coming, np.uint8)])
        windows = np.lib.stride_tricks.sliding_window_view(line[unused:], sample_bits)[:count]
        yield (windows.reshape(count, shape.features, shape.word_width) @ places).astype(np.uint16)
        register = line[count:]


def generate(shape: Shape, samples: int, seed: int) -> NDArray[np.uint16]:
    """The words (samples, features) of a self-test."""
    empty = np.zeros((0, shape.features), np.uint16)
    return np.concatenate([empty, *chunks(shape, samples, seed)])


def signature(shape: Shape, labels: ArrayLike, scores: ArrayLike, start: int = 0) -> int:
    """The signature of labels (samples,) and scores (samples, classes), on top of the one of those before."""
    value = start
    for label, row in zip(np.asarray(labels).tolist(), np.asarray(scores).tolist(), strict=True):
        value = lfsr.step(value) ^ shape.result_value(label, row)
    return value


def expected(graph: GateGraph, samples: int, seed: int) -> int:
    """The signature that a board with this graph has to answer, by the reference.

    Raises:
        GatewrightError: as `check`.
    """
    check(samples, seed)
    shape = Shape.of(graph)
    value = 0
    for words in chunks(shape, samples, seed):
        scores = graph.scores(words)
        value = signature(shape, scores.argmax(axis=1), scores, value)
    return value
