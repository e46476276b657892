"""Moved images, pixel by pixel against the definition."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train.moves import Moves
from tests.train.test_samples import images


def pixel(picture, row, column):
    """A pixel at whole numbers; 0 outside."""
    height, width = len(picture), len(picture[0])
    return picture[row][column] if 0 <= row < height and 0 <= column < width else 0


def between(picture, row, column):
    """The four pixels around a place, each with the area of the rectangle opposite to it."""
    top, left = math.floor(row), math.floor(column)
    down, right = row - top, column - left
    return (
        (1 - down) * (1 - right) * pixel(picture, top, left)
        + (1 - down) * right * pixel(picture, top, left + 1)
        + down * (1 - right) * pixel(picture, top + 1, left)
        + down * right * pixel(picture, top + 1, left + 1)
    )


def naive(picture, degrees, factor):
    """One channel, turned clockwise (rows go down) and enlarged about its centre."""
    height, width = len(picture), len(picture[0])
    middle, centre = (height - 1) / 2, (width - 1) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    made = []
    for row in range(height):
        y, line = (row - middle) / factor, []
        for column in range(width):
            x = (column - centre) / factor
            # Turned back by as much, it lies where it came from.
            line.append(between(picture, y * cosine - x * sine + middle, y * sine + x * cosine + centre))
        made.append(line)
    return np.array(made)


def shifted(picture, down, right):
    height, width = picture.shape
    return np.array([[pixel(picture, row - down, c - right) for c in range(width)] for row in range(height)])


@settings(max_examples=60)
@given(
    st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3)),
    st.integers(0, 2),
    st.sampled_from([0.0, 7.5, 45.0, 90.0, 180.0]),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.booleans(),
    st.integers(0, 99),
)
def test_every_way_is_what_the_definition_says(size, shift, rotation, scaling, mirror, seed):
    x = np.random.default_rng(seed).normal(size=(2, math.prod(size)))
    moves = Moves(shift, rotation, scaling, mirror)
    ways = [(0, 1)]
    if rotation:
        ways += [(-rotation, 1), (rotation, 1)]
    if scaling:
        ways += [(0, 1 + scaling), (0, 1 / (1 + scaling))]
    expected, pictures = [], x.reshape(2, *size)
    seen = [pictures, np.array([[row[::-1] for row in one] for one in pictures])] if mirror else [pictures]
    for pictures, (degrees, factor) in itertools.product(seen, ways):
        turned = np.stack([[naive(one[..., c], degrees, factor) for c in range(size[2])] for one in pictures])
        for down in range(-shift, shift + 1):
            for right in range(-shift, shift + 1):
                moved = [[shifted(channel, down, right) for channel in one] for one in turned]
                expected.append(np.moveaxis(np.array(moved), 1, -1).reshape(2, -1))
    found = list(moves.each(x, size))
    assert len(found) == len(expected) == len(moves)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_an_image_that_is_turned_by_a_right_angle_keeps_its_pixels_and_their_type():
    x = np.arange(2 * 25 * 2, dtype=np.uint8).reshape(2, 50)
    _, left, right = Moves(rotation=90.0).each(x, (5, 5, 2))
    pictures = x.reshape(2, 5, 5, 2)
    assert right.dtype == x.dtype
    assert (right.reshape(pictures.shape) == np.rot90(pictures, -1, axes=(1, 2))).all()
    assert (left.reshape(pictures.shape) == np.rot90(pictures, axes=(1, 2))).all()


@pytest.mark.parametrize("kind", ["u1", "i2"])
def test_whole_numbers_are_rounded_to_the_nearest(kind):
    x = np.random.default_rng(0).integers(0, 255, (3, 42)).astype(kind)
    exact = Moves(rotation=11.0, scaling=0.3).each(x.astype(float), (6, 7, 1))
    for whole, real in zip(Moves(rotation=11.0, scaling=0.3).each(x, (6, 7, 1)), exact, strict=True):
        assert whole.dtype == x.dtype
        assert np.abs(whole - real).max() <= 0.5
        assert real.max() <= x.max()


def test_what_is_no_image_cannot_be_moved():
    table = dataclasses.replace(images(2, 2, 1), image=None)
    Moves().check(table)
    for name, value, still in (
        ("shift", 1, "0"),
        ("rotation", 5.0, "0"),
        ("scaling", 0.1, "0"),
        ("mirror", True, "false"),
    ):
        said = rf"{name} is {str(value).lower()}, but pictures holds no images: set it to {still}, or"
        with pytest.raises(GatewrightError, match=said):
            Moves(**{name: value}).check(table)


def test_something_of_an_image_must_be_left():
    wide = images(3, 5, 1)
    Moves(shift=2, rotation=180.0, scaling=1.0, mirror=True).check(wide)
    with pytest.raises(GatewrightError, match="shift is 3, but the images of pictures have 3 x 5 pixels: it must be b"):
        Moves(shift=3).check(wide)
