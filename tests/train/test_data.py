import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train import files
from gatewright.train.data import Dataset, load, validation

X = np.arange(24).reshape(12, 2)
Y = np.array([0, 1, 2] * 4)


def saved(tmp_path, **arrays):
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    return str(path)


def test_the_digits_are_always_split_in_the_same_stratified_way():
    first, second = load("digits"), load("digits")
    assert first.digest == second.digest
    assert (first.x_train.shape, first.x_test.shape) == ((1438, 64), (359, 64))
    assert set(np.bincount(first.y_test)) <= {35, 36, 37}
    assert first.x_train.max() == 16


def test_a_single_table_is_split_and_names_its_classes(tmp_path):
    dataset = load(saved(tmp_path, x=X, y=np.array(["b", "a", "c"] * 4)))
    assert dataset.class_names == ("a", "b", "c")
    assert sorted([*dataset.x_train[:, 0], *dataset.x_test[:, 0]]) == X[:, 0].tolist()
    assert set(dataset.y_test) == {0, 1, 2}


def test_labels_with_gaps_keep_their_names_in_numerical_order(tmp_path):
    dataset = load(saved(tmp_path, x=X, y=np.array([10, 2, 7] * 4)))
    assert dataset.class_names == ("2", "7", "10")
    for x, y in zip(dataset.x_train, dataset.y_train, strict=True):
        assert dataset.class_names[y] == ("10", "2", "7")[x[0] // 2 % 3]


def test_a_split_of_its_own_is_kept_and_images_are_flattened(tmp_path):
    images = np.zeros((6, 2, 3), np.uint8)
    dataset = load(saved(tmp_path, x_train=images, y_train=Y[:6], x_test=images[:2], y_test=np.array([1.0, 2.0])))
    assert dataset.x_train.shape == (6, 6)
    assert dataset.y_test.tolist() == [1, 2]
    assert dataset.image == (2, 3, 1)


@pytest.mark.parametrize(
    ("shape", "image"), [((2,), None), ((2, 3), (2, 3, 1)), ((2, 3, 4), (2, 3, 4)), ((2, 3, 4, 5), None)]
)
def test_arrays_of_rows_or_of_pixels_are_images(tmp_path, shape, image):
    x = np.arange(12 * np.prod(shape)).reshape(12, *shape)
    assert load(saved(tmp_path, x=x, y=Y)).image == image
    assert load(saved(tmp_path, x_train=x, y_train=Y, x_test=x, y_test=Y)).image == image


def test_a_table_is_no_image_and_the_digits_are(tmp_path):
    (tmp_path / "data.csv").write_text("a,kind\n" + "1,x\n2,y\n" * 3)
    assert load(str(tmp_path / "data.csv"), target="kind").image is None
    assert load("digits").image == (8, 8, 1)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": X, "y": np.zeros(12)}, "has 1 class in 12 samples: a classifier needs at least two"),
        ({"x": X[:1], "y": Y[:1]}, "has 1 class in 1 samples"),
        ({"x": X[:4], "y": Y[:4]}, "Class '0' of .* has 2 samples: at least 3 are needed"),
        ({"x": X, "y": Y[:5]}, "labels of shape"),
        ({"x": X, "y": Y + 0.5}, "A label of .* is 0.5"),
        ({"x": X.astype(str), "y": Y}, "must be numbers"),
        ({"x": X[:, 0], "y": Y}, "one row of numbers for each sample"),
        ({"x": np.where(X == 4, np.nan, X), "y": Y}, "Row 2 of .* holds nan in feature 'x0'"),
        ({"x": np.where(X == 5, -np.inf, X), "y": Y}, "Row 2 of .* holds -inf in feature 'x1'"),
        ({"x": X, "y": np.array(["a", ""] * 6)}, "A label of .* is empty"),
        ({"x_train": X, "y_train": Y, "x_test": X[:, :1], "y_test": Y}, "2 features in training and 1 in the test"),
        ({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y + 1}, "tests class '3', which no training sample has"),
        ({"x_train": X[:4], "y_train": Y[:4], "x_test": X, "y_test": Y}, "Class '1' of .* has 1 training sample"),
        ({"x": X[:, :0], "y": Y}, "one row of numbers for each sample"),
        ({"x": X, "y": Y + 1j}, "labels must be whole numbers or text"),
        ({"x": X, "y": np.where(Y, Y, np.nan)}, "A label of .* is nan"),
        ({"x": X, "y": Y, "feature_names": np.array(["a", "a"])}, "2 feature_names .* for 2 features"),
        ({"x": X, "y": Y, "feature_names": np.array(["a"])}, "1 feature_names .* for 2 features"),
        ({"x_train": X, "y_train": Y, "x_test": X[:0], "y_test": Y[:0]}, "0 rows in x_test"),
    ],
)
def test_bad_data_is_one_sentence(tmp_path, arrays, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        load(saved(tmp_path, **arrays))


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(GatewrightError, match="did you mean mnist"):
        load("mnits")


def test_an_absent_data_set_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEWRIGHT_DATA", raising=False)
    with pytest.raises(GatewrightError, match=r"mnist was not found \(looked in: nowhere.*--data-dir"):
        load("mnist")
    monkeypatch.setenv("GATEWRIGHT_DATA", str(tmp_path))
    with pytest.raises(GatewrightError, match=str(tmp_path)):
        load("monks2")


@pytest.mark.parametrize("name", ["adult", "mnist", "fashion-mnist", "cifar10", "monks3"])
def test_an_absent_data_set_names_official_files_only_where_they_are_read(tmp_path, monkeypatch, name):
    monkeypatch.setattr(files, "_DEBIAN_FASHION", tmp_path / "debian")
    with pytest.raises(GatewrightError) as caught:
        load(name, data_dir=tmp_path)
    assert (" or " in str(caught.value).replace("or $GATEWRIGHT_DATA", "").replace("--data-dir or", "")) == (
        name not in ("adult", "monks3")
    )


def test_a_target_belongs_to_a_csv_file():
    with pytest.raises(GatewrightError, match="--target kind names a column of a CSV file"):
        load("digits", target="kind")


def test_a_file_names_its_features(tmp_path):
    assert load(saved(tmp_path, x=X, y=Y)).feature_names == ("x0", "x1")
    assert load(saved(tmp_path, x=X, y=Y, feature_names=np.array(["p", "q"]))).feature_names == ("p", "q")


def test_a_split_is_preferred_to_a_table_beside_it(tmp_path):
    dataset = load(saved(tmp_path, x=X, y=Y, x_train=X, y_train=Y, x_test=X[:3], y_test=Y[:3]))
    assert (len(dataset.x_train), len(dataset.x_test)) == (12, 3)


@settings(max_examples=50)
@given(
    st.lists(
        st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.integers()), min_size=2, max_size=8
    )
)
def test_any_text_may_be_a_label(tmp_path_factory, labels):
    names = sorted({str(label).strip() for label in labels} - {""})
    if len(names) < 2:
        return
    path = saved(tmp_path_factory.mktemp("labels"), x=np.arange(4 * len(names))[:, None], y=np.array(names * 4))
    dataset = load(path)
    assert sorted(dataset.class_names) == names
    for x, y in zip(dataset.x_train[:, 0], dataset.y_train, strict=True):
        assert dataset.class_names[y] == names[x % len(names)]
    whole = [int(name) for name in dataset.class_names if name.removeprefix("-").isdecimal()]
    assert whole == sorted(whole)


