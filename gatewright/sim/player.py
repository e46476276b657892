"""The Verilog around a classifier that plays samples to it, a whole batch of cycles for each step of Python.

In each cycle it does what `storm` has laid down, and writes into a trace what stands on the two streams just before
the rising edge; `referee` judges the trace. Inputs change with the falling edge of the clock, so every simulator shows
what a flip-flop would see.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gatewright.hdl.manifest import Manifest
from gatewright.run import write_whole

TOP = "player"
BATCH = 1024
"""Cycles for each step of Python."""
TRACE = "trace.txt"
"""One line for each cycle: the bits reset, offered, ready, valid, taken; then the result in hex, if it is valid."""

_WORDS = "words.hex"
_TEXT = f"""module {TOP} (input wire clk);
    localparam SAMPLES = @samples@, WORDS = @words@, RESULT = @result@, BATCH = {BATCH};
    // For each cycle of a batch: reset, a source that pauses, a sink that stalls. The lowest three bits come first.
    reg [3*BATCH-1:0] control = {{3*BATCH{{1'b1}}}};
    reg [WORDS-1:0] samples [0:SAMPLES-1];
    reg [WORDS-1:0] payload = 0;
    reg rst = 1, offered = 0, take = 0, took = 0, running = 0;
    wire ready, valid;
    wire [RESULT-1:0] result;
    integer trace, slot = 0, sample = 0, answered = 0;

    // In a reset the source offers something that must not be taken.
    @dut@ dut (
        .clk(clk), .rst(rst),
        .words__payload(payload), .words__valid(offered | rst), .words__ready(ready),
        .result__payload(result), .result__valid(valid), .result__ready(take)
    );

    initial begin
        $readmemh("{_WORDS}", samples);
        trace = $fopen("{TRACE}", "w");
    end

    always @(negedge clk) begin
        running <= 1;
        rst <= control[3*slot];
        take <= !control[3*slot + 2];
        // A source that has offered a sample keeps to it until it is taken.
        if (control[3*slot])
            offered <= 0;
        else if (!offered || took)
            offered <= !control[3*slot + 1] && sample < SAMPLES;
        payload <= sample < SAMPLES && !control[3*slot] ? samples[sample] : 0;
    end

    always @(posedge clk) if (running && answered < SAMPLES) begin
        $fwrite(trace, "%b%b%b%b%b", rst, offered, ready, valid, take);
        if (valid === 1'b1) $fwrite(trace, " %h", result);
        $fwrite(trace, "\\n");
        took <= offered && ready === 1'b1;
        // What was in flight in a reset is played again.
        if (rst) sample = answered;
        else begin
            if (offered && ready === 1'b1) sample = sample + 1;
            if (valid === 1'b1 && take) answered = answered + 1;
        end
        if (slot == BATCH - 1 || answered == SAMPLES) $fflush(trace);
        slot = slot == BATCH - 1 ? 0 : slot + 1;
    end
endmodule
"""


def write(manifest: Manifest, words: NDArray[np.uint16], build: Path) -> Path:
    """Write the player of a classifier and the words (samples, features) that it plays; the path of the Verilog."""
    field = manifest.field("words__payload", "words")
    widths = {port.name: port.width for port in manifest.ports}
    values = {
        "samples": len(words),
        "words": widths["words__payload"],
        "result": widths["result__payload"],
        "dut": manifest.top,
    }
    text = _TEXT
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = build / f"{TOP}.v"
    write_whole(path, text)
    write_whole(build / _WORDS, "".join(f"{payload:x}\n" for payload in packed(words, field.width)))
    return path


def packed(words: NDArray[np.uint16], width: int) -> list[int]:
    """The payload of each row of words (samples, features): feature 0 in the lowest bits."""
    bits = (words[:, :, None] >> np.arange(width) & 1).astype(np.uint8).reshape(len(words), -1)
    return [int.from_bytes(row.tobytes(), "little") for row in np.packbits(bits, axis=1, bitorder="little")]
