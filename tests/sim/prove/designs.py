"""Plain Verilog of a classifier, written by hand and owed nothing to `gatewright.hdl`: what the proofs are tried on.

Registers stand after the encoder, the gates, the popcounts and the label. `faults` changes one line.
"""

from __future__ import annotations

import json

from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.sim.prove.yosys import GATES, elaborate

LATENCY = 4


def small():
    """Three classes over two words of three bits; every gate reaches a score."""
    encoder = Thermometer(("x", "y"), 3, [0, 0], [1, 1], [0, 0, 1, 1], [1, 4, 2, 5])
    gates = [(6, (2, 4)), (8, (3, 5)), (0x96, (2, 4, 5)), (14, (2, 7)), (9, (8, 5)), (0xCA, (8, 6, 7))]
    return GateGraph.build(encoder, gates, [[6, 7, 9, 11], [8, 10, 3, 6], [9, 10, 5, 1]])


def gate(table, operands):
    """A sum of products over the operand bits."""
    k = len(operands)
    terms = []
    for i in range(2**k):
        if table >> i & 1:
            terms.append("(" + " & ".join(n if i >> (k - 1 - j) & 1 else f"~{n}" for j, n in enumerate(operands)) + ")")
    return " | ".join(terms) or "1'b0"


def popcount(name, bits, width):
    """Carry-save by levels: every column is cut into threes. Returns lines and the sum's bits."""
    lines, columns, fresh = [], [[] for _ in range(width)], 0
    columns[0] = list(bits)
    while any(len(c) > 1 for c in columns):
        following = [[] for _ in range(width)]
        for weight, column in enumerate(columns):
            for i in range(0, len(column), 3):
                part = column[i : i + 3]
                if len(part) == 1 or (len(part) == 2 and any(len(c) > 2 for c in columns)):
                    following[weight] += part
                    continue
                s, c = f"{name}_s{fresh}", f"{name}_c{fresh}"
                fresh += 1
                a, b, d = [*part, "1'b0"][:3]
                lines += [f"wire {s} = {a} ^ {b} ^ {d};", f"wire {c} = ({a} & {b}) | ({d} & ({a} | {b}));"]
                following[weight].append(s)
                if weight + 1 < width:
                    following[weight + 1].append(c)
        columns = following
    return lines, [c[0] if c else "1'b0" for c in columns]


def lines(graph):
    """The module, line by line, so that a test can spoil one of them."""
    encoder = graph.encoder
    width = max(1, graph.max_score.bit_length())
    label_bits = max(1, (graph.classes - 1).bit_length())
    w, classes = encoder.word_width, graph.classes
    out = [
        "module classifier(input clk, input rst,",
        f"  input [{encoder.features * w - 1}:0] words__payload, input words__valid, output words__ready,",
        f"  output [{label_bits + classes * width - 1}:0] result__payload, output result__valid, input result__ready);",
        "reg [3:0] valid = 0;",
        "assign result__valid = valid[3];",
        "wire advance = result__ready | ~result__valid;",
        "assign words__ready = advance;",
        "always @(posedge clk) if (rst) valid <= 0; else if (advance) valid <= {valid[2:0], words__valid};",
        f"reg [{encoder.inputs - 1}:0] bits;",
    ]
    for i, (f, t) in enumerate(zip(encoder.feature.tolist(), encoder.threshold.tolist(), strict=True)):
        out.append(f"always @(posedge clk) if (advance) bits[{i}] <= words__payload[{f * w} +: {w}] > {w}'d{t};")
    net = {0: "1'b0", 1: "1'b1"} | {2 + i: f"bits[{i}]" for i in range(encoder.inputs)}
    for j in range(graph.gates):
        g = graph.gate(j)
        net[g.net] = f"n{g.net}"
        out.append(f"wire n{g.net} = {gate(g.table, [net[n] for n in g.operands])};")
    listed = sorted({n for group in graph.groups for n in group.tolist()} - {0, 1})
    out += [f"reg [{max(1, len(listed)) - 1}:0] counted;", f"reg [{classes * width - 1}:0] scores;"]
    out.append(rf"wire [{max(1, len(listed)) - 1}:0] \popcount.counted = counted;")
    for index, n in enumerate(listed):
        out.append(f"always @(posedge clk) if (advance) counted[{index}] <= {net[n]};")
    held = {0: "1'b0", 1: "1'b1"} | {n: f"counted[{index}]" for index, n in enumerate(listed)}
    for c, group in enumerate(graph.groups):
        taken = [held[n] for n in group.tolist()]
        more, sums = popcount(f"p{c}", taken, width)
        out += more
        out.append(
            f"always @(posedge clk) if (advance) scores[{c * width} +: {width}] <= {{{', '.join(reversed(sums))}}};"
        )
    out += argmax(classes, width, label_bits)
    out += [
        f"reg [{label_bits + classes * width - 1}:0] result;",
        "always @(posedge clk) if (advance) result <= {scores, best};",
        "assign result__payload = result;",
        "endmodule",
    ]
    return out


def argmax(classes, width, label_bits):
    """A balanced tree; the right side wins only if it is higher."""
    out = []

    def tree(low, high):
        if high - low == 1:
            return f"scores[{low * width} +: {width}]", f"{label_bits}'d{low}"
        middle = (low + high + 1) // 2
        (a, i), (b, j) = tree(low, middle), tree(middle, high)
        name = f"m{low}_{high}"
        out.append(f"wire {name} = {b} > {a};")
        out.append(f"wire [{width - 1}:0] {name}_s = {name} ? {b} : {a};")
        out.append(f"wire [{label_bits - 1}:0] {name}_i = {name} ? {j} : {i};")
        return f"{name}_s", f"{name}_i"

    out.append(f"wire [{label_bits - 1}:0] best = {tree(0, classes)[1]};")
    return out


def verilog(graph):
    return "\n".join(lines(graph)) + "\n"


def read(graph, folder, *changes):
    """The netlist of the hand-made Verilog, and the module as Yosys wrote it; each change is (old text, new text)."""
    text = verilog(graph)
    for old, new in changes:
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    (folder / "classifier.v").write_text(text)
    netlist = elaborate(folder / "classifier.v", folder / "build", GATES, "design")
    return netlist, json.loads((folder / "build" / "design.json").read_text())["modules"]["classifier"]
