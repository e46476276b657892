import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train import files
from gatewright.train.data import load


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_csv_file(tmp_path):
    x, y, names = files.csv_table(table(tmp_path, "\ufeffa,kind,b\n1,yes,2\n\n3,no,4.5\n"), "kind")
    assert (x.tolist(), y.tolist(), names) == ([[1, 2], [3, 4.5]], ["yes", "no"], ("a", "b"))
    assert files.csv_table(table(tmp_path, "a,k\n1,0\n2,1\n"), "k")[0].dtype.kind == "i"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "of the lines that it needs"),
        ("a,k\n", "of the lines that it needs"),
        ("a,k\n1,x\n,y\n", "Line 3 of .* has no value in column 'a'"),
        ("a,k\n1,x\n2\n", "Line 3 of .* has 1 cells, but the header 2"),
        ("a,k\n1,x\nred,y\n", "Line 3 of .* has 'red' in column 'a'"),
        ("a,k\n1,x\nnan,y\n", "Line 3 of .* has nan in column 'a'"),
        ("a,a,k\n1,2,x\n", "has the name 'a' twice or empty"),
        ("a,,k\n1,2,x\n", "has the name '' twice or empty"),
        ('a,k\n1,"x\ny"\n,z\n', "Line 4 of .* has no value in column 'a'"),
        ("a,k\n1_0,x\n", "Line 2 of .* has '1_0' in column 'a'"),
        ("a,kk\n1,2\n", "no column 'k': did you mean 'kk'"),
        ("k\n1\n", "no column beside 'k'"),
    ],
)
def test_a_bad_csv_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        files.csv_table(table(tmp_path, text), "k")


def test_numbers_beyond_integers_stay_real(tmp_path):
    x, _, _ = files.csv_table(table(tmp_path, "a,k\n1e300,0\n2,1\n"), "k")
    assert x.tolist() == [[1e300], [2]]


def test_a_csv_needs_a_target_and_text(tmp_path):
    with pytest.raises(GatewrightError, match="--target"):
        files.csv_table(table(tmp_path, "a,b\n1,2\n"), None)
    with pytest.raises(GatewrightError, match="save it as UTF-8"):
        files.csv_table(table(tmp_path, "a,k\n1,\u00e4\n", "latin-1"), "k")
    with pytest.raises(GatewrightError, match="does not exist"):
        files.csv_table(tmp_path / "absent.csv", "k")


def test_pickles_and_damaged_archives_are_refused(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.array([{"a": 1}], dtype=object), y=np.zeros(1))
    with pytest.raises(GatewrightError, match="plain arrays"):
        files.npz(path)
    np.savez(path, x=np.zeros((5, 2)), y=np.zeros(5))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(GatewrightError, match=r"no readable \.npz"):
        files.npz(path)
    np.savez(path, z=np.zeros(1))
    with pytest.raises(GatewrightError, match=r"holds \['z'\]"):
        files.npz(path)


