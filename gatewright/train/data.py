"""Data sets: a frozen value with two splits, named or read from a user's own file."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

from . import files
from .files import Arrays

NAMED = ("digits", "mnist", "fashion-mnist", "cifar10", "adult", "breast-cancer", "monks1", "monks2", "monks3")
"""The data sets that `load` knows by name."""

TEST_SHARE = 0.2
"""The part of a single table that is kept for the test."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features and classes in two splits.

    Attributes:
        name: of the data set, or path of the file.
        x_train, x_test: (samples, features) integers or float64, finite.
        y_train, y_test: (samples,) int64, class indices.
        feature_names: one for each feature.
        class_names: one for each class.
        image: height, width and channels, if the features are the pixels of an image, row by row.
    """

    name: str
    x_train: NDArray[np.generic]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.generic]
    y_test: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    image: tuple[int, int, int] | None = None

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex of the arrays and names."""
        state = hashlib.sha256(repr((self.feature_names, self.class_names)).encode())
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            state.update(f"{array.dtype.str}{array.shape}".encode())
            state.update(np.ascontiguousarray(array).data)
        return state.hexdigest()


def load(source: str, *, target: str | None = None, data_dir: Path | None = None) -> Dataset:
    """Read a data set.

    Args:
        source: a name in `NAMED`, or the path of a ``.npz`` or ``.csv`` file.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie; ``$GATEWRIGHT_DATA`` otherwise.

    Raises:
        GatewrightError: if it is absent, damaged, or not fit to train a classifier on.
    """
    suffix = Path(source).suffix.lower()
    if target is not None and suffix != ".csv":
        raise GatewrightError(
            f"--target {target} names a column of a CSV file, but the data is {source}: leave it out."
        )
    if source == "digits":
        return replace(_from_table(source, *_digits()), image=(8, 8, 1))
    if source in NAMED:
        folder = data_dir or (Path(os.environ["GATEWRIGHT_DATA"]) if "GATEWRIGHT_DATA" in os.environ else None)
        return _dataset(source, files.named(source, folder))
    if suffix == ".csv":
        x, y, names = files.csv_table(Path(source), target)
        return _from_table(source, x, y, names)
    if suffix == ".npz":
        arrays = files.npz(Path(source))
        if not set(files.SPLITS) <= set(arrays):
            return replace(_from_table(source, *_table(source, arrays)), image=_image(arrays["x"]))
        return _dataset(source, arrays)
    near = difflib.get_close_matches(source.lower(), NAMED, 1)
    hint = f"did you mean {near[0]}?" if near else f"pass one of {', '.join(NAMED)}, or a .npz or .csv file."
    raise GatewrightError(f"There is no data set {source!r}: {hint}")


def no_images(what: str, name: str, remedy: str) -> GatewrightError:
    """The error that a recipe asks for ``what`` of data, called ``name``, that are no images."""
    return GatewrightError(
        f"The recipe's {what}, but {name} holds no images: {remedy}, or save images in a .npz file as (samples, "
        "height, width) or (samples, height, width, channels)."
    )


