import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.boards.place.anneal import anneal
from gatewright.boards.place.moves import scratch, sweep
from gatewright.boards.place.netlist import problem
from gatewright.boards.place.place import begin
from gatewright.boards.place.state import PLACES, cost, start
from tests.boards.place.packed import GRID, netlist, random_cells

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(2, 100)
FEW = settings(deadline=None, max_examples=25)


def begun(rng, count, near=None):
    module = netlist(random_cells(rng, count, near))["modules"]["top"]
    given_ = problem(module, GRID.packing.cells(module), GRID)
    return given_, begin(given_)[0]


def demand_legal(given_, state):
    assert len({*zip(state.tile.tolist(), state.place.tolist(), strict=True)}) == len(state.tile)
    assert state.tile.min() >= 0
    assert state.tile.max() < GRID.tiles
    assert state.place.min() >= 0
    assert state.place.max() < PLACES
    for t in range(GRID.tiles):
        here = state.tile == t
        controls = {*given_.control[here].tolist()} - {-1}
        assert len(controls) <= 1
        assert given_.pins[here].sum() <= given_.room[max(controls, default=-1)]


def demand_counted(given_, state):
    """All that follows from the placement is as if it were counted anew."""
    anew = start(given_, state.tile, state.place)
    for name, kept, counted in zip(state._fields, state, anew, strict=True):
        np.testing.assert_array_equal(kept, counted, err_msg=name)


@FEW
@given(SEEDS, SIZES, st.sampled_from([math.inf, 30.0, 1.0]), st.integers(1, 6))
def test_moves_keep_to_the_rules_and_to_the_counts(seed, count, temperature, reach):
    given_, state = begun(np.random.default_rng(seed), count)
    demand_legal(given_, state)
    before = cost(given_, state)
    random = np.array([seed + 1], np.uint64)
    drawn = 2000
    possible, accepted, total, square = sweep(given_, state, temperature, reach, drawn, random, scratch(given_))
    assert 0 <= accepted <= possible <= drawn
    assert accepted == possible or temperature < math.inf
    assert accepted > 0
    assert square >= 0
    demand_legal(given_, state)
    demand_counted(given_, state)
    # The changes that moves foretell are those that come.
    assert cost(given_, state) - before == pytest.approx(total, abs=1e-6)


@FEW
@given(SEEDS, SIZES)
def test_annealing_keeps_to_the_rules_and_makes_nothing_much_worse(seed, count):
    given_, state = begun(np.random.default_rng(seed), count)
    before = cost(given_, state)
    told = []
    moves = anneal(given_, state, seed=seed, effort=0.5, tell=told.append)
    demand_legal(given_, state)
    demand_counted(given_, state)
    assert cost(given_, state) <= 1.25 * before + 20
    assert moves >= count
    assert told == sorted(told)
    assert all(0 < part <= 1 for part in told)


def test_wires_of_a_netlist_with_near_neighbours_get_short():
    given_, state = begun(np.random.default_rng(3), 100, near=3)
    # Out of order first: at a high temperature all moves are made.
    sweep(given_, state, math.inf, 5, 20_000, np.array([7], np.uint64), scratch(given_))
    before = cost(given_, state)
    anneal(given_, state, seed=1)
    assert cost(given_, state) < 0.6 * before


def test_the_same_seed_leads_to_the_same_places():
    def placed(seed):
        given_, state = begun(np.random.default_rng(5), 60)
        moves = anneal(given_, state, seed=seed)
        return moves, state.tile.tolist(), state.place.tolist()

    assert placed(1) == placed(1)
    assert placed(1) != placed(2)


def test_what_tell_raises_ends_the_annealing():
    given_, state = begun(np.random.default_rng(5), 60)
    told = []

    def tell(part):
        told.append(part)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        anneal(given_, state, seed=1, tell=tell)
    assert len(told) == 3
    demand_counted(given_, state)
