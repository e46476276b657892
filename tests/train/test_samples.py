"""What a step draws: the rows of the training split, and, of images, each moved in a way of its own."""

import dataclasses

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.encoder import Thermometer
from gatewright.train.data import Dataset
from gatewright.train.moves import Moves
from gatewright.train.samples import Samples


def images(height, width, channels, samples=5, seed=0, dtype=np.uint8):
    x = np.random.default_rng(seed).integers(0, 8, (samples, height * width * channels)).astype(dtype)
    y = np.arange(samples) % 2
    names = tuple(f"p{i}" for i in range(x.shape[1]))
    return Dataset("pictures", x, y, x[:2], y[:2], names, ("0", "1"), (height, width, channels))


def encoder_of(dataset, seed):
    """Two bits for some pixels, each with thresholds and an offset of its own."""
    rng = np.random.default_rng(seed)
    features = len(dataset.feature_names)
    used = np.sort(rng.permutation(features)[: max(1, features // 2)])
    low = rng.integers(0, 3, len(used))
    thresholds = np.stack([low, low + rng.integers(1, 4, len(used))], axis=1)
    offset, scale = rng.integers(-2, 2, features) / 2, rng.integers(1, 4, features) / 2
    return Thermometer(dataset.feature_names, 3, offset, scale, np.repeat(used, 2), thresholds.ravel())


def bits_of(samples):
    return np.unpackbits(samples.packed, axis=2, count=samples.inputs, bitorder="little")


@settings(max_examples=40)
@given(
    st.tuples(st.integers(3, 5), st.integers(3, 5), st.integers(1, 3)),
    st.builds(Moves, st.integers(0, 2), st.sampled_from([0.0, 20.0]), st.sampled_from([0.0, 0.2])),
    st.integers(0, 99),
    st.sampled_from(["u1", "i8", "f8"]),
)
def test_every_way_is_the_moved_image_encoded(size, moves, seed, dtype):
    dataset = images(*size, seed=seed, dtype=np.dtype(dtype))
    encoder, rows = encoder_of(dataset, seed), np.array([4, 1, 2])
    samples = Samples.of(dataset, encoder, rows, moves)
    assert (len(samples), samples.inputs) == (3, encoder.inputs)
    assert samples.labels.tolist() == dataset.y_train[rows].tolist()
    for bits, moved in zip(bits_of(samples), moves.each(dataset.x_train[rows], size), strict=True):
        assert bits.tolist() == encoder(moved).astype(int).tolist()


def test_many_samples_are_encoded_as_few_are():
    dataset = images(3, 3, 1, samples=600)
    encoder = encoder_of(dataset, 0)
    whole = Samples.of(dataset, encoder, np.arange(600), Moves(1, 15.0))
    for rows in (np.arange(7), np.arange(255, 258), np.arange(590, 600)):
        assert (Samples.of(dataset, encoder, rows, Moves(1, 15.0)).packed == whole.packed[:, rows]).all()


@settings(max_examples=20)
@given(st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_a_draw_takes_rows_with_their_labels_and_ways_that_the_generator_decides(shift, seed):
    dataset = images(4, 5, 1, samples=9)
    # Every sample is known by its label, so that bits and labels can be told to belong together.
    dataset = dataclasses.replace(dataset, y_train=np.arange(9), class_names=tuple("abcdefghi"))
    samples = Samples.of(dataset, encoder_of(dataset, 1), np.arange(9), Moves(shift, 10.0))
    bits, labels = samples.draw(50, torch.Generator().manual_seed(seed))
    again = samples.draw(50, torch.Generator().manual_seed(seed))
    assert (bits.dtype, labels.dtype) == (torch.uint8, torch.int64)
    assert torch.equal(bits, again[0])
    assert torch.equal(labels, again[1])
    ways = bits_of(samples)
    for row, label in zip(bits.numpy(), labels.tolist(), strict=True):
        assert (ways[:, label] == row).all(axis=1).any()


def test_a_draw_takes_every_sample_and_every_way_about_equally_often():
    dataset = images(6, 6, 1, samples=4)
    encoder = Thermometer(dataset.feature_names, 3, np.zeros(36), np.ones(36), np.arange(36), np.full(36, 3))
    samples = Samples.of(dataset, encoder, np.arange(4), Moves(1))
    ways = {bits.tobytes(): index for index, bits in enumerate(bits_of(samples).reshape(36, -1))}
    assert len(ways) == 36
    drawn = samples.draw(18000, torch.Generator().manual_seed(0))[0].numpy()
    counts = np.bincount([ways[bits.tobytes()] for bits in drawn], minlength=36)
    # Each of 36 comes 500 times, with a standard deviation of 22.
    assert 400 < counts.min() <= counts.max() < 600


def test_without_moves_a_draw_costs_the_generator_the_rows_alone():
    dataset = images(2, 2, 1)
    samples = Samples.of(dataset, encoder_of(dataset, 0), np.arange(5))
    first, second = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    _, labels = samples.draw(8, first)
    assert torch.equal(labels, samples.labels[torch.randint(5, (8,), generator=second)])
    assert torch.equal(first.get_state(), second.get_state())
