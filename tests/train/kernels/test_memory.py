"""Arrays come back only when nobody holds them."""

import copy

import numpy as np
import pytest
import torch

from gatewright.train.kernels.memory import Memory


def address(array):
    return array.__array_interface__["data"][0]


def test_a_dropped_array_comes_back():
    memory = Memory()
    first = memory.empty((3, 4), np.float32)
    place = address(first)
    del first
    assert address(memory.empty((3, 4), np.float32)) == place


@pytest.mark.parametrize(
    "hold",
    [
        lambda array: array,
        lambda array: array.reshape(-1),
        lambda array: array[1:, ::2],
        torch.from_numpy,
        lambda array: torch.from_numpy(array.reshape(-1))[2:],
    ],
)
def test_a_held_array_stays(hold):
    memory = Memory()
    held = hold(memory.zeros((3, 4), np.float32))
    other = memory.empty((3, 4), np.float32)
    other.fill(7)
    assert float(held.sum()) == 0
    place = address(other)
    del held, other
    again = [memory.empty((3, 4), np.float32) for _ in range(2)]
    assert place in map(address, again)
    assert address(again[0]) != address(again[1])


def test_shapes_and_types_are_kept_apart():
    memory = Memory()
    assert memory.empty((2, 6), np.float32).shape == (2, 6)
    assert memory.empty((3, 4), np.float32).shape == (3, 4)
    assert memory.empty((3, 4), np.uint64).dtype == np.uint64


def test_zeros_are_zeros_again():
    memory = Memory()
    memory.zeros((5,), np.float32).fill(3)
    assert not memory.zeros((5,), np.float32).any()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_empty(copied):
    memory = Memory()
    place = address(memory.empty((1000,), np.float32))
    assert address(copied(memory).empty((1000,), np.float32)) != place
