import pytest

from gatewright.errors import GatewrightError
from gatewright.hdl.expression import LINE, concatenation, constant, parts_of, range_of, wrap

PLACE = {**{10 + i: ("a", i) for i in range(4)}, 20: ("b", 0)}
WIDTH = {"a": 4, "b": 1}


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ((10, 11, 12, 13), "a"),
        ((11, 12), "a[2:1]"),
        ((13,), "a[3]"),
        ((20,), "b"),
        ((20, 20, 20), "{3{b}}"),
        ((12, 11), "{a[1], a[2]}"),
        (("1", "0", 10, 11), "{a[1:0], 2'b01}"),
        (("0", "0"), "2'd0"),
        ((10, 11, 20, "1"), "{1'b1, b, a[1:0]}"),
    ],
)
def test_bits_as_one_value(bits, expected):
    assert concatenation(bits, PLACE, WIDTH) == expected


def test_an_undefined_bit_is_refused():
    with pytest.raises(GatewrightError, match="undefined bit"):
        parts_of((10, "x"), PLACE, WIDTH)


def test_numbers_and_ranges_are_sized():
    assert [constant(bits) for bits in (("0",), ("1", "0", "1", "1"))] == ["1'd0", "4'b1101"]
    assert [range_of(width) for width in (1, 2)] == ["", "[1:0] "]


def test_lines_break_behind_commas_and_operators_and_lose_nothing():
    line = "    assign y = " + " & ".join(f"(a[{i}] | b[{i}])" for i in range(60)) + ";"
    pieces = list(wrap(line))
    assert len(pieces) > 5
    assert max(map(len, pieces)) <= LINE
    assert " ".join(piece.strip() for piece in pieces) == line.strip()
    assert all(piece.startswith("        ") for piece in pieces[1:])
    assert list(wrap("short;")) == ["short;"]
