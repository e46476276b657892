import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.boards.place.ecp5 import PACKING
from gatewright.boards.place.grid import Grid
from gatewright.boards.place.place import place
from gatewright.boards.place.state import PLACES
from gatewright.errors import GatewrightError

CLOCK = 2
GRID = Grid((2, 3, 4, 5), (2, 3, 4, 6, 7), PACKING)
CONTROLS = ("CLK", "CE", "LSR")


def lut(inputs, output, **more):
    pins = dict(zip("ABCD", ([net] for net in inputs), strict=False))
    return {"type": "TRELLIS_COMB", "parameters": {}, "attributes": {}, "connections": {**pins, "F": [output], **more}}


def flip_flop(output, enable=None, reset=None, mode=None, **data):
    pins = {"CLK": [CLOCK], "CE": [enable] if enable else [], "LSR": [reset] if reset else ["0"], "Q": [output], **data}
    return {"type": "TRELLIS_FF", "parameters": {"SRMODE": mode}, "attributes": {}, "connections": pins}


def netlist(cells):
    buffer = {"type": "DCCA", "parameters": {}, "attributes": {}, "connections": {"CLKO": [CLOCK]}}
    pad = {"type": "TRELLIS_IO", "attributes": {"BEL": "X0/Y44/PIOB"}, "connections": {"O": [10]}}
    return {"modules": {"top": {"cells": {"clock": buffer, "pad": pad, **cells}}}}


def random_cells(rng, count):
    """LUTs, flip-flops behind them and alone, which read each other."""
    made = {}
    for i in range(count):
        nets = [[10 + int(k)] for k in rng.integers(0, 2 * count, 4)]
        with_lut, with_flop = [(True, False), (True, True), (False, True)][rng.integers(3)]
        if with_lut:
            made[f"lut{i}"] = lut([net[0] for net in nets], 10 + i)
        if with_flop:
            enable, reset, mode = [(None, None, None), (5, None, None), (5, 6, "LSR_OVER_CE")][rng.integers(3)]
            data = {"DI": [10 + i]} if with_lut else {"M": nets[0]}
            made[f"flop{i}"] = flip_flop(10 + count + i, enable, reset, mode, **data)
    return made


def control(one):
    return (*(tuple(one["connections"][pin]) for pin in CONTROLS), one["parameters"]["SRMODE"])


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32), st.integers(1, 90))
def test_every_cell_has_a_place_and_a_flip_flop_stands_behind_its_lut(seed, count):
    packed = netlist(random_cells(np.random.default_rng(seed), count))
    placement = place(packed, "top", GRID, seed=seed % 5, effort=0.2)
    cells = packed["modules"]["top"]["cells"]
    assert placement.cells == count
    at, sets = {}, {}
    for name, one in cells.items():
        if name in ("clock", "pad"):
            continue
        x, y, letter, kind, half = re.fullmatch(
            r"X(\d+)/Y(\d+)/SLICE([A-D])\.(K|FF)([01])", one["attributes"]["BEL"]
        ).groups()
        assert int(x) in GRID.columns
        assert int(y) in GRID.rows
        assert kind == ("K" if one["type"] == "TRELLIS_COMB" else "FF")
        place_of = (x, y, letter, half)
        assert at.setdefault((*place_of, kind), name) == name
        if kind == "FF":
            sets.setdefault((x, y), set()).add(control(one))
    assert all(len(found) == 1 for found in sets.values())
    for i in range(count):
        stood = {kind: key[:4] for *key, kind in at if at[*key, kind] in (f"lut{i}", f"flop{i}")}
        assert len({tuple(key) for key in stood.values()}) == 1
    assert cells["pad"]["attributes"]["BEL"] == "X0/Y44/PIOB"
    assert cells["clock"]["attributes"] == {}


def test_settings_tell_control_sets_apart():
    one, other = (flip_flop(20 + i, 5, 6, mode, M=[10]) for i, mode in enumerate(("ASYNC", "LSR_OVER_CE")))
    packed = netlist({"one": one, "other": other})
    place(packed, "top", GRID)
    tiles = {cell["attributes"]["BEL"].rsplit("/", 1)[0] for cell in (one, other)}
    assert len(tiles) == 2


def test_a_tile_is_filled():
    cells = {f"lut{i}": lut([10, 11, 12, 13], 20 + i) for i in range(2 * PLACES)}
    cells |= {f"flop{i}": flip_flop(50 + i, 5, DI=[20 + i]) for i in range(2 * PLACES)}
    assert place(netlist(cells), "top", Grid((2,), (2, 3), PACKING)).cells == 2 * PLACES


@pytest.mark.parametrize("wrong", [lut([5], 6, FCI=[7]), lut([5], 6, M=[7]), lut([5], 6, OFX=[7])])
def test_what_must_stand_in_a_row_is_refused(wrong):
    with pytest.raises(GatewrightError, match=r"^The LUT wide belongs to a carry chain, a wide multiplexer or a mem"):
        place(netlist({"wide": wrong}), "top", GRID)


def test_a_memory_is_refused():
    memory = lut([5], 6)
    memory["parameters"]["MODE"] = "DPRAM"
    with pytest.raises(GatewrightError, match="or a memory: map without them"):
        place(netlist({"memory": memory}), "top", GRID)
