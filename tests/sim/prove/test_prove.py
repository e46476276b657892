import copy
import dataclasses
import json
import random
import sys
from collections import Counter

import numpy as np
import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.verilog import Pipeline, emit
from gatewright.sim.prove.netlist import read
from gatewright.sim.prove.prove import Proof, Step, prove, prove_graphs, prove_netlist, prove_verilog
from gatewright.sim.prove.yosys import GATES, ICE40
from tests import naive
from tests.graphs import random_encoder, random_graph
from tests.sim.prove import cells
from tests.sim.prove.designs import small


def scores(graph, words):
    return naive.scores(graph, [naive.bits(graph, words)])[0]


def flipped(graph, gate, bit):
    tables = graph.tables.copy()
    tables[gate] ^= np.uint64(1 << bit)
    return dataclasses.replace(graph, tables=tables)


class Built:
    """A network, its Verilog, its proof, and the module that Yosys made for iCE40."""

    def __init__(self, folder, graph, pipeline):
        self.folder, self.learned, self.network = folder, graph, optimise(graph)
        self.rtl, self.build, self.said = folder / "rtl", folder / "build", []
        self.latency = emit(self.network, pipeline, self.rtl).latency_cycles
        self.proof = prove(
            graph, self.network, self.rtl, self.build, progress=lambda *message: self.said.append(message)
        )
        text = (self.build / "ice40_netlist.json").read_text()
        self.module = json.loads(text)["modules"]["classifier"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return Built(tmp_path_factory.mktemp("small"), small(), Pipeline())


def test_a_small_network_is_proven_end_to_end(built):
    assert built.proof.proven
    assert [(step.left, step.right, step.equivalent) for step in built.proof.steps] == [
        ("learned graph", "optimised graph", True),
        ("optimised graph", "Verilog", True),
        ("optimised graph", "iCE40 netlist", True),
    ]
    assert all(step.counterexample is None and step.seconds > 0 and "abc" in step.engine for step in built.proof.steps)
    assert built.proof.steps[0].left_digest == built.learned.digest
    assert {step.left_digest for step in built.proof.steps[1:]} == {built.network.digest}
    assert [fraction for _, fraction in built.said] == sorted(fraction for _, fraction in built.said)
    assert built.said[-1] == ("done", 1.0)
    assert not cells.misbehaves(built.module, built.network, built.latency, 300, random.Random(0))


@pytest.mark.parametrize(
    ("seed", "pipeline"), [(1, Pipeline(False, 0, 0, 0)), (2, Pipeline(True, 1, 1, 1)), (3, Pipeline(True, 2, 0, 1))]
)
def test_random_networks_and_pipelines_are_proven(tmp_path, seed, pipeline):
    rng = np.random.default_rng(seed)
    encoder = random_encoder(rng, 3, seed, 3)
    graph = random_graph(rng, layers=seed, width=9, classes=2 + seed, fan_in=2 * seed, encoder=encoder)
    built = Built(tmp_path, graph, pipeline)
    assert built.proof.proven


def test_a_flipped_table_bit_of_the_optimised_graph_is_caught(built, tmp_path):
    caught = 0
    for gate in range(built.network.gates):
        for bit in range(2 ** int(built.network.fan_in[gate])):
            wrong = flipped(built.network, gate, bit)
            step = prove_graphs(built.learned, wrong, tmp_path)
            words = [
                (x, y) for x in range(8) for y in range(8) if scores(wrong, (x, y)) != scores(built.learned, (x, y))
            ]
            assert step.equivalent == (not words)
            assert step.equivalent or step.counterexample in words
            caught += not step.equivalent
            if caught == 1 and words:
                left, right = (str(scores(graph, step.counterexample)) for graph in (built.learned, wrong))
                assert left in step.sentence
                assert right in step.sentence
    assert caught > 10


def test_a_wrong_table_in_the_hardware_is_caught_in_both_readings(built, tmp_path):
    for gate in (0, built.network.gates - 1):
        wrong = flipped(built.network, gate, 1)
        emit(wrong, Pipeline(), tmp_path / "rtl")
        for reading in (GATES, ICE40):
            step = prove_verilog(built.network, tmp_path / "rtl/classifier.v", built.latency, tmp_path, reading)
            assert not step.equivalent
            assert scores(wrong, step.counterexample) != scores(built.network, step.counterexample)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" & ", " | ", "result: "),
        ("if (rst)", "if (1'b0)", "reset: "),
        ("words__ready = ", "words__ready = ~", "stream: "),
    ],
)
def test_a_changed_line_of_the_verilog_is_caught(built, tmp_path, old, new, said):
    text = (built.rtl / "classifier.v").read_text()
    assert old in text
    path = tmp_path / "classifier.v"
    path.write_text(text.replace(old, new, 1))
    step = prove_verilog(built.network, path, built.latency, tmp_path / "build", GATES)
    assert not step.equivalent
    assert step.sentence.startswith(said)
    module = json.loads((tmp_path / "build/verilog.json").read_text())["modules"]["classifier"]
    assert cells.misbehaves(module, built.network, built.latency, 300, random.Random(0))
    if step.counterexample is not None:
        found = cells.answer(module, built.network, step.counterexample, built.latency, random.Random(0))
        assert found != cells.expected(built.network, step.counterexample)


