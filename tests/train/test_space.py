"""What a fit tries: recipes from numbers, and widths that keep to a limit."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train.space import LANES, Space, bits_to_try
from tests.train.test_loop import pictures, toy

KEPT = {"depth": 1, "candidates": 4, "bits": 2, "group_tau": 0.5, "fill": 1.0}
SPACE = Space(toy(), 4, (1, 2), 3)


def plain(graph, lanes):
    """A gate takes a cell, and a bit that is counted another two, or half of one and some fixed ones in turns."""
    counted = sum(map(len, graph.groups))
    return 100 + graph.gates + (2 * counted if not lanes else 0.5 * counted + 150)


def test_numbers_become_a_recipe():
    recipe = SPACE.recipe(KEPT | {"depth": 2, "head": 0.25}, 36, 80)
    assert recipe.layers == (72, 18)
    assert recipe.candidates == (4, 4)
    assert (recipe.fan_in, recipe.bits, recipe.seed, recipe.steps, recipe.evaluate_every) == (4, 2, 3, 80, 10)
    assert recipe.group_tau == pytest.approx(0.5 * math.sqrt(9))
    assert recipe.thresholds == "quantile"
    assert dataclasses.replace(SPACE, dataset=pictures()).recipe(KEPT, 5).thresholds == "uniform"
    assert SPACE.recipe(KEPT | {"depth": 2, "head": 0.25}, 1).layers == (2, 2)


def test_images_large_enough_are_read_from_near_pixels():
    large = np.zeros((4, 20 * 20), np.uint8)
    image = dataclasses.replace(
        pictures(), x_train=large, x_test=large, feature_names=tuple(f"x{i}" for i in range(400)), image=(20, 20, 1)
    )
    space = Space(image, 4, (1, 2), 3)
    recipe = space.recipe(KEPT | {"candidates": 32, "bits": 2}, 5)
    assert (recipe.wiring, recipe.reach) == ("local", 200)
    # A gate would not find as many different candidates among the nearest.
    assert space.recipe(KEPT | {"candidates": 32, "bits": 1}, 5).wiring == "random"
    table = dataclasses.replace(space, dataset=dataclasses.replace(image, image=None))
    assert table.recipe(KEPT | {"candidates": 32, "bits": 2}, 5).wiring == "random"


def large():
    """A space of images that are looked at from several positions; most of their pixels are always 0."""
    seen = np.zeros((4, 20 * 20), np.uint8)
    seen[:, 205:210] = np.random.default_rng(0).integers(0, 2, (4, 5))
    names = tuple(f"x{i}" for i in range(400))
    image = dataclasses.replace(pictures(), x_train=seen, x_test=seen, feature_names=names, image=(20, 20, 1))
    return Space(image, 4, (1,), 3)


def test_large_images_are_looked_at_from_several_positions():
    space, kept = large(), KEPT | {"bits": 1, "positions": 3}
    assert [first.get("positions") for first in SPACE.first()] == [None] * 4
    assert sorted(first["positions"] for first in space.first()) == [1, 1, 1, 1, 3]
    recipe = space.recipe(kept, 4)
    assert (recipe.positions, recipe.stride) == (3, 2)
    # As many votes are as far from each other as one position's are, times the square root of their number.
    assert recipe.group_tau == pytest.approx(3 * space.recipe(KEPT | {"bits": 1}, 4).group_tau)
    graph = space.untrained(kept, 4)
    assert graph.positions == (0, 2, 4, 20, 22, 24, 40, 42, 44)
    assert graph.inputs == 10 * 10
    assert space.untrained(kept | {"positions": 1}, 4).inputs == len(
        np.unique(space.encoder(KEPT | {"bits": 1}).feature)
    )
    # They are counted one after the other, however small the network is.
    assert space.sized(kept, plain, 400, 10).lanes == 64
    assert space.sized(kept | {"positions": 1}, plain, 400, 10).lanes == 0


def test_frames_that_say_nothing_are_left_out_from_several_positions():
    space = large()
    assert space.margin == 5
    assert space.recipe(KEPT | {"bits": 1, "positions": 3}, 4).margin == 5
    assert space.recipe(KEPT | {"bits": 1, "positions": 1}, 4).margin == 0
    assert (SPACE.margin, dataclasses.replace(SPACE, dataset=pictures()).margin) == (0, 0)
    # A row of the third frame, other than it mostly is in two samples of a hundred or in one of a thousand.
    for part, expected in ((50, 2), (1000, 5)):
        x = np.full((2000, 400), 3, np.uint8)
        x[:, 210] = np.arange(2000) % 2
        x[::part, 42:58] = 7
        seen = dataclasses.replace(space.dataset, x_train=x)
        assert dataclasses.replace(space, dataset=seen).margin == expected


@settings(deadline=None, max_examples=15)
@given(st.floats(120, 3000), st.integers(1, 300), st.sampled_from([0.0, 1e-3, -2e-4]))
def test_a_network_is_as_wide_as_the_limit_allows(limit, most, bend):
    def area(graph, lanes):
        return plain(graph, lanes) + bend * graph.gates**2

    found = SPACE.sized(KEPT, area, limit, most)
    assert found is not None
    assert area(SPACE.untrained(KEPT, found.per_class), found.lanes) == found.cells <= limit
    # Of all ways to count, none lets it be wider by more than what the faster ones are worth.
    wider = math.ceil(1.05 * max(LANES.values()) * found.per_class) + 1
    if found.per_class < most and wider <= most:
        graph = SPACE.untrained(KEPT, wider)
        assert all(area(graph, lanes) > limit for lanes in LANES)


def test_nothing_is_within_a_limit_that_is_too_small():
    assert SPACE.sized(KEPT, plain, 101) is None


def test_all_is_counted_at_once_where_turns_gain_little():
    assert SPACE.sized(KEPT, plain, 200).lanes == 0
    assert SPACE.sized(KEPT, plain, 3000).lanes == 64
    # A network that cannot be wider anyway needs no turns.
    assert SPACE.sized(KEPT, plain, 3000, 30).lanes == 0


def test_a_clock_that_wide_networks_miss_makes_them_narrower():
    def area(graph, lanes):
        if graph.gates > 60:
            raise GatewrightError("No pipeline reaches it.")
        return plain(graph, lanes)

    assert 25 <= SPACE.sized(KEPT, area, 3000).per_class <= 30


def test_an_area_that_nothing_has_is_an_error():
    def area(_graph, _lanes):
        raise GatewrightError("No pipeline reaches 900 MHz.")

    with pytest.raises(GatewrightError, match="900 MHz"):
        SPACE.sized(KEPT, area, 3000)


def test_thresholds_follow_the_values_of_the_features():
    assert bits_to_try(toy()) == (1, 2, 4)
    table = toy()
    assert bits_to_try(dataclasses.replace(table, x_train=(table.x_train > 3).astype(np.int64))) == (1,)
