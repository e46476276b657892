import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.boards import registry
from gatewright.boards.place.grid import Grid
from gatewright.boards.place.ice40 import PACKING
from gatewright.boards.place.netlist import tree
from gatewright.boards.place.place import NoPlaceError, crowded, place
from gatewright.boards.place.state import PLACES, WIRES
from tests.boards.place.packed import CLOCK, GRID, cell, naive_cost, netlist, pad, places, random_cells, recount, wires


def control(one):
    pins = one["connections"]
    return (*map(tuple, (pins["CLK"], pins["CEN"], pins["SR"])),) if one["parameters"]["DFF_ENABLE"] == "1" else None


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_every_cell_gets_a_place_of_its_own_and_the_figures_are_those_of_a_recount(seed, count):
    packed = netlist(random_cells(np.random.default_rng(seed), count))
    placement = place(packed, "top", GRID, seed=seed % 5, effort=0.2)
    module = packed["modules"]["top"]
    at = places(module)
    assert len(at) == count == placement.cells == len(set(at.values()))
    tiles = {}
    for name, (x, y, z) in at.items():
        assert x in GRID.columns
        assert y in GRID.rows
        assert 0 <= z < PLACES
        tiles.setdefault((x, y), []).append(module["cells"][name])
    for cells in tiles.values():
        assert len({control(one) for one in cells} - {None}) <= 1
        assert wires(module, cells) <= WIRES
    length, _ = naive_cost(module, lambda pins: float(tree(np.array(pins))))
    brought, _ = recount(module)
    assert placement.length == pytest.approx(length)
    assert placement.brought == sum(map(len, brought.values()))
    assert placement.most == max(map(len, brought.values()))
    # Cells that are none of logic keep their places.
    assert module["cells"]["pad0"]["attributes"]["BEL"] == "X0/Y2/io0"


def test_a_tile_holds_eight_gates_of_four_inputs_where_buffers_drive_what_controls_them():
    for enable in (None, CLOCK):
        cells = {f"cell{i}": cell([5, 6, 7, 8], 10 + i, flop=True, enable=enable) for i in range(16)}
        assert place(netlist(cells), "top", Grid((1,), (1, 2), PACKING)).cells == 16


def test_pads_pull_the_cells_that_read_them():
    wide = Grid(tuple(range(1, 20)), tuple(range(1, 20)), PACKING)
    # A net is at least as long as the way from its pad to the farthest cell.
    for x, y in ((0, 10), (10, 20), (20, 3)):
        cells = {f"cell{i}": cell([50], 60 + i) for i in range(4)}
        packed = netlist({**cells, "pad": pad(50, x, y)})
        place(packed, "top", wide)
        assert all(abs(a - x) + abs(b - y) <= 3 for a, b, _ in places(packed["modules"]["top"]).values())


@pytest.mark.parametrize(
    "cells",
    [
        # Too many cells; too many inputs, of which seven cells of four fill a tile beside an enable; too many control
        # sets.
        [cell([5], 10 + i) for i in range(17)],
        [cell([5, 6, 7, 8], 10 + i, flop=True, enable=100) for i in range(15)],
        [cell([5], 10 + i, flop=True, enable=100 + i) for i in range(3)],
    ],
)
def test_too_little_room_is_said_in_one_sentence(cells):
    two = Grid((1,), (1, 2), PACKING)
    fits = cells[:-1]
    place(netlist({f"cell{i}": one for i, one in enumerate(fits)}), "top", two)
    with pytest.raises(NoPlaceError, match=rf"^{len(cells)} logic cells do not fit into 2 tiles of 8.*larger chip\.$"):
        place(netlist({f"cell{i}": one for i, one in enumerate(cells)}), "top", two)


def test_a_netlist_without_logic_is_placed():
    assert place(netlist({"pad": pad(5, 0, 1)}), "top", GRID).cells == 0


def test_a_chip_is_crowded_by_the_inputs_of_its_luts():
    def mapped(inputs):
        luts = {
            f"lut{i}": {"type": "SB_LUT4", "connections": {"I0": [i + 2], "I1": ["0"], "I2": ["x"], "O": [9]}}
            for i in range(inputs)
        }
        other = {"type": "SB_DFF", "connections": {"D": [2], "I0": [3]}}
        return {"modules": {"top": {"cells": {**luts, "flop": other}}}}

    most = PACKING.ease * GRID.tiles
    assert not crowded(mapped(most), "top", GRID)
    assert crowded(mapped(most + 1), "top", GRID)


def test_grids_have_as_many_cells_as_their_chips():
    boards = [board for board in registry.all() if board.grid]
    assert {board.name for board in boards} >= {
        "icebreaker",
        "upduino3",
        "ice40-hx8k-evn",
        "ulx3s-25f",
        "ulx3s-85f",
        "orangecrab",
    }
    for board in boards:
        assert board.grid.tiles * PLACES == board.cells
