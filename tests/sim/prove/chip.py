"""A small chip around the hand-made classifier: pads, a shift register for the words, one for the result, a reset.

Built for an iCE40 with Yosys, nextpnr and icepack, as a board is, and owed nothing to `gatewright.boards`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gatewright import tools
from gatewright.sim.prove.placed import Board
from tests.sim.prove.designs import LATENCY, verilog

_TOP = """
module core(input clk, input rst, input rx, output tx);
  reg [{high}:0] words;
  reg [2:0] count;
  reg [{last}:0] result;
  wire words__ready, result__valid;
  wire [{last}:0] payload;
  always @(posedge clk) words <= {{words, rx}};
  always @(posedge clk) if (rst) count <= 0; else count <= count + 1;
  always @(posedge clk) result <= result__valid ? payload : {{result, rx}};
  assign tx = result[{last}];
  classifier classifier(.clk(clk), .rst(rst),
    .words__payload(words), .words__valid(&count), .words__ready(words__ready),
    .result__payload(payload), .result__valid(result__valid), .result__ready(rx | count[0]));
endmodule

module top(inout pin_clk, inout pin_rx, inout pin_tx);
  wire clk, rx, tx;
  reg ready = 0;
  always @(posedge clk) ready <= 1;
  SB_GB_IO #(.PIN_TYPE(6'b000001)) clk_pad(.PACKAGE_PIN(pin_clk), .GLOBAL_BUFFER_OUTPUT(clk));
  SB_IO #(.PIN_TYPE(6'b000001)) rx_pad(.PACKAGE_PIN(pin_rx), .D_IN_0(rx));
  SB_IO #(.PIN_TYPE(6'b101001)) tx_pad(.PACKAGE_PIN(pin_tx), .D_OUT_0(tx), .OUTPUT_ENABLE(1'b1));
  core core(.clk(clk), .rst(~ready), .rx(rx), .tx(tx));
endmodule
"""
_SCRIPT = """read_verilog top.v
setattr -mod -set keep_hierarchy 1 classifier
synth_ice40 -top top
setattr -mod -unset keep_hierarchy A:keep_hierarchy
flatten -noscopeinfo
opt_clean -purge
write_json top.json
"""
DEVICES = {"5k": ("--up5k", "--package", "sg48"), "8k": ("--hx8k", "--package", "ct256")}
# Of the clock, the line in and the line out: those of iCEBreaker and iCE40-HX8K-EVN.
PINS = {"5k": ("35", "6", "9"), "8k": ("J3", "B10", "B12")}


@dataclass(frozen=True)
class Chip:
    """A build: its folder and what the proof is told of it."""

    folder: Path
    board: Board


def build(graph, folder, device="5k"):
    """Synthesize, place, route and pack."""
    encoder = graph.encoder
    label = max(1, (graph.classes - 1).bit_length())
    result = label + graph.classes * max(1, graph.max_score.bit_length())
    top = _TOP.format(high=encoder.features * encoder.word_width - 1, last=result - 1)
    folder.mkdir(exist_ok=True)
    (folder / "top.v").write_text(verilog(graph) + top)
    (folder / "top.ys").write_text(_SCRIPT)
    tools.find("yosys").run("-q", "top.ys", cwd=folder)
    pins = zip(("pin_clk", "pin_rx", "pin_tx"), PINS[device], strict=True)
    (folder / "top.pcf").write_text("".join(f"set_io {name} {pin}\n" for name, pin in pins))
    outputs = ("--pcf", "top.pcf", "--asc", "top.asc", "--write", "top.placed.json")
    tools.find("nextpnr-ice40").run("-q", *DEVICES[device], "--seed", "1", "--json", "top.json", *outputs, cwd=folder)
    tools.find("icepack").run("top.asc", "top.bin", cwd=folder)
    paths = [folder / name for name in ("top.json", "top.placed.json", "top.bin")]
    return Chip(folder, Board(paths[0], LATENCY, "ice40", paths[1], paths[2]))