def validation(dataset: Dataset, fraction: float = 0.1, seed: int = 0) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cut the training split in two, stratified: rows to fit on, and rows held out to choose the checkpoint.

    Every class has at least one sample on both sides, however small ``fraction`` is; a class with a single
    training sample, which `load` refuses, is fitted on. Where no class has a sample to spare, all rows are on both.
    """
    rng = np.random.default_rng(seed)
    held = []
    for index in range(len(dataset.class_names)):
        rows = rng.permutation(np.flatnonzero(dataset.y_train == index))
        held.append(rows[: min(max(1, round(fraction * len(rows))), len(rows) - 1)])
    held_out, rows = np.sort(np.concatenate(held)), np.arange(len(dataset.y_train))
    return (np.setdiff1d(rows, held_out), held_out) if len(held_out) else (rows, rows)


def _digits() -> tuple[NDArray[np.generic], NDArray[np.generic], tuple[str, ...]]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return x.astype(np.uint8), y, tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8))


def _table(source: str, arrays: Arrays) -> tuple[NDArray[np.generic], NDArray[np.generic], tuple[str, ...]]:
    x, y = arrays["x"], arrays["y"]
    flat = _features(source, x)
    if y.shape != (len(x),):
        raise GatewrightError(
            f"{source} has {len(x)} rows of features, but labels of shape {y.shape}: one each is needed."
        )
    return flat, y, _feature_names(source, arrays, flat.shape[1])


def _from_table(source: str, x: NDArray[np.generic], y: NDArray[np.generic], names: tuple[str, ...]) -> Dataset:
    """Split a single table, stratified and always in the same way."""
    classes, index = _classes(source, y)
    rng = np.random.default_rng(0)
    test = []
    for number, name in enumerate(classes):
        rows = rng.permutation(np.flatnonzero(index == number))
        if len(rows) < 3:
            raise GatewrightError(
                f"Class {name!r} of {source} has {len(rows)} sample{'' if len(rows) == 1 else 's'}: "
                "at least 3 are needed to train, validate and test."
            )
        test.append(rows[: max(1, round(TEST_SHARE * len(rows)))])
    held = np.zeros(len(y), dtype=bool)
    held[np.concatenate(test)] = True
    _finite(source, x, names)
    return Dataset(source, x[~held], index[~held], x[held], index[held], names, classes)


def _dataset(source: str, arrays: Arrays) -> Dataset:
    """Check the four arrays of a data set that brings its own split."""
    x_train, x_test = _features(source, arrays["x_train"]), _features(source, arrays["x_test"])
    if x_train.shape[1] != x_test.shape[1]:
        raise GatewrightError(
            f"{source} has {x_train.shape[1]} features in training and {x_test.shape[1]} in the test: they must agree."
        )
    names = _feature_names(source, arrays, x_train.shape[1])
    for part, x, y in (("train", x_train, arrays["y_train"]), ("test", x_test, arrays["y_test"])):
        if y.shape != (len(x),) or not len(x):
            raise GatewrightError(
                f"{source} has {len(x)} rows in x_{part}, but y_{part} of shape {y.shape}: one each is needed."
            )
        _finite(source, x, names)
    classes, y_train = _classes(source, arrays["y_train"])
    known = {name: number for number, name in enumerate(classes)}
    counts = np.bincount(y_train)
    if counts.min() < 2:
        raise GatewrightError(
            f"Class {classes[int(counts.argmin())]!r} of {source} has 1 training sample: "
            "at least 2 are needed, to train and to validate."
        )
    unseen = sorted({_class_name(source, value) for value in arrays["y_test"].tolist()} - set(classes))
    if unseen:
        raise GatewrightError(
            f"{source} tests class {unseen[0]!r}, which no training sample has: remove it or add some."
        )
    y_test = np.array([known[_class_name(source, value)] for value in arrays["y_test"].tolist()], dtype=np.int64)
    return Dataset(source, x_train, y_train, x_test, y_test, names, classes, _image(arrays["x_train"]))


def _image(x: NDArray[np.generic]) -> tuple[int, int, int] | None:
    """Height, width and channels of (samples, height, width) or (samples, height, width, channels)."""
    if x.ndim not in (3, 4):
        return None
    height, width, channels = (*x.shape[1:], 1)[:3]
    return height, width, channels


def _features(source: str, x: NDArray[np.generic]) -> NDArray[np.generic]:
    """Numbers with one row a sample; images are flattened."""
    if x.dtype.kind not in "biuf":
        raise GatewrightError(f"The features of {source} are {x.dtype} values: they must be numbers.")
    if x.ndim < 2 or 0 in x.shape[1:]:
        raise GatewrightError(
            f"The features of {source} have shape {x.shape}: one row of numbers for each sample is needed."
        )
    flat = x.reshape(len(x), int(np.prod(x.shape[1:])))
    return flat.astype(np.uint8) if flat.dtype.kind == "b" else flat


def _finite(source: str, x: NDArray[np.generic], names: tuple[str, ...]) -> None:
    if x.dtype.kind != "f":
        return
    bad = ~np.isfinite(x)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise GatewrightError(
            f"Row {row} of {source} holds {x[row, column]} in feature {names[column]!r}: "
            "remove the row or fill in a number."
        )


def _classes(source: str, y: NDArray[np.generic]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The class names, numbers in numerical order, and the index of each label; gaps between numbers are closed."""
    names = [_class_name(source, value) for value in y.tolist()]
    distinct = sorted(set(names), key=_order)
    if len(distinct) < 2:
        raise GatewrightError(
            f"{source} has {len(distinct)} class{'' if len(distinct) == 1 else 'es'} in {len(names)} samples: "
            "a classifier needs at least two."
        )
    number = {name: index for index, name in enumerate(distinct)}
    return tuple(distinct), np.array([number[name] for name in names], dtype=np.int64)


def _order(name: str) -> tuple[bool, int, str]:
    """Whole numbers first, in numerical order, then text."""
    number = name.removeprefix("-").isdecimal()
    return not number, int(name) if number else 0, name


def _class_name(source: str, value: object) -> str:
    if isinstance(value, float):
        if not value.is_integer():
            raise GatewrightError(f"A label of {source} is {value}: labels must be whole numbers or text.")
        return str(int(value))
    if not isinstance(value, str | int | bytes):
        raise GatewrightError(f"A label of {source} is {value!r}: labels must be whole numbers or text.")
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    name = text.strip() if isinstance(text, str) else str(int(text))
    if not name:
        raise GatewrightError(f"A label of {source} is empty: fill it in or remove the row.")
    return name


def _feature_names(source: str, arrays: Arrays, count: int) -> tuple[str, ...]:
    """The names that a file brings in an array ``feature_names``, or numbered ones."""
    if "feature_names" not in arrays:
        return tuple(f"x{i}" for i in range(count))
    given = arrays["feature_names"]
    names = tuple(str(name) for name in given.ravel().tolist())
    if given.dtype.kind != "U" or len(names) != count or len(set(names)) != count or "" in names:
        raise GatewrightError(
            f"{source} has {len(names)} feature_names of type {given.dtype} for {count} features: "
            "give every feature a text of its own, or leave the array out."
        )
    return names
