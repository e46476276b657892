import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.train.wiring import balanced, butterfly, local, pixels, unique


@given(st.integers(0, 2**31), st.integers(1, 30), st.integers(1, 60), st.integers(2, 6), st.integers(1, 4))
@settings(deadline=None)
def test_every_input_is_used_equally_often_and_a_gate_reads_different_ones(seed, inputs, gates, fan_in, candidates):
    wiring = balanced(inputs, gates, fan_in, candidates, torch.Generator().manual_seed(seed))
    assert wiring.shape == (gates, fan_in, candidates)
    places = fan_in * candidates
    counts = torch.bincount(wiring.ravel(), minlength=inputs)
    if places <= inputs:
        assert all(len(set(row)) == places for row in wiring.reshape(gates, places).tolist())
        # A gate across two permutations may have been drawn anew: one input more, another less.
        redrawn = -(-gates * places // inputs)
        assert counts.max() - counts.min() <= 1 + 2 * redrawn
    else:
        assert counts.max() - counts.min() <= 1
        for row in wiring.reshape(gates, places):
            own = torch.bincount(row, minlength=inputs)
            assert own.max() - own.min() <= 2


def test_ordered_gates_are_the_same_gates_in_another_order():
    plain, ordered = (
        balanced(50, 400, 2, 3, torch.Generator().manual_seed(1), ordered=ordered) for ordered in (False, True)
    )
    first = ordered[:, 0, 0]
    assert (first[1:] >= first[:-1]).all()
    assert sorted(plain.tolist()) == sorted(ordered.tolist())


@pytest.mark.parametrize("inputs", [1, 2])
def test_few_inputs_are_enough(inputs):
    assert balanced(inputs, 3, 2, 1, None).max() < inputs


def rows(wiring):
    return [tuple(row) for row in wiring[:, :, 0].tolist()]


@pytest.mark.parametrize("inputs", [4, 7, 12])
def test_unique_pairs_are_neighbours_first_and_then_further_apart(inputs):
    pairs = [(i, i + 1) for i in range(0, inputs - 1, 2)] + [(i, i + 1) for i in range(1, inputs - 1, 2)]
    pairs += [(i, i + distance) for distance in range(2, inputs) for i in range(inputs - distance)]
    for gates in range((inputs + 1) // 2, len(pairs) + 1):
        assert sorted(rows(unique(inputs, gates, 2, None))) == sorted(pairs[:gates])
    assert sorted(rows(unique(inputs, len(pairs) + 2, 2, None))) == sorted(pairs + pairs[:2])


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 60), st.integers(2, 6))
def test_unique_wiring_of_any_size(seed, inputs, gates, fan_in):
    wiring = unique(inputs, gates, fan_in, torch.Generator().manual_seed(seed))
    assert wiring.shape == (gates, fan_in, 1)
    assert wiring.dtype == torch.int64
    assert 0 <= wiring.min() <= wiring.max() < inputs
    assert torch.equal(wiring, unique(inputs, gates, fan_in, torch.Generator().manual_seed(seed)))
    if inputs < fan_in:
        return
    assert all(len(set(row)) == fan_in for row in rows(wiring))
    counts = torch.bincount(wiring.ravel(), minlength=inputs)
    if gates * fan_in <= inputs:
        assert counts.max() == 1
    elif gates >= inputs - fan_in + 1:
        assert counts.min() >= 1


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 90), st.integers(2, 6), st.integers(0, 9))
def test_butterflies_of_any_size_use_every_input_about_equally_often(seed, inputs, gates, fan_in, depth):
    wiring = butterfly(inputs, gates, fan_in, depth, torch.Generator().manual_seed(seed))
    assert wiring.shape == (gates, fan_in, 1)
    assert wiring.dtype == torch.int64
    assert sorted(rows(wiring)) == sorted(rows(butterfly(inputs, gates, fan_in, depth, None, ordered=True)))
    counts = torch.bincount(wiring.ravel(), minlength=inputs)
    turns = gates // inputs
    assert counts.min() >= turns * fan_in
    assert counts.max() <= (turns + (gates % inputs > 0)) * fan_in
    if fan_in <= inputs:
        assert all(len(set(row)) == fan_in for row in rows(wiring))


