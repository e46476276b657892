import json

import pytest

from gatewright.errors import GatewrightError
from gatewright.sim.prove.yosys import GATES, ICE40, elaborate

MODULE = """module part(input [3:0] a, output y); assign y = ^a; endmodule
module classifier(input clk, input rst, input [3:0] a, output reg y);
  wire p;
  part sub(.a(a), .y(p));
  always @(posedge clk) if (rst) y <= 1'b1; else if (a[0]) y <= p;
endmodule
"""


def written(tmp_path, text):
    path = tmp_path / "rtl" / "classifier.v"
    path.parent.mkdir()
    path.write_text(text)
    return path


@pytest.mark.parametrize(("passes", "kinds"), [(GATES, "$_"), (ICE40, "SB_")])
def test_a_design_is_read_flat(tmp_path, passes, kinds):
    netlist = elaborate(written(tmp_path, MODULE), tmp_path / "build", passes, "part")
    assert {name: len(bits) for name, bits in netlist.inputs.items()} == {"clk": 1, "rst": 1, "a": 4}
    assert list(netlist.registers) == list(netlist.outputs["y"])
    module = json.loads((tmp_path / "build" / "part.json").read_text())["modules"]["classifier"]
    types = {cell["type"] for cell in module["cells"].values()} - {"$scopeinfo"}
    assert all(kind.startswith(kinds) for kind in types)
    assert sorted(path.name for path in (tmp_path / "rtl").iterdir()) == ["classifier.v"]


def test_the_reading_as_gates_simplifies_nothing(tmp_path):
    source = "module classifier(input clk, input a, output y); assign y = (a & ~a) | (a ^ 1'b0); endmodule"
    netlist = elaborate(written(tmp_path, source), tmp_path / "build", GATES, "gates")
    assert len(netlist.gates) == 4


@pytest.mark.parametrize("passes", [GATES, ICE40])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("input clk, input d, output reg q); always @(negedge clk) q <= d;", "no model"),
        ("input clk, r, d, output reg q); always @(posedge clk or posedge r) if (r) q<=0; else q<=d;", "no model"),
        ("input clk, input c, input d, output reg q); always @(posedge c) q <= d;", "clocks a register"),
        ("input clk, input [7:0] a, input [7:0] d, output reg [7:0] q); reg [7:0] m [255:0];"
         " always @(posedge clk) begin m[a] <= d; q <= m[a]; end", "no model"),
    ],
)  # fmt: skip
def test_what_has_no_model_is_refused(tmp_path, passes, body, said):
    source = written(tmp_path, f"module classifier({body} endmodule")
    with pytest.raises(GatewrightError, match=said):
        elaborate(source, tmp_path / "build", passes, "x")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("module classifier(input clk; endmodule", "yosys failed .*ERROR"),
        ("module other(input clk); endmodule", "yosys failed .*classifier"),
        ("module classifier(input clk, output y); missing m(.y(y)); endmodule", "yosys failed .*missing"),
    ],
)
def test_what_yosys_cannot_read_is_one_sentence(tmp_path, source, said):
    with pytest.raises(GatewrightError, match=said):
        elaborate(written(tmp_path, source), tmp_path / "build", GATES, "x")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(GatewrightError, match=r"none\.v does not exist: run `gatewright export` first"):
        elaborate(tmp_path / "none.v", tmp_path / "build", GATES, "x")


def test_a_missing_yosys_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("YOSYS", "no-such-yosys")
    with pytest.raises(GatewrightError, match="yosys was not found"):
        elaborate(written(tmp_path, MODULE), tmp_path / "build", GATES, "x")
