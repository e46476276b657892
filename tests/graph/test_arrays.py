import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.arrays import frozen


@given(st.lists(st.integers(-(2**31), 2**31 - 1)), st.sampled_from(["list", "<i8", ">i4", "<f8"]))
def test_the_values_stay_and_the_dtype_is_the_wanted_one(values, source):
    array = frozen(values if source == "list" else np.array(values, dtype=source), np.int32, "values")
    assert array.tolist() == values
    assert array.dtype == np.int32
    assert array.flags.c_contiguous
    assert not array.flags.writeable


@pytest.mark.parametrize(
    ("values", "dtype", "said"),
    [
        ([2**31], np.int32, "does not fit int32"),
        ([-1], np.uint8, "does not fit uint8"),
        ([256], np.uint8, "does not fit uint8"),
        ([0.5], np.int32, "does not fit int32"),
        ([np.nan], np.int32, "does not fit int32"),
        ([np.inf], np.int32, "does not fit int32"),
        ([2**64 - 1.0], np.uint64, "does not fit uint64"),
        (np.array([-1], np.int64), np.uint64, "does not fit uint64"),
        (["1"], np.int32, "must hold numbers"),
        ([None], np.int32, "must hold numbers"),
        ([1j], np.float64, "must hold numbers"),
    ],
)
def test_a_value_that_would_change_is_refused(values, dtype, said):
    with pytest.raises(GatewrightError, match=f"The thresholds? holds? .*{said}"):
        frozen(values, dtype, "threshold")


def test_what_is_frozen_already_is_not_copied():
    first = frozen([1, 2], np.int32, "values")
    assert frozen(first, np.int32, "values") is first
    assert frozen(first[:], np.int32, "values").base is first


@pytest.mark.parametrize("view", [lambda array: array, lambda array: array[:], lambda array: array[::-1]])
def test_whoever_can_write_to_the_memory_gets_a_copy_made(view):
    memory = np.array([1, 2, 3], dtype=np.int32)
    shared = view(memory)
    expected = shared.tolist()
    if shared is not memory:
        shared.flags.writeable = False
    array = frozen(shared, np.int32, "values")
    memory[:] = 0
    assert array.tolist() == expected


def test_the_memory_of_another_owner_is_copied():
    memory = bytearray(np.array([1, 2], "<i4").tobytes())
    array = np.frombuffer(memory, "<i4")
    array.flags.writeable = False
    kept = frozen(array, np.int32, "values")
    memory[:] = bytes(8)
    assert kept.tolist() == [1, 2]


@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_an_empty_list_may_have_any_dtype(shape):
    array = frozen(np.zeros(shape, dtype="<f8"), np.int32, "values")
    assert (array.shape, array.dtype) == (shape, np.int32)
