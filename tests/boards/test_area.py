import json

import pytest

from gatewright.boards import area
from gatewright.boards.area import REST, Area, by_part, placed, total
from gatewright.errors import GatewrightError


def cell(kind, **connections):
    """A cell whose ports are connected to a bit, or to a list of bits."""
    return {
        "type": kind,
        "connections": {port: bits if isinstance(bits, list) else [bits] for port, bits in connections.items()},
    }


def count(cells, parts=("link", "gates")):
    return by_part({"modules": {"top": {"cells": cells}, "other": {"cells": {"x": cell("SB_LUT4")}}}}, "top", parts)


def test_a_cell_belongs_to_the_part_in_its_name():
    parts = count(
        {
            "core.link.a": cell("SB_LUT4", I1=1, I2=2, I3=3, O=4),
            "core.link.gates.b": cell("SB_DFFE", D=4, Q=5),
            "$flatten\\core.\\link.$c": cell("SB_CARRY", I0=1, I1=2, CI=3, CO=6),
            "core.classifier.gates.d": cell("SB_CARRY", I0=7, I1=2, CI=3, CO=6),
            "core.gates_ready": cell("SB_DFF", D=9, Q=8),
            "pin": cell("SB_IO", D_IN_0=9),
        }
    )
    # A flip-flop alone behind a LUT, and a carry beside its adder's LUT, take no cell of their own.
    assert parts == {
        "link": Area(lut=1, ff=1, carry=1, cells=1),
        "gates": Area(carry=1, cells=1),
        "io": Area(ff=1, cells=1),
    }
    assert list(parts) == ["link", "gates", REST]


FLOP = cell("SB_DFFSR", D=4, Q=5, C=6)


@pytest.mark.parametrize(
    "reader",
    [
        cell("SB_LUT4", I0=4, O=7),
        cell("SB_DFF", D=4, Q=7),
        cell("SB_DFFE", D=8, E=4, Q=7),
        cell("SB_CARRY", I0=4, I1=8, CI=9, CO=7),
        cell("SB_IO", D_OUT_0=4),
        # Not only the first bit of a port reads.
        cell("SB_RAM40_4K", WDATA=[10, 11, 4], RDATA=[12]),
    ],
)
def test_a_flip_flop_whose_lut_has_another_reader_takes_its_own_cell(reader):
    lut = cell("SB_LUT4", I0=1, O=4)
    assert count({"link.lut": lut, "link.ff": FLOP})["link"] == Area(lut=1, ff=1, cells=1)
    assert count({"link.lut": lut, "link.ff": FLOP, "gates.reader": reader})["link"] == Area(lut=1, ff=1, cells=2)


def test_what_drives_a_bit_is_no_reader_of_it():
    cells = {"link.lut": cell("SB_LUT4", I0=5, O=4), "link.ff": FLOP, "link.carry": cell("SB_CARRY", I0=8, CO=4)}
    assert count(cells)["link"] == Area(lut=1, ff=1, carry=1, cells=2)


@pytest.mark.parametrize(("ports", "cells"), [({}, 1), ({"I1": 9}, 2), ({"I2": 9}, 2), ({"I3": 9}, 2), ({"I0": 9}, 1)])
def test_a_carry_shares_the_cell_of_the_lut_that_adds_the_same_bits(ports, cells):
    lut = cell("SB_LUT4", **{"I0": 8, "I1": 1, "I2": 2, "I3": 3, "O": 4, **ports})
    carry = cell("SB_CARRY", I0=1, I1=2, CI=3, CO=5)
    assert count({"link.lut": lut, "link.carry": carry})["link"] == Area(lut=1, carry=1, cells=cells)


def test_memory_is_counted_apart_from_the_logic_cells():
    assert count({"link.a": cell("SB_RAM40_4KNR", RDATA=[1, 2]), "b": cell("SB_PLL40_CORE")}) == {
        "link": Area(bram=1),
        "gates": Area(),
        REST: Area(),
    }


def test_areas_add_up():
    assert Area(1, 2, 3, 4, 5) + Area(10, 20, 30, 40, 50) == Area(11, 22, 33, 44, 55)
    assert total([]) == Area()
    assert total([Area(lut=1), Area(ff=2), Area(lut=3)]).as_dict() == {
        "lut": 4,
        "ff": 2,
        "carry": 0,
        "bram": 0,
        "cells": 0,
    }


def test_placed_cells_are_counted_by_part():
    cells = {
        "core.link.a_LC": cell("ICESTORM_LC"),
        "core.classifier.gates.b_LC": cell("ICESTORM_LC"),
        "core.classifier.gates.c_LC": cell("ICESTORM_LC"),
        "$PACKER_GND": cell("ICESTORM_LC"),
        "core.link.ram": cell("ICESTORM_RAM"),
    }
    netlist = {"modules": {"top": {"cells": cells}}}
    assert placed(netlist, "top", ("link", "gates", "argmax")) == {"link": 1, "gates": 2, "argmax": 0, REST: 1}


def test_a_netlist_is_read_or_refused_by_name(tmp_path):
    path = tmp_path / "top.json"
    with pytest.raises(GatewrightError, match=r"top\.json cannot be read .*: build again"):
        area.load(path)
    for damaged in ('{"modules": ', "3", "[1]", "\xff"):
        path.write_bytes(damaged.encode("latin-1"))
        with pytest.raises(GatewrightError, match=r"top\.json cannot be read .*: build again"):
            area.load(path)
    path.write_text(json.dumps({"modules": {}}))
    assert area.load(path) == {"modules": {}}
