import numpy as np
import pytest

from gatewright.boards.place.anneal import anneal
from gatewright.boards.place.grid import Grid
from gatewright.boards.place.ice40 import PACKING
from gatewright.boards.place.netlist import problem
from gatewright.boards.place.place import begin
from gatewright.boards.place.spectral import positions
from gatewright.boards.place.state import cost, length, start
from tests.boards.place.packed import cell, netlist

SIDES = (12, 10)
"""Of a sheet that fits the grid."""
WIDE = Grid(tuple(range(1, 13)), tuple(range(1, 13)), PACKING)


def given_problem(cells):
    module = netlist(cells)["modules"]["top"]
    return problem(module, WIDE.packing.cells(module), WIDE)


def sheet(wide, high, seed=0, tail=0):
    """Cells on a grid that read four of those next to them, in any order, and a chain of cells that hangs on a corner.

    Every net has nine pins or fewer, so that its cells draw each other.
    """
    at = [(x, y) for x in range(wide) for y in range(high)]
    number = {place: 10 + i for i, place in enumerate(at)}
    rng = np.random.default_rng(seed)
    cells = {}
    for x, y in at:
        around = [(x + a, y + b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a or b) and (x + a, y + b) in number]
        # Whoever reads a cell is read by it, in two cells of four inputs each.
        for part in (0, 1):
            read = [number[near] for near in around[part::2]]
            cells[f"{x},{y},{part}"] = cell(read, number[x, y] if part == 0 else None)
    for i in range(tail):
        cells[f"tail{i}"] = cell([500 + i - 1 if i else number[0, 0]], 500 + i)
    names = list(cells)
    rng.shuffle(names)
    return {name: cells[name] for name in names}


@pytest.mark.parametrize(("seed", "tail"), [(0, 0), (1, 0), (2, 60), (3, 60)])
def test_a_sheet_is_laid_out_flat_and_not_turned(seed, tail):
    cells = sheet(*SIDES, seed, tail)
    found = positions(given_problem(cells))
    assert found.shape == (len(cells), 2)
    laid = [(tuple(map(int, name.split(",")[:2])), at) for name, at in zip(cells, found, strict=True) if "," in name]
    places = np.array([place for place, _ in laid], float)
    at = np.array([at for _, at in laid])
    # Each side of the sheet goes along one of the chip's, the same way everywhere: a half turn has no such side.
    match = np.abs(np.corrcoef(places.T, at.T)[:2, 2:])
    assert max(match[0, 0] + match[1, 1], match[0, 1] + match[1, 0]) > 1.8


def test_places_are_spread_evenly_and_are_the_same_every_time():
    given_ = given_problem(sheet(*SIDES, tail=9))
    found = positions(given_)
    count = len(found)
    np.testing.assert_allclose(np.sort(found[:, 0]), (np.arange(count) + 0.5) / count)
    assert found.min() > 0
    assert found.max() < 1
    assert np.histogram(found[:, 1], 4, (0, 1))[0] == pytest.approx([count / 4] * 4, rel=0.15)
    np.testing.assert_array_equal(found, positions(given_))


def test_a_placement_begins_with_near_cells_near_each_other():
    cells = sheet(*SIDES)
    given_ = given_problem(cells)
    state, near = begin(given_)
    assert near
    assert len({*zip(state.tile.tolist(), state.place.tolist(), strict=True)}) == len(cells)
    # The same tiles in any order are farther from each other.
    shuffled = np.random.default_rng(1).permutation(WIDE.tiles).astype(np.int32)[state.tile]
    assert length(given_, state) < 0.5 * length(given_, start(given_, shuffled, state.place))


def test_annealing_goes_on_from_there():
    given_ = given_problem(sheet(*SIDES, tail=9))
    state, near = begin(given_)
    before = cost(given_, state)
    told = []
    anneal(given_, state, near=near, seed=1, tell=told.append)
    assert cost(given_, state) < 0.95 * before
    for name, kept, counted in zip(state._fields, state, start(given_, state.tile, state.place), strict=True):
        np.testing.assert_array_equal(kept, counted, err_msg=name)
    assert told == sorted(told)
    assert 0 <= told[0] < told[-1] <= 1


def test_a_sheet_among_many_other_cells_says_nothing_of_where_they_are():
    cells = sheet(*SIDES)
    assert not begin(given_problem(cells | {f"alone{i}": cell([], 2000 + i) for i in range(3 * len(cells))}))[1]


def test_what_is_no_sheet_has_no_positions():
    assert positions(given_problem({})) is None
    assert positions(given_problem({"one": cell([5], 6)})) is None
    # A chain has nets of two pins alone.
    assert positions(given_problem({f"cell{i}": cell([10 + i], 11 + i) for i in range(50)})) is None
