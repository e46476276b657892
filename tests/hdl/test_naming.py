from gatewright.hdl.naming import Named
from tests.hdl.test_writer import A, B, Y, cell, module, net, port


def test_every_bit_that_is_driven_has_a_name_and_an_index():
    cells = {"n": cell("$not", A=[2, 3], Y=[8, 9]), "x": cell("$add", A=[8, 9], B=[4, 5], Y=[6, 7])}
    named = Named("m", module({"a": A, "b": B, "y": Y}, cells))
    assert named.place == {2: ("a", 0), 3: ("a", 1), 4: ("b", 0), 5: ("b", 1), 8: ("t0", 0), 9: ("t0", 1),
                           6: ("y", 0), 7: ("y", 1)}  # fmt: skip
    assert named.width == {"a": 2, "b": 2, "t0": 2, "y": 2}
    assert named.wire_of == {"n": "t0", "x": "y"}


def test_an_operation_that_one_other_reads_whole_has_no_name():
    cells = {"n": cell("$not", A=[2, 3], Y=[8, 9]), "x": cell("$and", A=[8, 9], B=[4, 5], Y=[6, 7])}
    named = Named("m", module({"a": A, "b": B, "y": Y}, cells))
    assert dict(named.inside) == {"x": ["n"]}
    assert named.wire_of == {"x": "y"}
    # A second reader, or a part of it, needs a name.
    for more in ([8, 9], [9, "0"]):
        cells["z"] = cell("$or", A=more, B=[4, 5], Y=[10, 11])
        both = Named("m", module({"a": A, "b": B, "y": Y, "z": port("output", 10, 11)}, cells))
        assert both.wire_of["n"] == "t0"
        assert not both.inside["x"]


def test_control_comes_first_among_the_ports():
    ports = {"b": B, "a": A, "rst": port("input", 12), "clk": port("input", 11), "y": Y}
    assert list(Named("m", module(ports, {})).ports) == ["clk", "rst", "b", "a", "y"]


def test_a_vector_has_the_plainest_of_its_names_and_a_slice_that_of_its_vector():
    cells = {"x": cell("$not", A=[2, 3], Y=[8, 9]), "y": cell("$not", A=[9], Y=[6])}
    top = {"a": A, "y": port("output", 6), "z": port("output", 8)}
    named = Named("m", module(top, cells, **{"core.sum": net(8, 9), "total": net(8, 9), "wide": net(7, 8, 9, 10)}))
    assert named.wire_of["x"] == "total"
    assert Named("m", module(top, cells, wide=net(7, 8, 9, 10))).wire_of["x"] == "wide_2_1"


def test_two_wires_never_share_a_name():
    cells = {f"x{i}": cell("$add", A=[2, 3], B=[4, 5], Y=[20 + 2 * i, 21 + 2 * i]) for i in range(3)}
    top = {"a": A, "b": B, "t0": port("output", 30), **{f"y{i}": port("output", 20 + 2 * i) for i in range(3)}}
    named = Named("m", module(top, cells))
    assert len({*named.wire_of.values()} | {"t0"}) == 4


def test_bits_at_the_top_that_nobody_reads_are_left_out():
    cells = {"x": cell("$add", A=[2, 3], B=[4, 5], Y=[6, 7, 8, 9])}
    named = Named("m", module({"a": A, "b": B, "y": Y}, cells))
    assert named.output(named.cells["x"]) == (6, 7)
    assert (named.readers[2], named.readers[8]) == (1, 0)
