import pytest

from gatewright.boards.place.grid import Control
from gatewright.boards.place.ice40 import logic_cells
from gatewright.boards.place.place import place
from gatewright.errors import GatewrightError
from tests.boards.place.packed import CLOCK, GRID, cell, netlist, pad


def test_a_logic_cell_is_read_with_its_nets_and_its_control_set():
    cells = {"lut": cell([5, 6], 7), "flop": cell([7], None, flop=True, enable=8), "pad": pad(5, 0, 1)}
    lut, flop = logic_cells(netlist(cells)["modules"]["top"])
    assert (lut.inputs, lut.outputs, lut.control) == ((5, 6), (7,), None)
    assert (flop.inputs, flop.outputs) == ((7,), ())
    assert flop.control == Control((CLOCK, 8, None), ("",))
    assert flop.control.nets == (CLOCK, 8)
    assert flop.bels(3, 4, 5) == {"flop": "X3/Y4/lc5"}


def test_a_carry_chain_is_refused():
    for wrong in (cell([5], 6, carry=1), cell([5], 6)):
        if not int(wrong["parameters"]["CARRY_ENABLE"]):
            wrong["connections"]["CIN"] = [7]
        with pytest.raises(GatewrightError, match=r"logic cell lc belongs to a carry chain: map without"):
            place(netlist({"lc": wrong}), "top", GRID)
