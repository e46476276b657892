"""A reader of ``.lgn`` made from docs/formats/lgn.md alone, on files that the package writes."""

import hashlib
import json
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.file import dumps
from tests.graphs import graphs, random_encoder, random_graph

TYPES = {
    "offset": ("f", 8), "scale": ("f", 8), "feature": ("i", 4), "threshold": ("i", 4), "fan_in": ("u", 1),
    "tables": ("u", 8), "operands": ("i", 4), "group_sizes": ("i", 4), "group_nets": ("i", 4),
}  # fmt: skip


def read(data):
    """The header, and the numbers of each array in the order of their bytes."""
    assert data[:8] == bytes.fromhex("89 4C 47 4E 0D 0A 1A 0A")
    assert hashlib.sha256(data[:-32]).digest() == data[-32:]
    schema = int.from_bytes(data[8:12], "little")
    length = int.from_bytes(data[12:20], "little")
    header = json.loads(data[20 : 20 + length].decode("utf-8"))
    place, arrays = 20 + length, {}
    for name, shape in header["arrays"]:
        kind, size = TYPES[name]
        count = math.prod(shape)
        arrays[name] = np.frombuffer(data[place : place + count * size], f"<{kind}{size}").tolist()
        place += count * size
    assert list(arrays) == list(TYPES)
    assert place == len(data) - 32
    assert schema == 1 + ("positions" in header)
    assert header.get("positions") != [0]
    return header, arrays


def classify(header, arrays, sample):
    """The scores of a raw sample, and the label."""
    highest = 2 ** header["word_width"] - 1
    words = [
        min(max(math.floor((x - offset) * scale), 0), highest)
        for x, offset, scale in zip(sample, arrays["offset"], arrays["scale"], strict=True)
    ]
    pairs = zip(arrays["feature"], arrays["threshold"], strict=True)
    bits = [int(words[feature] > threshold) for feature, threshold in pairs]
    seen = [count(arrays, bits[r:] + bits[:r]) for r in header.get("positions", [0])]
    scores = [sum(one) for one in zip(*seen, strict=True)]
    return scores, scores.index(max(scores))


def count(arrays, bits):
    """The scores of input bits."""
    nets = [0, 1, *bits]
    width = max(arrays["fan_in"], default=0)
    for gate, (k, table) in enumerate(zip(arrays["fan_in"], arrays["tables"], strict=True)):
        pattern = 0
        for operand in arrays["operands"][(gate + 1) * width - k : (gate + 1) * width]:
            pattern = 2 * pattern + nets[operand]
        nets.append(table >> pattern & 1)
    scores, start = [], 0
    for size in arrays["group_sizes"]:
        scores.append(sum(nets[net] for net in arrays["group_nets"][start : start + size]))
        start += size
    return scores


def digest(data):
    """The digest of the graph in a file."""
    length = int.from_bytes(data[12:20], "little")
    header = json.loads(data[20 : 20 + length])
    text = json.dumps(header | {"provenance": {}}, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(data[:12] + len(text).to_bytes(8, "little") + text + data[20 + length : -32]).hexdigest()


def agree(graph, samples):
    header, arrays = read(dumps(graph))
    assert digest(dumps(graph)) == graph.digest
    assert header["class_names"] == list(graph.class_names)
    assert header["feature_names"] == list(graph.encoder.feature_names)
    found = [classify(header, arrays, sample) for sample in samples.tolist()]
    assert [scores for scores, _ in found] == graph.scores(graph.encoder.words(samples)).tolist()
    assert [label for _, label in found] == graph.labels(samples).tolist()


@given(graph=graphs(ring=True), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_the_page_is_enough_for_graphs_of_bits(graph, seed):
    agree(graph, np.random.default_rng(seed).integers(0, 2, (8, graph.encoder.features)))


@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 16))
@settings(max_examples=40)
def test_the_page_is_enough_for_words_and_wide_gates(seed, width):
    rng = np.random.default_rng(seed)
    encoder = random_encoder(rng, 3, width, 4)
    graph = random_graph(rng, layers=2, width=8, fan_in=6, encoder=encoder)
    agree(graph, rng.normal(2 ** (width - 1), 2 ** (width - 1), (8, 3)))


def test_the_page_is_enough_for_what_was_trained(digits):
    graph = digits.load(digits.learned)
    read(digits.network.read_bytes())
    samples = np.random.default_rng(0).integers(0, 17, (20, graph.encoder.features))
    agree(graph, samples)
    header, _ = read(digits.learned.read_bytes())
    assert header["provenance"]["dataset"] == "digits"
    assert header["provenance"].keys() == {"name", "recipe", "dataset", "data_digest", "seed", "accuracy"}