def test_the_digest_follows_every_array_and_name(tmp_path):
    base = load("digits")
    changed = base.x_test.copy()
    changed[-1, -1] ^= 1
    others = [
        Dataset(base.name, base.x_train, base.y_train, changed, base.y_test, base.feature_names, base.class_names),
        Dataset(
            base.name, base.x_train, base.y_train, base.x_test, base.y_test, base.feature_names, tuple("abcdefghij")
        ),
        load(saved(tmp_path, x=X, y=Y)),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == 4
    assert base.classes == 10
    zeros, y = np.zeros((4, 6), np.uint8), np.arange(4) % 2
    alike = [(zeros, zeros[:2]), (zeros.astype(np.int8), zeros[:2]), (zeros[:2], zeros)]
    digests = {Dataset("d", train, y, test, y, tuple("abcdef"), ("0", "1")).digest for train, test in alike}
    assert len(digests) == 3


def test_digits_that_are_no_numbers_are_text(tmp_path):
    labels = np.array(["\u00b2", "--5", "10", "-3"] * 3)
    assert load(saved(tmp_path, x=X, y=labels)).class_names == ("-3", "10", "--5", "\u00b2")


@given(
    st.lists(st.integers(2, 9), min_size=2, max_size=4),
    st.floats(0.01, 0.99),
    st.integers(0, 2**32 - 1),
)
def test_validation_leaves_every_class_on_both_sides(counts, fraction, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    x = np.zeros((len(y), 1))
    dataset = Dataset("d", x, y, x, y, ("f",), tuple(map(str, range(len(counts)))))
    used, held = validation(dataset, fraction, seed)
    assert sorted([*used, *held]) == list(range(len(y)))
    assert set(y[used]) == set(y[held]) == set(y)
    again = validation(dataset, fraction, seed)
    assert (again[0] == used).all()
    assert (again[1] == held).all()


def test_where_no_class_has_a_sample_to_spare_all_rows_are_on_both_sides():
    x, y = np.zeros((3, 1)), np.arange(3)
    used, held = validation(Dataset("d", x, y, x, y, ("f",), ("a", "b", "c")))
    assert used.tolist() == held.tolist() == [0, 1, 2]


def test_validation_is_stratified_and_leaves_no_class_without_training():
    dataset = load("digits")
    used, held = validation(dataset)
    assert sorted([*used, *held]) == list(range(1438))
    assert set(np.bincount(dataset.y_train[held])) <= {14, 15}