@pytest.mark.parametrize(("width", "fan_in", "depths"), [(16, 2, 4), (20, 2, 4), (27, 3, 3), (64, 4, 3), (100, 2, 6)])
def test_over_layers_a_gate_of_a_butterfly_depends_on_as_many_inputs_as_it_can(width, fan_in, depths):
    reached = torch.eye(width, dtype=torch.int64)
    for depth in range(depths):
        wiring = butterfly(width, width, fan_in, depth, None, ordered=True)[:, :, 0]
        reached = sum(reached[wiring[:, i]] for i in range(fan_in))
    # Each of fan_in ** depths inputs through one path.
    assert reached.max() == 1
    assert (reached.sum(dim=1) == fan_in**depths).all()


@pytest.mark.parametrize(("inputs", "depth"), [(16, 0), (16, 3), (40, 2), (8, 1)])
def test_half_as_many_gates_of_a_butterfly_tile_its_inputs(inputs, depth):
    wiring = butterfly(inputs, inputs // 2, 2, depth, None)
    assert sorted(wiring.ravel().tolist()) == list(range(inputs))
    assert all((b - a) % inputs == 2**depth for a, b in rows(wiring))


def test_few_gates_of_a_butterfly_are_spread():
    assert rows(butterfly(16, 4, 2, 0, None, ordered=True)) == [(0, 1), (4, 5), (8, 9), (12, 13)]
    assert rows(butterfly(16, 4, 2, 1, None, ordered=True)) == [(0, 2), (4, 6), (8, 10), (12, 14)]


def test_the_places_of_bits_are_those_of_their_pixels():
    feature = np.array([0, 0, 1, 5, 6, 17], np.int32)
    assert pixels(feature, (2, 3, 3)).tolist() == [[0, 0], [0, 0], [0, 0], [0, 1], [0, 2], [1, 2]]
    assert pixels(feature, None) is None


@given(
    st.integers(0, 2**31),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60),
    st.integers(1, 3),
    st.integers(1, 40),
    st.integers(2, 6),
    st.data(),
)
@settings(deadline=None)
def test_a_gate_of_local_wiring_chooses_among_the_inputs_nearest_to_it(seed, places, groups, size, fan_in, data):
    where, gates = torch.tensor(places), groups * size
    reach = data.draw(st.integers(1, 70))
    candidates = data.draw(st.integers(1, min(reach, len(places))))
    wiring, stands = local(where, gates, fan_in, candidates, reach, groups, torch.Generator().manual_seed(seed))
    assert wiring.shape == (gates, fan_in, candidates)
    assert wiring.dtype == torch.int64
    known = set(places)
    for own, stand in zip(wiring, stands.tolist(), strict=True):
        assert tuple(stand) in known
        by_distance = sorted(range(len(places)), key=lambda i: (math.dist(places[i], stand), i))
        assert set(own.ravel().tolist()) <= set(by_distance[:reach])
        assert all(len(set(row)) == candidates for row in own.tolist())
        if fan_in * candidates <= min(reach, len(places)):
            assert len(set(own.ravel().tolist())) == fan_in * candidates
    again, _ = local(where, gates, fan_in, candidates, reach, groups, torch.Generator().manual_seed(seed))
    assert torch.equal(wiring, again)


def test_each_class_of_local_wiring_covers_the_image_along_a_path():
    where = torch.cartesian_prod(torch.arange(12), torch.arange(12))
    _, stands = local(where, 3 * 144, 2, 1, 9, 3, torch.Generator().manual_seed(0))
    for group in stands.reshape(3, 144, 2):
        assert sorted(map(tuple, group.tolist())) == sorted(map(tuple, where.tolist()))
        steps = (group[1:] - group[:-1]).abs().sum(dim=1)
        assert steps.max() <= 4
        assert torch.equal(group, stands[:144])
