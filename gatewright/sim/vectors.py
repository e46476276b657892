"""What a simulation is fed with: real data, corners, random words, and provoked ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

Words = NDArray[np.uint16]

RANDOM = 256
TIES = 64
_BATCH = 1024
_BATCHES = 16
_EXHAUSTIVE_BITS = 12


@dataclass(frozen=True)
class Vectors:
    """Encoder words, in the order in which they are simulated.

    Attributes:
        words: (samples, features) uint16.
        origins: how many come from where: ``test``, ``corner``, ``random``, ``tie``; in this order.
    """

    words: Words
    origins: dict[str, int]


def vectors(graph: GateGraph, test: ArrayLike, *, seed: int = 0) -> Vectors:
    """Choose the words that a simulation is fed with.

    Behind the test words (samples, features) come the corners of the encoder, random words, and words for which
    two or more classes share the highest score, as far as a search finds any: among all words if they are few,
    else among random words and mixtures of test words.

    Raises:
        GatewrightError: if the test words do not fit the encoder.
    """
    rng = np.random.default_rng(seed)
    parts = {"test": fitting(graph, test), "corner": _corners(graph), "random": _random(graph, rng, RANDOM)}
    parts["tie"] = _ties(graph, parts["test"], rng)
    return Vectors(np.concatenate(list(parts.values())), {name: len(part) for name, part in parts.items()})


def fitting(graph: GateGraph, words: ArrayLike) -> Words:
    """The same words as uint16.

    Raises:
        GatewrightError: if their shape or a value does not fit the encoder.
    """
    encoder = graph.encoder
    values = np.asarray(words)
    if values.ndim != 2 or values.shape[1] != encoder.features:
        raise GatewrightError(
            f"The words have shape {values.shape}, but the encoder reads (samples, {encoder.features})."
        )
    if values.dtype.kind not in "biu" or (values.size and (values.min() < 0 or values.max() >> encoder.word_width)):
        raise GatewrightError(
            f"The words must be whole numbers of {encoder.word_width} bits: encode the features first."
        )
    return values.astype(np.uint16)


def random_words(graph: GateGraph, count: int, *, seed: int = 0) -> Words:
    """Words (count, features), each bit of each word as likely 0 as 1."""
    return _random(graph, np.random.default_rng(seed), count)


def _corners(graph: GateGraph) -> Words:
    """All words lowest and highest, each alone, and every threshold from below and from above."""
    encoder = graph.encoder
    top, features = 2**encoder.word_width - 1, encoder.features
    alone = np.eye(features, dtype=np.uint16) * top
    rows = [np.zeros((1, features), np.uint16), np.full((1, features), top, np.uint16), alone, top - alone]
    thresholds = [encoder.threshold[encoder.feature == feature] for feature in range(features)]
    for index in range(max(len(t) for t in thresholds)):
        row = np.array([t[index % len(t)] if len(t) else 0 for t in thresholds], dtype=np.uint16)
        rows += [row[None], row[None] + np.uint16(1)]
    return np.concatenate(rows)


def _random(graph: GateGraph, rng: np.random.Generator, count: int) -> Words:
    encoder = graph.encoder
    return rng.integers(0, 2**encoder.word_width, (count, encoder.features), dtype=np.uint16)


def _ties(graph: GateGraph, test: Words, rng: np.random.Generator) -> Words:
    """Up to `TIES` rows of words whose highest score is reached more than once."""
    found: list[Words] = []
    for _ in range(_BATCHES):
        candidates = _candidates(graph, test, rng)
        scores = graph.scores(candidates)
        tied = (scores == scores.max(axis=1, keepdims=True)).sum(axis=1) > 1
        found.append(candidates[tied])
        if sum(map(len, found)) >= TIES or len(candidates) != _BATCH:
            break
    return np.concatenate(found)[:TIES]


def _candidates(graph: GateGraph, test: Words, rng: np.random.Generator) -> Words:
    """All words if they are few; else a batch, half of it random, half of it mixed from two test words each."""
    encoder = graph.encoder
    bits = encoder.word_width * encoder.features
    if bits <= _EXHAUSTIVE_BITS:
        codes = np.arange(2**bits)[:, None] >> encoder.word_width * np.arange(encoder.features)
        return rng.permutation((codes & (2**encoder.word_width - 1)).astype(np.uint16))
    random = _random(graph, rng, _BATCH)
    if not len(test):
        return random
    pairs = test[rng.integers(0, len(test), (2, _BATCH // 2))]
    random[: _BATCH // 2] = np.where(rng.random((_BATCH // 2, encoder.features)) < 0.5, pairs[0], pairs[1])
    return random
