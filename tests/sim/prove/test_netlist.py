import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.sim.prove.netlist import Netlist, Register, read
from tests import naive
from tests.sim.prove.cells import GATES


def cell(kind, parameters=None, **pins):
    return {
        "type": kind,
        "parameters": parameters or {},
        "connections": {name: bits if isinstance(bits, list) else [bits] for name, bits in pins.items()},
    }


def text(*cells, ports=None):
    """A module whose inputs are clk (2) and a (3, 4, 5, 6) and whose output is y (7)."""
    ports = ports or {
        "clk": {"direction": "input", "bits": [2]},
        "a": {"direction": "input", "bits": [3, 4, 5, 6]},
        "y": {"direction": "output", "bits": [7]},
    }
    module = {"ports": ports, "cells": {f"c{i}": c for i, c in enumerate(cells)}}
    return json.dumps({"modules": {"classifier": module}})


def evaluate(netlist, bit, values):
    table, operands = netlist.gates[bit]
    pattern = 0
    for operand in operands:
        pattern = 2 * pattern + values[operand]
    return table >> pattern & 1


@pytest.mark.parametrize("kind", GATES)
def test_a_gate_computes_what_its_name_says(kind):
    pins, function = GATES[kind]
    netlist = read(text(cell(kind, Y=7, **dict(zip(pins, (3, 4, 5), strict=False)))), "n")
    for pattern in naive.patterns(len(pins)):
        assert evaluate(netlist, 7, dict(zip((3, 4, 5), pattern, strict=False))) == function(*pattern)


@given(st.integers(0, 2**16 - 1))
def test_a_lut_reads_its_table_with_i3_on_top(init):
    netlist = read(text(cell("SB_LUT4", {"LUT_INIT": f"{init:016b}"}, I0=3, I1=4, I2=5, I3=6, O=7)), "n")
    for i0, i1, i2, i3 in naive.patterns(4):
        assert evaluate(netlist, 7, {3: i0, 4: i1, 5: i2, 6: i3}) == init >> (i0 + 2 * i1 + 4 * i2 + 8 * i3) & 1


def test_a_carry_is_the_majority():
    netlist = read(text(cell("SB_CARRY", I0=3, I1=4, CI=5, CO=7)), "n")
    for pattern in naive.patterns(3):
        assert evaluate(netlist, 7, dict(zip((3, 4, 5), pattern, strict=True))) == (sum(pattern) >= 2)


@pytest.mark.parametrize(
    ("kind", "register"),
    [
        ("SB_DFF", Register(3)),
        ("SB_DFFE", Register(3, (4, True), gated=True)),
        ("SB_DFFSR", Register(3, None, (5, True), 0)),
        ("SB_DFFSS", Register(3, None, (6, True), 1)),
        ("SB_DFFESR", Register(3, (4, True), (5, True), 0, True)),
        ("SB_DFFESS", Register(3, (4, True), (6, True), 1, True)),
        ("$_DFF_P_", Register(3)),
        ("$_DFFE_PN_", Register(3, (4, False))),
        ("$_SDFF_PN1_", Register(3, None, (5, False), 1)),
        ("$_SDFFE_PP0N_", Register(3, (4, False), (5, True), 0)),
        ("$_SDFFCE_PN1P_", Register(3, (4, True), (5, False), 1, True)),
    ],
)
def test_a_flip_flop_is_a_register(kind, register):
    pins = {"D": 3, "E": 4, "R": 5, "S": 6}
    assert read(text(cell(kind, C=2, Q=7, **pins)), "n").registers == {7: register}


def test_the_ports_and_the_constants():
    netlist = read(text(cell("$_AND_", A="0", B="1", Y=7)), "n")
    assert netlist == Netlist("n", {"clk": (2,), "a": (3, 4, 5, 6)}, {"y": (7,)}, {7: (8, (0, 1))}, {})


def test_every_undefined_bit_is_one_of_its_own():
    netlist = read(text(cell("SB_LUT4", {"LUT_INIT": "0" * 16}, I0="x", I1="x", I2=[], O=7)), "n")
    assert sorted(netlist.gates[7][1]) == [8, 9, 10, 11]


