import base64
import io
import re

import numpy as np
import pytest
from matplotlib.image import imread

from gatewright.report import image
from tests.report.runs import pixels


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        (pixels(8, 8), (8, 8, 1)),
        (pixels(3, 5), (3, 5, 1)),
        ([f"x{i}" for i in range(784)], (28, 28, 1)),
        ([str(i) for i in range(400)], (20, 20, 1)),
        ([f"x{i}" for i in range(3072)], (32, 32, 3)),
        (pixels(8, 8)[::-1], None),
        (pixels(8, 8)[:-1], None),
        ([f"x{i}" for i in range(36)], None),
        ([f"x{i}" for i in range(50)], None),
        (["sepal length", "sepal width", "petal length", "petal width"], None),
        ([f"column {chr(97 + i)}" for i in range(64)], None),
        ([f"x{i}" for i in range(1, 785)], None),
    ],
)
def test_features_are_pixels_by_their_names(names, shape):
    assert image.shape(names) == shape


def pixels_of(markup):
    return imread(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]*)", markup)[1])))


def test_an_image_keeps_its_values():
    values = np.random.default_rng(0).random((5, 7))
    shown = pixels_of(image.grey(values, "<five> rows"))
    np.testing.assert_allclose(shown[:, :, 0], values, atol=1 / 255)
    np.testing.assert_allclose(pixels_of(image.heat(values, ""))[:, :, 3], values, atol=1 / 255)
    colour = np.random.default_rng(0).random((5, 7, 3))
    np.testing.assert_allclose(pixels_of(image.grey(colour, ""))[:, :, :3], colour, atol=1 / 255)
    assert 'alt="&lt;five&gt; rows"' in image.grey(values, "<five> rows")