def test_one_array_alone_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((5, 2)))
    (tmp_path / "x.npz").write_bytes((tmp_path / "x.npy").read_bytes())
    with pytest.raises(GatewrightError, match="holds a single array"):
        files.npz(tmp_path / "x.npz")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_archive_never_escapes_as_another_error(tmp_path, save):
    path = tmp_path / "x.npz"
    save(path, x=np.arange(24).reshape(12, 2), y=np.arange(12) % 3)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(damaged[: rng.integers(len(whole) // 2, 2 * len(whole))])
        try:
            load(str(path))
        except GatewrightError:
            refused += 1
    assert refused > 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bits": np.array(0)}, "bits = 0"),
        ({"bits": np.array(9)}, "bits = 9"),
        ({"bits": np.array([2, 2])}, "bits = "),
        ({"r_test": np.zeros((2, 2, 2, 4), np.uint8)}, "shape"),
        ({"r_test": np.zeros((3, 2, 2, 4), np.int64)}, "type int64"),
    ],
)
def test_damaged_compact_images(tmp_path, change, sentence):
    residuals = np.zeros((3, 2, 2, 4), np.uint8)
    arrays = {"r_train": residuals, "r_test": residuals, "y_train": np.arange(4) % 2, "y_test": np.arange(4) % 2}
    path = tmp_path / "x.npz"
    np.savez(path, **(arrays | {"bits": np.array(2)} | change))
    with pytest.raises(GatewrightError, match=sentence):
        load(str(path))
    np.savez(path, r_train=residuals, bits=np.array(2))
    with pytest.raises(GatewrightError, match=r"holds \['bits', 'r_train'\]"):
        load(str(path))


@given(st.binary(max_size=300))
def test_garbage_is_no_npz(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    path.write_bytes(data)
    with pytest.raises(GatewrightError):
        files.npz(path)


def idx_bytes(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_official_files_of_mnist(tmp_path, pack):
    images, labels = np.arange(90, dtype=np.uint8).reshape(10, 3, 3), np.arange(10, dtype=np.uint8) % 2
    end = ".gz" if pack is gzip.compress else ""
    for part in ("train", "t10k"):
        (tmp_path / f"{part}-images-idx3-ubyte{end}").write_bytes(pack(idx_bytes(images)))
        (tmp_path / f"{part}-labels-idx1-ubyte{end}").write_bytes(pack(idx_bytes(labels)))
    dataset = load("mnist", data_dir=tmp_path)
    assert dataset.x_train.tolist() == images.reshape(10, 9).tolist()
    assert dataset.y_test.tolist() == labels.tolist()
    path = tmp_path / f"train-images-idx3-ubyte{end}"
    path.write_bytes(pack(idx_bytes(images)[:-1]))
    with pytest.raises(GatewrightError, match="damaged"):
        load("mnist", data_dir=tmp_path)


def test_the_binary_version_of_cifar10(tmp_path):
    rng = np.random.default_rng(0)
    batches = rng.integers(0, 256, (6, 4, 3073)).astype(np.uint8)
    batches[:, :, 0] %= 2
    names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    for name, batch in zip(names, batches, strict=True):
        (tmp_path / name).write_bytes(batch.tobytes())
    arrays = files.named("cifar10", tmp_path)
    assert arrays["x_train"].shape == (20, 32, 32, 3)
    assert arrays["y_train"].tolist() == batches[:5, :, 0].ravel().tolist()
    # A record holds the label, then 1024 red, 1024 green and 1024 blue pixels, row by row.
    assert arrays["x_train"][6, 3, 5, 2] == batches[1, 2, 1 + 2048 + 3 * 32 + 5]
    assert arrays["x_test"][1, 31, 0, 0] == batches[5, 1, 1 + 31 * 32]
    assert load("cifar10", data_dir=tmp_path).x_test.shape == (4, 3072)
    (tmp_path / "test_batch.bin").write_bytes(batches[5].tobytes()[:-1])
    with pytest.raises(GatewrightError, match="damaged"):
        files.named("cifar10", tmp_path)


def test_the_pickles_of_cifar10_are_not_opened(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    (tmp_path / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(GatewrightError, match="never opened"):
        files.named("cifar10", tmp_path)


def test_fashion_mnist_is_told_from_mnist_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_DEBIAN_FASHION", tmp_path / "debian-fashion")
    for folder, shade in (("mnist", 1), ("debian-fashion", 2), ("fashion-mnist", 3)):
        (tmp_path / folder).mkdir()
        for part in ("train", "t10k"):
            images = np.full((4, 2, 2), shade, np.uint8)
            (tmp_path / folder / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(images))
            (tmp_path / folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(4, dtype=np.uint8) % 2))
    assert load("mnist", data_dir=tmp_path).x_train.max() == 1
    assert load("fashion-mnist", data_dir=tmp_path).x_train.max() == 3
    monkeypatch.delenv("GATEWRIGHT_DATA", raising=False)
    assert load("fashion-mnist").x_train.max() == 2
    assert load("fashion-mnist", data_dir=tmp_path / "mnist").x_train.max() == 2


@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_compact_images_come_back(seed, bits):
    images = np.random.default_rng(seed).integers(0, 2**bits, (2, 4, 5, 3)).astype(int)
    red, green, blue = images.transpose(3, 1, 2, 0)
    half, top = 1 << (bits - 1), (1 << bits) - 1
    residuals = np.zeros((3, 4, 5, 2), np.uint8)
    for number, plane in enumerate((green, (red - green + half) & top, (blue - green + half) & top)):
        for i in range(4):
            for j in range(5):
                for n in range(2):
                    a = plane[i, j - 1, n] if j else None
                    b = plane[i - 1, j, n] if i else None
                    if a is None or b is None:
                        guess = 0 if a is None and b is None else b if a is None else a
                    else:
                        c = plane[i - 1, j - 1, n]
                        guess = min(a, b) if c >= max(a, b) else max(a, b) if c <= min(a, b) else a + b - c
                    residuals[number, i, j, n] = (plane[i, j, n] - guess) & top
    arrays = {"r_train": residuals, "r_test": residuals, "bits": np.array(bits), "y_train": 0, "y_test": 0}
    assert files.compact_images(arrays)["x_train"].tolist() == images.tolist()


def test_fashion_mnist_is_found_where_debian_puts_it():
    """The folder of the files that Debian's package dataset-fashion-mnist lists."""
    assert files._DEBIAN_FASHION.as_posix() == "/usr/share/datasets/fashion-mnist"
    assert "fashion" in files._DEBIAN_FASHION.name
