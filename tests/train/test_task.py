"""A margin of images that no bit is of."""

import dataclasses

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.train.recipes.recipe import Recipe
from gatewright.train.task import encoder_of, prepare
from tests.train.test_loop import pictures, toy

RECIPE = Recipe(name="inner", dataset="pictures", layers=(4,), thresholds="uniform", bits=1, margin=2)


def images(height, width, channels):
    """Random ones whose last pixel is always 0."""
    count = height * width * channels
    x = np.random.default_rng(0).integers(0, 256, (30, count)).astype(np.uint8)
    x[:, -1] = 0
    names = tuple(f"x{index}" for index in range(count))
    image = (height, width, channels)
    return dataclasses.replace(
        pictures(), x_train=x, x_test=x, feature_names=names, image=image, y_train=np.arange(30) % 2
    )


@pytest.mark.parametrize(("height", "width", "channels", "bits"), [(5, 7, 1, 1), (9, 6, 3, 2), (5, 5, 1, 1)])
def test_a_margin_is_not_read(height, width, channels, bits):
    recipe, dataset = dataclasses.replace(RECIPE, bits=bits), images(height, width, channels)
    every = np.arange(height * width * channels).reshape(height, width, channels)
    encoder = encoder_of(recipe, dataset)
    assert encoder.features == dataset.x_train.shape[1]
    assert encoder.feature.tolist() == np.repeat(every[2:-2, 2:-2].ravel(), bits).tolist()
    whole = encoder_of(dataclasses.replace(recipe, margin=0), dataset)
    assert sorted(set(whole.feature.tolist())) == every.ravel()[:-1].tolist()
    task = prepare(recipe, dataset)
    assert task.encoder.feature.tolist() == encoder.feature.tolist()
    assert (len(task.places), task.fit.inputs) == (encoder.inputs, encoder.inputs)


def test_a_margin_that_leaves_nothing_is_refused():
    with pytest.raises(GatewrightError, match="margin is 2, but toy holds no images: set it to 0, or save images"):
        encoder_of(RECIPE, toy())
    with pytest.raises(GatewrightError, match=r"margin is 2, but the images of .* 9 x 4 pixels: it must be below 2"):
        encoder_of(RECIPE, images(9, 4, 1))
    dark = images(6, 6, 1)
    dark.x_train.reshape(-1, 6, 6)[:, 2:4, 2:4] = 7
    with pytest.raises(GatewrightError, match="Every feature is constant"):
        encoder_of(RECIPE, dark)
