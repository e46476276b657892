"""Readers of data files. Nothing in a file is executed: no pickle, arrays of plain numbers and text only."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatewright.errors import GatewrightError

Arrays = dict[str, NDArray[Any]]

SPLITS = ("x_train", "y_train", "x_test", "y_test")

_COMPACT = ("r_train", "y_train", "r_test", "y_test", "bits")

_NPZ = {
    "mnist": ("mnist.npz",),
    "fashion-mnist": ("fashion-mnist.npz", "fashion_mnist.npz"),
    "cifar10": ("cifar10.npz", "cifar10_5bit_compact.npz", "cifar10_2bit.npz"),
    "adult": ("adult.npz",),
    "breast-cancer": ("breast-cancer.npz", "breast_cancer_ljubljana.npz"),
    "monks1": ("monks1.npz",),
    "monks2": ("monks2.npz",),
    "monks3": ("monks3.npz",),
}
_IDX = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
_OFFICIAL = {
    "mnist": "the four files train-images-idx3-ubyte.gz ... of yann.lecun.com/exdb/mnist",
    "fashion-mnist": "fashion-mnist/train-images-idx3-ubyte.gz ... of github.com/zalandoresearch/fashion-mnist "
    "(Debian's package dataset-fashion-mnist)",
    "cifar10": "the binary version's data_batch_1.bin ... of www.cs.toronto.edu/~kriz/cifar.html",
}
_DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")


def named(name: str, folder: Path | None) -> Arrays:
    """The four arrays of a data set known by name, from a folder.

    Raises:
        GatewrightError: if it is not there; the sentence says where it was looked for.
    """
    folders = [place for place in (folder, folder / name if folder else None) if place is not None]
    if name == "fashion-mnist":
        folders.append(_DEBIAN_FASHION)
    for place in folders:
        for file in _NPZ[name]:
            if (place / file).is_file():
                return npz(place / file)
        if name in ("mnist", "fashion-mnist") and (found := _idx_files(place, name)):
            return {key: idx(path) for key, path in found.items()}
        if name == "cifar10" and (found_batches := _cifar_batches(place)):
            return found_batches
    looked = ", ".join(map(str, folders)) or "nowhere, since no folder is named"
    official = f" or {_OFFICIAL[name]}" if name in _OFFICIAL else ""
    raise GatewrightError(
        f"The data set {name} was not found (looked in: {looked}): put {_NPZ[name][0]}{official} into a "
        "folder, and name the folder with --data-dir or $GATEWRIGHT_DATA."
    )


def npz(path: Path) -> Arrays:
    """The arrays of a ``.npz`` file: the four of a split data set, or ``x`` and ``y``.

    Raises:
        GatewrightError: if it is absent, damaged, holds objects, or lacks an array.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise GatewrightError(f"{path} does not exist: check the path.") from None
    except OSError as error:
        raise GatewrightError(f"{path} cannot be read ({error}): check the path.") from error
    if data.startswith(np.lib.format.MAGIC_PREFIX):
        raise GatewrightError(f"{path} holds a single array: save x and y with numpy.savez.")
    if not data.startswith(b"PK"):
        raise GatewrightError(f"{path} is no readable .npz file: save x and y with numpy.savez.")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception as error:  # Damaged bytes make zipfile and numpy raise nearly anything.
        raise GatewrightError(f"{path} is no readable .npz file of plain arrays ({error}): save it again.") from error
    if set(_COMPACT) <= set(arrays):
        return compact_images(arrays)
    if not set(SPLITS) <= set(arrays) and not {"x", "y"} <= set(arrays):
        raise GatewrightError(f"{path} holds {sorted(arrays)}: it needs {', '.join(SPLITS)}, or x and y.")
    return arrays


