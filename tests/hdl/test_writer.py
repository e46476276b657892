import pytest

from gatewright.errors import GatewrightError
from gatewright.hdl.expression import LINE
from gatewright.hdl.writer import write_module


def port(direction, *bits):
    return {"direction": direction, "bits": list(bits)}


def cell(kind, parameters=None, **ports):
    return {"type": kind, "parameters": parameters or {}, "connections": {k: list(v) for k, v in ports.items()}}


def net(*bits, hidden=0, init=None):
    return {"bits": list(bits), "hide_name": hidden, "attributes": {"init": init} if init else {}}


def module(ports, cells, **nets):
    named = {name: net(*value["bits"]) for name, value in ports.items()}
    return {"m": {"ports": ports, "cells": cells, "netnames": named | nets}}


def lines(netlist):
    return [line.strip() for line in write_module("m", netlist).splitlines()]


A, B, Y = port("input", 2, 3), port("input", 4, 5), port("output", 6, 7)


def test_an_operation_without_a_name_stands_where_it_is_read():
    cells = {"n": cell("$not", A=[2, 3], Y=[8, 9]), "x": cell("$and", A=[8, 9], B=[4, 5], Y=[6, 7])}
    assert "assign y = (~a) & b;" in lines(module({"a": A, "b": B, "y": Y}, cells))
    named = lines(module({"a": A, "b": B, "y": Y}, cells, inverse=net(8, 9)))
    assert "wire [1:0] inverse = ~a;" in named
    assert "assign y = inverse & b;" in named


def test_operands_are_extended_and_results_cut_in_sight():
    cells = {"x": cell("$add", A=[2, 3], B=[4], Y=[6, 7, 8])}
    assert "assign y = a + {1'd0, b[0]};" in lines(module({"a": A, "b": B, "y": Y}, cells))
    cells = {"x": cell("$gt", A=[2, 3], B=["1"], Y=[6])}
    text = lines(module({"a": A, "y": port("output", 6)}, cells))
    assert "assign y = a > 2'b01;" in text


def test_slices_repetitions_and_constants():
    cells = {"x": cell("$xor", A=[3, 2], B=["1", 2], Y=[6, 7])}
    assert "assign y = {a[0], a[1]} ^ {a[0], 1'b1};" in lines(module({"a": A, "y": Y}, cells))
    assert "assign y = {2{a[1]}};" in lines(module({"a": A, "y": port("output", 3, 3)}, {}))


@pytest.mark.parametrize(
    ("kind", "ports", "parameters", "expected"),
    [
        ("$dff", {}, {}, ["q <= d;"]),
        ("$dffe", {"EN": [9]}, {"EN_POLARITY": "0"}, ["if (!e) q <= d;"]),
        ("$sdff", {"SRST": [10]}, {"SRST_POLARITY": "1", "SRST_VALUE": "10"}, ["if (r) q <= 2'b10;", "else q <= d;"]),
        (
            "$sdffce",
            {"SRST": [10], "EN": [9]},
            {"SRST_POLARITY": "1", "SRST_VALUE": "00", "EN_POLARITY": "1"},
            ["if (e) begin", "if (r) q <= 2'd0;", "else q <= d;", "end"],
        ),
        (
            "$sdffe",
            {"SRST": [10], "EN": [9]},
            {"SRST_POLARITY": "1", "SRST_VALUE": "01", "EN_POLARITY": "1"},
            ["if (r) q <= 2'b01;", "else if (e) q <= d;"],
        ),
    ],
)
def test_registers_with_every_control(kind, ports, parameters, expected):
    cells = {"x": cell(kind, {"CLK_POLARITY": "1", **parameters}, CLK=[11], D=[2, 3], Q=[6, 7], **ports)}
    top = {"clk": port("input", 11), "d": A, "e": port("input", 9), "r": port("input", 10), "q": Y}
    netlist = module(top, cells, held=net(6, 7, init="10"))
    text = lines(netlist)
    at = text.index("always @(posedge clk)")
    assert text[at + 1 : at + 1 + len(expected)] == expected
    assert "output reg [1:0] q" in text
    assert "initial q = 2'b10;" in text


def test_what_nobody_reads_is_said():
    text = lines(module({"a": A, "b": B, "y": port("output", 2)}, {}))
    assert "wire unused = &{1'b0, b, a[1]};" in text


def test_ports_that_an_instance_does_not_read_are_left_out():
    inner = module({"a": A, "b": B, "y": Y}, {"n": cell("$not", A=[2, 3], Y=[6, 7])})["m"]
    netlist = module({"a": A, "b": B, "y": Y}, {"part": cell("inner", a=[2, 3], b=[4, 5], y=[6, 7])}) | {"inner": inner}
    assert [line for line in lines(netlist) if line.startswith(".")] == [".a(a),", ".y(y)"]
    assert "b" not in write_module("inner", netlist).replace("output", "")


def test_long_lines_are_broken():
    bits = list(range(100, 400))
    cells = {"x": cell("$xor", A=bits[::-1], B=bits[::2] + bits[1::2], Y=list(range(500, 800)))}
    netlist = module({"a": port("input", *bits), "y": port("output", *range(500, 800))}, cells)
    assert max(map(len, lines(netlist))) <= LINE


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"x": cell("$pow", A=[2, 3], B=[4, 5], Y=[6, 7])}, r"cell of type \$pow"),
        ({"x": cell("$add", {"A_SIGNED": "1"}, A=[2, 3], B=[4, 5], Y=[6, 7])}, "computes with signs"),
        ({"x": cell("$dff", {"CLK_POLARITY": "0"}, CLK=[2], D=[4, 5], Q=[6, 7])}, "falling edge"),
        ({"x": cell("$and", A=["x", 2], B=[4, 5], Y=[6, 7])}, "undefined bit"),
    ],
)
def test_what_is_not_known_is_refused(cells, said):
    with pytest.raises(GatewrightError, match=said):
        lines(module({"a": A, "b": B, "y": Y}, cells))
