import json

import pytest

from gatewright.boards import area
from gatewright.boards.area import REST, Area, by_part, placed, total
from gatewright.boards.targets import ecp5, gatemate, gowin, ice40, nexus, xc7
from gatewright.errors import GatewrightError

OUTPUTS = {"O", "G", "V", "Q", "CO", "RDATA", "F", "SUM", "COUT", "Z"}


def cell(kind, **connections):
    """A cell whose ports are connected to a bit, or to a list of bits."""
    return {
        "type": kind,
        "port_directions": {port: "output" if port in OUTPUTS else "input" for port in connections},
        "connections": {port: bits if isinstance(bits, list) else [bits] for port, bits in connections.items()},
    }


def count(cells, parts=("link", "gates"), family=ice40.FAMILY):
    netlist = {"modules": {"top": {"cells": cells}, "other": {"cells": {"x": cell("SB_LUT4")}}}}
    return by_part(netlist, "top", parts, family)


def numbers(found):
    """An area without the sizes of LUTs."""
    return {name: value for name, value in found.as_dict().items() if value and not name[3:].isdigit()}


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
        "link": Area(lut=1, ff=1, carry=1, cells=1, lut3=1),
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
    assert numbers(count({"link.lut": lut, "link.ff": FLOP})["link"]) == {"lut": 1, "ff": 1, "cells": 1}
    shared = count({"link.lut": lut, "link.ff": FLOP, "gates.reader": reader})["link"]
    assert numbers(shared) == {"lut": 1, "ff": 1, "cells": 2}


def test_what_drives_a_bit_is_no_reader_of_it():
    cells = {"link.lut": cell("SB_LUT4", I0=5, O=4), "link.ff": FLOP, "link.carry": cell("SB_CARRY", I0=8, CO=4)}
    assert numbers(count(cells)["link"]) == {"lut": 1, "ff": 1, "carry": 1, "cells": 2}


@pytest.mark.parametrize(("ports", "cells"), [({}, 1), ({"I1": 9}, 2), ({"I2": 9}, 2), ({"I3": 9}, 2), ({"I0": 9}, 1)])
def test_a_carry_shares_the_cell_of_the_lut_that_adds_the_same_bits(ports, cells):
    lut = cell("SB_LUT4", **{"I0": 8, "I1": 1, "I2": 2, "I3": 3, "O": 4, **ports})
    carry = cell("SB_CARRY", I0=1, I1=2, CI=3, CO=5)
    assert numbers(count({"link.lut": lut, "link.carry": carry})["link"]) == {"lut": 1, "carry": 1, "cells": cells}


def test_memory_is_counted_apart_from_the_logic_cells():
    assert count({"link.a": cell("SB_RAM40_4KNR", RDATA=[1, 2]), "b": cell("SB_PLL40_CORE")}) == {
        "link": Area(bram=1),
        "gates": Area(),
        REST: Area(),
    }


def test_a_lut_counts_by_the_inputs_that_it_uses():
    sizes = {
        "lut2": cell("SB_LUT4", I0=1, I1=2, I2="0", I3="1", O=4),
        "lut4": cell("SB_LUT4", I0=1, I1=2, I2=3, I3=5, O=6),
        # A constant is made by a LUT all the same.
        "lut1": cell("SB_LUT4", I0="0", I1="0", I2="0", I3="0", O=7),
    }
    for name, lut in sizes.items():
        assert count({"gates.x": lut})["gates"] == Area(lut=1, cells=1, **{name: 1})
    for size in (5, 6):
        lut = cell("LUT6", **{f"I{i}": 10 + i for i in range(size)}, O=4)
        assert count({"gates.x": lut}, family=xc7.FAMILY)["gates"] == Area(lut=1, cells=1, **{f"lut{size}": 1})