def csv_table(path: Path, target: str | None) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Features, labels as text, and feature names of a CSV file with one header line.

    Raises:
        GatewrightError: if it is absent, is no table of numbers, or ``target`` is no column of it.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            # A quoted cell may run over lines; the number is that of its row's last one.
            lines = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError:
        raise GatewrightError(f"{path} does not exist: check the path.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GatewrightError(f"{path} cannot be read as CSV text ({error}): save it as UTF-8.") from error
    if len(lines) < 2:
        raise GatewrightError(
            f"{path} has {len(lines)} of the lines that it needs: a header and at least two samples are needed."
        )
    header = [name.strip() for name in lines[0][1]]
    if len(set(header)) != len(header) or "" in header:
        twice = next((name for name in header if header.count(name) > 1 or not name), "")
        raise GatewrightError(f"The header of {path} has the name {twice!r} twice or empty: name every column once.")
    if target is None:
        raise GatewrightError(
            f"{path} has the columns {', '.join(header[:8])}: say which holds the class with --target."
        )
    if target not in header:
        near = difflib.get_close_matches(target, header, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"its columns are {', '.join(header[:8])}."
        raise GatewrightError(f"{path} has no column {target!r}: {hint}")
    place = header.index(target)
    names = tuple(name for name in header if name != target)
    if not names:
        raise GatewrightError(f"{path} has no column beside {target!r}: features are needed.")
    rows, labels = [], []
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise GatewrightError(
                f"Line {number} of {path} has {len(row)} cells, but the header {len(header)}: mend the line."
            )
        for name, cell in zip(header, row, strict=True):
            if not cell.strip():
                raise GatewrightError(
                    f"Line {number} of {path} has no value in column {name!r}: fill it in or remove the line."
                )
        labels.append(row[place].strip())
        rows.append(
            [_number(cell, path, number, name) for name, cell in zip(header, row, strict=True) if name != target]
        )
    values = np.array(rows, dtype=np.float64)
    exact = np.abs(values).max() < 2**31 and bool((np.floor(values) == values).all())
    return (values.astype(np.int64) if exact else values), np.array(labels), names


def _number(cell: str, path: Path, line: int, column: str) -> float:
    try:
        value = float("text" if "_" in cell else cell)
    except ValueError:
        raise GatewrightError(
            f"Line {line} of {path} has {cell!r} in column {column!r}: features must be numbers; encode text first."
        ) from None
    if not np.isfinite(value):
        raise GatewrightError(
            f"Line {line} of {path} has {cell} in column {column!r}: fill in a number or remove the line."
        )
    return value


def idx(path: Path) -> NDArray[np.uint8]:
    """An array in the idx format of MNIST, of unsigned bytes, perhaps compressed.

    Raises:
        GatewrightError: if it is damaged or of another type.
    """
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        zeros, kind, dimensions = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{dimensions}I", data, 4)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise GatewrightError(f"{path} is no idx file ({error}): download it again.") from error
    start = 4 + 4 * dimensions
    if zeros or kind != 8 or len(data) - start != int(np.prod(shape, dtype=object)):
        raise GatewrightError(f"{path} is damaged or no idx file of bytes: download it again.")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _idx_files(folder: Path, name: str) -> dict[str, Path] | None:
    """The four idx files of a folder, if all are there.

    Fashion-MNIST bears MNIST's file names, so the name of the folder decides.
    """
    if name == "fashion-mnist" and "fashion" not in folder.name:
        return None
    if name == "mnist" and "fashion" in folder.name:
        return None
    found = {
        key: path for key, stem in _IDX.items() for path in (folder / stem, folder / f"{stem}.gz") if path.is_file()
    }
    return found if len(found) == len(_IDX) else None


def _cifar_batches(folder: Path) -> Arrays | None:
    """CIFAR-10's binary version: records of one label byte and 3072 pixels, channel by channel."""
    for place in (folder, folder / "cifar-10-batches-bin"):
        paths = [*(place / f"data_batch_{i}.bin" for i in range(1, 6)), place / "test_batch.bin"]
        if all(path.is_file() for path in paths):
            batches = [np.frombuffer(path.read_bytes(), np.uint8) for path in paths]
            for path, batch in zip(paths, batches, strict=True):
                if len(batch) % 3073 or not len(batch):
                    raise GatewrightError(f"{path} is damaged ({len(batch)} bytes): download it again.")
            rows = [batch.reshape(-1, 3073) for batch in batches]
            train, test = np.concatenate(rows[:-1]), rows[-1]
            return {
                "x_train": _interleaved(train[:, 1:]),
                "y_train": train[:, 0],
                "x_test": _interleaved(test[:, 1:]),
                "y_test": test[:, 0],
            }
    for place in (folder, folder / "cifar-10-batches-py"):
        if (place / "data_batch_1").is_file():
            raise GatewrightError(
                f"{place} holds CIFAR-10's Python version, whose pickles are never opened: download the binary version."
            )
    return None


def _interleaved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Planes of 32 x 32 pixels as images (samples, 32, 32, 3), the order of all colour images here."""
    return np.ascontiguousarray(pixels.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def compact_images(arrays: Arrays) -> Arrays:
    """RGB images stored as residuals of a median predictor, losslessly.

    ``r_train`` and ``r_test`` are (3, height, width, samples): planes G, R - G and B - G modulo ``2**bits``, the
    last two moved up by half the range, each predicted from the pixels to the left, above, and above left, as in
    JPEG-LS.
    """
    if arrays["bits"].shape != () or arrays["bits"].dtype.kind not in "iu" or not 1 <= int(arrays["bits"]) <= 8:
        raise GatewrightError(f"The compact images have bits = {arrays['bits']}: a whole number 1 to 8 is needed.")
    bits = int(arrays["bits"])
    decoded = {f"x_{part}": _images(arrays[f"r_{part}"], bits) for part in ("train", "test")}
    return decoded | {"y_train": arrays["y_train"], "y_test": arrays["y_test"]}


def _images(residuals: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    if residuals.ndim != 4 or len(residuals) != 3 or residuals.dtype != np.uint8:
        raise GatewrightError(
            f"The compact images have shape {residuals.shape} and type {residuals.dtype}: "
            "(3, height, width, samples) of uint8 is needed."
        )
    top = (1 << bits) - 1
    half = 1 << (bits - 1)
    planes = []
    for plane in residuals:
        pixels = np.zeros(plane.shape, dtype=np.int16)
        for row in range(plane.shape[0]):
            for column in range(plane.shape[1]):
                left = pixels[row, column - 1] if column else None
                above = pixels[row - 1, column] if row else None
                if left is None or above is None:
                    guess = left if above is None else above
                else:
                    corner = pixels[row - 1, column - 1]
                    low, high = np.minimum(left, above), np.maximum(left, above)
                    guess = np.clip(left + above - corner, low, high)
                pixels[row, column] = (plane[row, column] + (0 if guess is None else guess)) & top
        planes.append(pixels)
    green = planes[0]
    red, blue = ((plane + green - half) & top for plane in planes[1:])
    return np.ascontiguousarray(np.stack([red, green, blue]).transpose(3, 1, 2, 0).astype(np.uint8))