@pytest.mark.parametrize(
    "kind",
    [
        *("SB_DFFR", "SB_DFFS", "SB_DFFER", "SB_DFFES", "SB_DFFN", "SB_DFFNSR", "SB_RAM40_4K", "SB_DFFX", "$_DFF_N_"),
        *("$_DFF_PP0_", "$_DLATCH_P_", "$_SDFFE_PP0_", "$_SDFF_PP0P_", "$_SDFF_NP0_", "$_TBUF_", "$lut", "adder", ""),
    ],
)
def test_a_cell_without_a_model_is_refused(kind):
    pins = dict.fromkeys("ABDEGIRS", 3)
    with pytest.raises(
        GatewrightError, match=rf"^n holds a cell c0 of type {kind.replace('$', chr(92) + '$')}: .*model"
    ):
        read(text(cell(kind, C=2, Q=7, **pins)), "n")


def test_a_note_about_scopes_is_no_cell():
    assert read(text(cell("$scopeinfo")), "n").gates == {}


@pytest.mark.parametrize("init", ["", "1", "0" * 15, "0" * 17, "x" * 16, "0" * 15 + "2"])
def test_a_table_must_have_sixteen_bits(init):
    with pytest.raises(GatewrightError, match="16 defined bits"):
        read(text(cell("SB_LUT4", {"LUT_INIT": init}, I0=3, I1=4, I2=5, I3=6, O=7)), "n")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([cell("SB_DFF", C=3, D=4, Q=7)], r"clocks a register from \[3\]"),
        ([cell("SB_DFF", C="0", D=4, Q=7)], "clocks a register"),
        ([cell("$_NOT_", A=3, Y=7), cell("$_NOT_", A=4, Y=7)], "drives bit 7 twice"),
        ([cell("$_NOT_", A=3, Y=7), cell("SB_DFF", C=2, D=3, Q=7)], "drives bit 7 twice"),
        ([cell("$_NOT_", A=3, Y=4)], "drives one of its own inputs"),
        ([cell("SB_DFF", C=2, D=3, Q=2)], "drives one of its own inputs"),
        ([cell("$_NOT_", A=3, Y="0")], "drives the constant '0'"),
        ([cell("$_NOT_", A=1, Y=7)], "numbers a bit 1"),
        ([cell("$_NOT_", A=[3, 4], Y=7)], "no netlist of a module"),
        ([cell("SB_DFF", C=2, Q=7)], "no netlist of a module"),
        ([cell("SB_DFFE", C=2, D=3, Q=7)], "no netlist of a module"),
        ([cell("SB_LUT4", O=7)], "no netlist of a module"),
    ],
)
def test_what_no_netlist_may_hold(cells, said):
    with pytest.raises(GatewrightError, match=said):
        read(text(*cells), "n")


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ({"direction": "inout", "bits": [9]}, "bidirectional"),
        ({"direction": "input", "bits": [3]}, "joins two of its inputs"),
        ({"direction": "input", "bits": [9, 9]}, "joins two of its inputs"),
        ({"direction": "input", "bits": ["1"]}, "joins two of its inputs, or an input and a constant"),
    ],
)
def test_ports_that_no_netlist_may_have(port, said):
    ports = {"clk": {"direction": "input", "bits": [2]}, "a": {"direction": "input", "bits": [3, 4]}, "b": port}
    with pytest.raises(GatewrightError, match=said):
        read(text(ports=ports), "n")


GOOD = text(cell("SB_LUT4", {"LUT_INIT": "01" * 8}, I0=3, I1=4, I2=5, I3=6, O=7), cell("SB_DFF", C=2, D=7, Q=8))


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "3", "null", '{"modules": {}}', '{"modules": {"classifier": []}}', b"\xff\xfe\x00"),
        '{"modules": {"classifier": {"ports": {}, "cells": []}}}',
        '{"modules": {"classifier": {"ports": {}, "cells": {}}}}',
        "[" * 100_000,
        GOOD[: len(GOOD) // 2],
        GOOD.replace('"cells"', '"cell"'),
        GOOD.replace("[3]", "3"),
        GOOD.replace('"connections": {', '"connections": [{').replace("}}", "}]}"),
        GOOD.replace('"SB_DFF"', "[]"),
        GOOD.replace('"clk"', '"clock"'),
    ],
)
def test_a_damaged_or_foreign_file_is_one_sentence(content):
    with pytest.raises(GatewrightError, match=r"^net.json is no netlist of a module 'classifier' as Yosys writes it"):
        read(content, "net.json")


@given(st.integers(0, len(GOOD)), st.integers(0, 20), st.text(max_size=6))
def test_no_damage_ends_in_a_traceback(at, length, inserted):
    try:
        said = read(GOOD[:at] + inserted + GOOD[at + length :], "n").name
    except GatewrightError as error:
        said = str(error)
    assert "\n" not in said