def reachable(pins, pattern):
    """Whether the constant pins of a LUT admit a pattern."""
    return all(pins[f"I{i}"][0] not in ("0", "1") or int(pins[f"I{i}"][0]) == pattern >> i & 1 for i in range(4))


def test_every_flipped_bit_of_a_lut_is_caught_or_changes_nothing(built, tmp_path):
    rng = random.Random(0)
    bits = [
        (name, bit) for name, cell in built.module["cells"].items() if cell["type"] == "SB_LUT4" for bit in range(16)
    ]
    seen = [(name, bit) for name, bit in bits if reachable(built.module["cells"][name]["connections"], bit)]
    seen, rest = rng.sample(seen, 28), [rng.choice([point for point in bits if point not in seen]) for _ in range(2)]
    told = Counter()
    for name, bit in seen + rest:
        module = copy.deepcopy(built.module)
        parameters = module["cells"][name]["parameters"]
        init = parameters["LUT_INIT"]
        parameters["LUT_INIT"] = init[: 15 - bit] + "10"[int(init[15 - bit])] + init[16 - bit :]
        netlist = read(json.dumps({"modules": {"classifier": module}}), "n")
        step = prove_netlist(built.network, netlist, built.latency, tmp_path, "faulty")
        broken = cells.misbehaves(module, built.network, built.latency, 150, random.Random(1))
        assert broken != step.equivalent, (name, bit)
        told[step.equivalent] += 1
        if step.counterexample is not None:
            found = cells.answer(module, built.network, step.counterexample, built.latency, random.Random(1))
            assert found != cells.expected(built.network, step.counterexample)
            told["words"] += 1
    assert told[False] >= 15
    assert told["words"] >= 10
    assert told[True] >= 2


@pytest.mark.parametrize(
    ("kind", "changed"), [("SB_DFFE", "SB_DFF"), ("SB_DFFESR", "SB_DFFE"), ("SB_DFFESR", "SB_DFFESS")]
)
def test_another_kind_of_flip_flop_is_caught(built, tmp_path, kind, changed):
    # The proof speaks of every state, so it also refuses a fault that no run from a reset shows.
    names, broken = [name for name, cell in built.module["cells"].items() if cell["type"] == kind], []
    for name in random.Random(0).sample(names, 4):
        module = copy.deepcopy(built.module)
        cell = module["cells"][name]
        cell["type"] = changed
        cell["connections"]["S"] = cell["connections"].get("R", ["0"])
        netlist = read(json.dumps({"modules": {"classifier": module}}), "n")
        assert not prove_netlist(built.network, netlist, built.latency, tmp_path, "x").equivalent
        broken.append(cells.misbehaves(module, built.network, built.latency, 300, random.Random(1)))
    assert broken.count(True) >= 2


def test_verilog_of_another_graph_is_refused_as_stale(built, tmp_path):
    other = flipped(built.network, 0, 0)
    with pytest.raises(
        GatewrightError, match=rf"rtl is stale: .*{built.network.digest[:12]}.*{other.digest[:12]}.*export"
    ):
        prove(built.learned, other, built.rtl, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_missing_verilog_is_one_sentence(built, tmp_path):
    with pytest.raises(GatewrightError, match="export"):
        prove(built.learned, built.network, tmp_path / "none", tmp_path)


def test_a_wrong_latency_in_the_manifest_is_no_proof(built, tmp_path):
    emit(built.network, Pipeline(), tmp_path / "rtl")
    manifest = tmp_path / "rtl/manifest.json"
    values = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(values | {"latency_cycles": built.latency + 1}))
    proof = prove(built.learned, built.network, tmp_path / "rtl", tmp_path / "build")
    assert [step.equivalent for step in proof.steps] == [True, False, False]
    assert not proof.proven


@pytest.mark.parametrize(
    "program",
    ["import time; time.sleep(60)", "print('Networks are UNDECIDED.')", "pass"],
    ids=["hangs", "gives up", "says nothing"],
)
def test_an_abc_that_does_not_decide_is_no_proof(built, tmp_path, monkeypatch, program):
    abc = tools.Tool("abc", (sys.executable, "-c", program), "0", "test")
    find = tools.find
    monkeypatch.setattr(tools, "find", lambda name: abc if name == "abc" else find(name))
    proof = prove(built.learned, built.network, built.rtl, tmp_path, seconds=0)
    assert [step.equivalent for step in proof.steps] == [False] * 3
    assert not proof.proven
    assert all("not proven: no verdict" in step.sentence and step.counterexample is None for step in proof.steps)


def test_one_step_that_fails_or_none_at_all_is_no_proof():
    good = Step("a", "b", "e", 1.0, True, "", "", "")
    bad = dataclasses.replace(good, equivalent=False)
    assert Proof((good, good)).proven
    assert not Proof(()).proven
    for steps in ((bad,), (good, bad), (bad, good)):
        assert not Proof(steps).proven
