"""A self-checking bench in plain Verilog: golden samples, and a module that plays them without Python.

It runs beside ``classifier.v``, in any simulator:

    iverilog -g2005 -o golden golden_tb.v classifier.v && vvp -N golden
    verilator --binary --timing --top-module golden_tb golden_tb.v classifier.v && obj_dir/Vgolden_tb

It prints PASS, or the first difference and FAIL; then ``$stop`` ends the program with a status that is not zero.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph, argmax
from gatewright.run import write_whole

from .manifest import Manifest

HEX, BENCH = "golden.hex", "golden_tb.v"

_FREE = 4
"""One of so many samples, the first, are played without a pause or a stall."""

_BENCH = """// Plays {hex} to {top} and checks label, scores, latency and the rules of the streams.
// Graph {digest}
module golden_tb;
    localparam SAMPLES = {samples}, FREE = {free}, WORDS = {words}, RESULT = {result}, LABEL = {label};
    localparam LATENCY = {latency}, INTERVAL = {interval};
    // A line is a result, then the words that it belongs to.
    reg [RESULT+WORDS-1:0] golden [0:SAMPLES-1];
    // For each sample, the number of cycles without a stall before it was offered.
    integer begun [0:SAMPLES-1];
    integer sent, received, cycle, advances;
    reg clk, rst, offered, fresh, took, take, failed;
    reg [15:0] random;
    reg [RESULT-1:0] expected;
    wire [WORDS-1:0] words;
    wire [RESULT-1:0] result;
    wire ready, valid;

    assign words = golden[sent < SAMPLES ? sent : 0][WORDS-1:0];

    {top} dut (
        .clk(clk), .rst(rst),
        .words__payload(words), .words__valid(offered), .words__ready(ready),
        .result__payload(result), .result__valid(valid), .result__ready(take)
    );

    initial begin
        $readmemh("{hex}", golden);
        clk = 0; rst = 1; offered = 0; fresh = 1; took = 0; take = 1; failed = 0;
        random = 16'hace1;
        sent = 0; received = 0; cycle = 0; advances = 0;
    end

    always #5 clk = !clk;

    // Inputs change with the falling edge. A source that has offered a sample keeps to it until it is taken.
    always @(negedge clk) begin
        random <= {{random[14:0], random[15] ^ random[13] ^ random[12] ^ random[10]}};
        rst <= cycle < 2;
        take <= received < FREE || random[1:0] != 0;
        if (!offered || took)
            offered <= cycle > 2 && sent < SAMPLES && (sent < FREE || random[3:2] != 0);
    end

    always @(posedge clk) begin
        cycle <= cycle + 1;
        took <= offered && ready && !rst;
        if (!rst && !failed && received < SAMPLES) begin
            if (^{{ready, valid}} === 1'bx) fail("a ready or a valid is undefined");
            if (offered) begin
                if (fresh) begun[sent] = advances;
                fresh = ready;
                if (ready) sent <= sent + 1;
            end
            if (valid) begin
                expected = golden[received][RESULT+WORDS-1:WORDS];
                if (received >= sent) fail("a result is valid that no sample belongs to");
                else if (advances != begun[received] + LATENCY) fail("the result comes in the wrong cycle");
                else if (result[LABEL-1:0] !== expected[LABEL-1:0]) fail("the label is wrong");
                else if (result !== expected) fail("a score is wrong");
                if (take) received <= received + 1;
            end
            else if (received < sent && advances >= begun[received] + LATENCY) fail("the result does not come");
            if (take || !valid) advances <= advances + 1;
            if (cycle > 100 + 8 * (SAMPLES + 2) * INTERVAL + 8 * LATENCY) fail("the bench has waited too long");
        end
        if (received == SAMPLES && !failed) begin
            $display("PASS: %0d samples, latency %0d cycles", received, LATENCY);
            $finish;
        end
    end

    task fail(input [8*48-1:0] what);
        begin
            failed <= 1;
            $display("FAIL: sample %0d, cycle %0d: %0s", received, cycle, what);
            $display("      result %h, expected %h", result, expected);
            $stop;
        end
    endtask
endmodule
"""


def write_golden(graph: GateGraph, words: ArrayLike, folder: Path) -> tuple[str, str]:
    """Write ``golden.hex`` and ``golden_tb.v`` into a folder that holds the Verilog of a graph.

    Args:
        graph: the network.
        words: the samples, (samples, features), whole numbers of the encoder's word width; a few hundred.
        folder: with ``manifest.json``.

    Returns:
        The names of the two files.

    Raises:
        GatewrightError: if there is no sample or a word does not fit, or the Verilog is absent or of another graph.
    """
    manifest = Manifest.load(folder)
    if manifest.digest != graph.digest:
        raise GatewrightError(
            f"{folder} is stale: it was made from graph {manifest.digest[:12]}, but the network is "
            f"{graph.digest[:12]}; export the network again."
        )
    samples = np.asarray(words)
    encoder = graph.encoder
    if samples.ndim != 2 or samples.shape[1] != encoder.features or not len(samples):
        raise GatewrightError(
            f"The samples have shape {samples.shape}: at least one row of {encoder.features} words is needed."
        )
    if samples.dtype.kind not in "biu" or samples.min() < 0 or int(samples.max()) >> encoder.word_width:
        raise GatewrightError(f"The samples must be whole numbers of {encoder.word_width} bits: encode them first.")
    label, score = manifest.field("result__payload", "label"), manifest.field("result__payload", "scores")
    scores = graph.scores(samples)
    results = np.concatenate([_bits(argmax(scores)[:, None], label.width), _bits(scores, score.width)], axis=1)
    payloads = _bits(samples, encoder.word_width)
    write_whole(folder / HEX, _hex(np.concatenate([payloads, results], axis=1)))
    text = _BENCH.format(
        hex=HEX,
        top=manifest.top,
        digest=manifest.digest,
        samples=len(samples),
        free=len(samples) // _FREE,
        words=payloads.shape[1],
        result=results.shape[1],
        label=label.width,
        latency=manifest.latency_cycles,
        interval=manifest.initiation_interval,
    )
    write_whole(folder / BENCH, text)
    return HEX, BENCH


def _bits(values: NDArray[np.integer], width: int) -> NDArray[np.uint8]:
    """Rows of numbers as rows of bits: the first number first, and of each the least significant bit."""
    return (values.astype(np.int64)[:, :, None] >> np.arange(width) & 1).astype(np.uint8).reshape(len(values), -1)


def _hex(rows: NDArray[np.uint8]) -> str:
    """A line for each row of bits, the first bit of a row the least significant."""
    digits = -(-rows.shape[1] // 4)
    packed = np.packbits(rows, axis=1, bitorder="little")
    return "".join(f"{int.from_bytes(row.tobytes(), 'little'):0{digits}x}\n" for row in packed)