@pytest.mark.parametrize(
    ("family", "cells", "expected"),
    [
        # ECP5 and Nexus: a carry takes two places, a flip-flop has its own beside them.
        (ecp5.FAMILY, [("LUT4", 3), ("CCU2C", 2), ("TRELLIS_FF", 5), ("PFUMX", 1)], (3, 5, 2, 1, 3 + 4)),
        (nexus.FAMILY, [("LUT4", 2), ("INV", 1), ("FD1P3IX", 2), ("FD1P3JX", 1), ("WIDEFN9", 1)], (3, 3, 0, 1, 3)),
        # Gowin: a flip-flop that no LUT feeds takes a LUT that passes its input on.
        (gowin.GW1N, [("LUT3", 2), ("LUT4", 1), ("ALU", 2), ("MUX2_LUT5", 1)], (3, 0, 2, 1, 5)),
        (gowin.GW2A, [("DFFE", 1), ("DFF", 1), ("LUT1", 1)], (1, 2, 0, 0, 3)),
        (
            gatemate.FAMILY,
            [("CC_L2T4", 2), ("CC_L2T5", 1), ("CC_LUT2", 1), ("CC_MX2", 1), ("CC_DFF", 4)],
            (4, 4, 0, 1, 5),
        ),
        (xc7.FAMILY, [("LUT6", 2), ("INV", 1), ("MUXF7", 1), ("CARRY4", 1), ("FDRE", 1), ("FDSE", 1)], (3, 2, 1, 1, 3)),
        (xc7.FAMILY, [("BUFG", 1), ("IBUF", 1), ("OBUF", 1)], (0, 0, 0, 0, 0)),
    ],
)
def test_each_family_counts_its_own_primitives(family, cells, expected):
    netlist = {
        f"core.gates.{kind}{i}": cell(kind, D=[100 + i], A=[1, 2], Q=[200 + i])
        for kind, number in cells
        for i in range(number)
    }
    found = count(netlist, family=family)
    gates = found["gates"]
    assert (gates.lut, gates.ff, gates.carry, gates.mux, gates.cells) == expected
    assert found["link"] == found[REST] == Area()


def test_one_flip_flop_of_gowin_shares_the_place_of_the_lut_or_adder_that_it_reads():
    flops = {f"gates.ff{i}": cell("DFFE", D=4, Q=5 + i, CE=9) for i in range(3)}
    for source in (cell("LUT2", I0=1, I1=2, F=4), cell("ALU", I0=1, I1=2, SUM=4, COUT=10)):
        for number in (1, 2, 3):
            cells = {"gates.a": source} | dict(list(flops.items())[:number])
            assert count(cells, family=gowin.GW1N)["gates"].cells == number
        tapped = {"gates.a": source, "gates.b": flops["gates.ff0"], "link.c": cell("LUT1", I0=4, F=8)}
        assert count(tapped, family=gowin.GW1N)["gates"].cells == 1


def test_a_flip_flop_of_gowin_that_holds_a_constant_needs_no_lut():
    cells = {"gates.a": cell("DFFSE", D=4, Q=5, CE=6), "gates.b": cell("DFFSE", D=4, Q=7, CE=6), "c": cell("GND", O=4)}
    gates = count(cells, family=gowin.GW1N)["gates"]
    assert (gates.ff, gates.cells) == (2, 0)


def test_areas_add_up():
    assert Area(1, 2, 3, 4, 5, 6, 7) + Area(10, 20, 30, 40, 50, 60, 70) == Area(11, 22, 33, 44, 55, 66, 77)
    assert total([]) == Area()
    assert numbers(total([Area(lut=1), Area(ff=2), Area(lut=3)])) == {"lut": 4, "ff": 2}


def test_placed_cells_are_counted_by_part():
    cells = {
        "core.link.a_LC": cell("ICESTORM_LC"),
        "core.classifier.gates.b_LC": cell("ICESTORM_LC"),
        "core.classifier.gates.c_LC": cell("ICESTORM_LC"),
        "$PACKER_GND": cell("ICESTORM_LC"),
        "core.link.ram": cell("ICESTORM_RAM"),
    }
    netlist = {"modules": {"top": {"cells": cells}}}
    parts = ("link", "gates", "argmax")
    assert placed(netlist, "top", parts, ice40.FAMILY) == {"link": 1, "gates": 2, "argmax": 0, REST: 1}
    assert sum(placed(netlist, "top", parts, ecp5.FAMILY).values()) == 0


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
