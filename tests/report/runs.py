"""Run folders as the verbs leave them, without the tools that the verbs need."""

import dataclasses
import json
from hashlib import sha256

import numpy as np

from gatewright.flow.split import keep
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph, Provenance
from gatewright.run import Run, write_whole
from gatewright.sim.player import TRACE
from tests.graphs import random_graph

BOARD = "icebreaker"
LATENCY = 3


def encoder(names, word_width=2):
    """Two thresholds for each feature."""
    return Thermometer(
        tuple(names),
        word_width,
        np.zeros(len(names)),
        np.ones(len(names)),
        np.repeat(np.arange(len(names)), 2),
        np.tile([0, 2], len(names)),
    )


def pixels(height, width):
    return [f"pixel_{row}_{column}" for row in range(height) for column in range(width)]


def network(seed=0, names=None, name="<toy> & co", **given):
    graph = random_graph(np.random.default_rng(seed), encoder=encoder(names or pixels(4, 4)), **given)
    return dataclasses.replace(graph, provenance=Provenance(name=name))


def words(graph: GateGraph, samples, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**graph.encoder.word_width, (samples, graph.encoder.features), dtype=np.uint16)


def complete(path, graph=None, dataset="digits", accuracy=0.9512):
    """A run that every verb has been through."""
    run, graph = Run(path), graph or network()
    run.store(graph)
    run.store(graph, run.learned)
    common = {"digest": graph.digest, "tools": {"yosys": "0.70"}, "seconds": 1.5}
    gaps = {"gap": 0.0088, "gap_sample": 0.0088, "gap_mixture": -0.002}
    run.write_json(
        "train",
        common
        | {"dataset": dataset, "data_digest": f"of {dataset}", "seed": 3, "gates": 40, "unused_gates": 2}
        | {"accuracy_test": accuracy, "accuracy_train_mode": 0.96, "accuracy_validation": 0.97}
        | gaps,
    )
    pipeline = {"encoder": True, "gates": 4, "popcount": 4, "argmax": 2, "counter": 3, "lanes": 0}
    exported = {"gates_learned": 64, "gates": 40, "latency_cycles": LATENCY, "pipeline": pipeline}
    run.write_json("export", common | exported)
    verilog = "module classifier; endmodule\n"
    write_whole(run.rtl / "classifier.v", verilog)
    simulated = {"simulator": "icarus 11", "vectors": 360, "ties": 7, "mismatches": 0, "passed": True}
    run.write_json(
        "simulate", common | simulated | {"latency_cycles": LATENCY, "rtl_digest": sha256(verilog.encode()).hexdigest()}
    )
    step = {"left": "learned graph", "right": "optimised graph", "engine": "abc &cec", "seconds": 0.2}
    step |= {"equivalent": True, "sentence": "equal for every value of 3 inputs", "left_digest": "", "right_digest": ""}
    run.write_json("prove", common | {"steps": [step], "proven": True})
    write_build(run, common | {"pipeline": pipeline})
    fixed = {"steps": 4, "accuracy": 0.9, "gap": 0.01, "unused_gates": 7}
    lines = [fixed | {"step": i, "loss": 1.0 / i, "seconds": i} for i in range(1, 5)]
    write_whole(run.metrics, "".join(json.dumps(line) + "\n" for line in lines))
    samples = words(graph, 40)
    labels = graph.scores(samples).argmax(axis=1)
    labels[::5] = (labels[::5] + 1) % graph.classes
    keep(run, samples, labels)
    write_trace(run, graph, samples)
    return run


def write_build(run, common, board=BOARD):
    """The values of a build, and nextpnr's report on it."""
    cells = {"lut": 10, "ff": 5, "carry": 0}
    run.write_json(
        f"boards/{board}/synthesize",
        common
        | {"board": board, "family": "ice40", "device": "up5k", "parts": {"gates": cells, "link": cells}, "seed": 1}
        | {"total": {"lut": 20, "ff": 10, "carry": 0}, "available": {"lut": 5280, "ff": 5280, "carry": 5280}}
        | {"fmax_mhz": 40.5, "clock_mhz": 12.0, "latency_cycles": 6, "latency_ns": 500.0}
        | {"samples_per_second": 12e6, "bitstream": "top.bin", "initiation_interval": 1, "pll": ""},
    )
    write_whole(run.board(board) / "top.seed1.report.json", json.dumps(timing(40.5)))


def timing(fmax_mhz):
    """A report as nextpnr writes it: a path of the whole period, and a longer one that no clock bounds."""
    period = 1e3 / fmax_mhz
    hops = [
        (0.1, "clk-to-q", "core.classifier.gates.a"),
        (0.4, "routing", "core.classifier.argmax.<b>"),
        (0.3, "logic", "core.classifier.argmax.<b>"),
        (0.2, "setup", "pin"),
    ]
    path = [
        {"delay": period * share, "type": kind, "from": {"cell": "x"}, "to": {"cell": to}} for share, kind, to in hops
    ]
    clock = "posedge clk"
    return {
        "fmax": {"clk": {"achieved": fmax_mhz, "constraint": 12.0}},
        "critical_paths": [
            {"from": "<async>", "to": clock, "path": [{**path[0], "delay": 2 * period}]},
            {"from": clock, "to": clock, "path": path[:1]},
            {"from": clock, "to": clock, "path": path},
        ],
    }  # fmt: skip


def write_trace(run, graph, samples, latency=LATENCY, seed=0, stall=0.3, resets=0.02):
    """What a simulation leaves: the cycles of a pipeline that is offered samples, stalled and reset at random."""
    rng = np.random.default_rng(seed)
    label_bits, score_bits = (graph.classes - 1).bit_length(), int(graph.max_score).bit_length()
    scores = graph.scores(samples)
    plan = {"label_bits": label_bits, "score_bits": score_bits, "classes": graph.classes, "latency": latency}
    write_whole(run.sim / "plan.json", json.dumps(plan))
    pipeline, lines, sample, answer = [None] * latency, [], 0, 0
    while answer < len(samples):
        if rng.random() < resets:
            pipeline, sample = [None] * latency, answer
            lines.append("1010" + "1")
            continue
        valid, take = pipeline[-1] is not None, rng.random() >= stall
        offered, advance = sample < len(samples) and rng.random() >= 0.3, take or not valid
        line = f"0{offered:d}{advance:d}{valid:d}{take:d}"
        if valid:
            row = scores[pipeline[-1]]
            payload = int(row.argmax()) + sum(int(s) << label_bits + i * score_bits for i, s in enumerate(row))
            line += f" {payload:x}"
        lines.append(line)
        answer += valid and take
        if advance:
            pipeline = [sample if offered else None, *pipeline[:-1]]
            sample += offered
    write_whole(run.sim / TRACE, "\n".join(lines) + "\n")
