"""From a learned graph to a bitstream that is proven, with what a user may ask of the registers."""

import json

import pytest

from gatewright import flow
from gatewright.errors import GatewrightError
from gatewright.flow.split import keep
from gatewright.report.results import collect
from gatewright.run import Run
from tests.boards.test_link import sample_words, small


@pytest.fixture
def run(tmp_path):
    """A run with a learned network and a test split."""
    run = Run(tmp_path / "run")
    graph = small()
    run.store(graph, run.learned)
    words = sample_words(graph, 40)
    keep(run, words, graph.scores(words).argmax(axis=1))
    return run


def test_the_registers_stand_where_they_are_asked_to(run):
    default = flow.export(run)
    assert default["latency_cycles"] == json.loads((run.rtl / "manifest.json").read_bytes())["latency_cycles"]
    fewest = flow.export(run, board_name="icebreaker")
    assert fewest["latency_cycles"] < default["latency_cycles"]
    assert flow.export(run, latency=3)["latency_cycles"] <= 3
    slow, fast = (flow.export(run, board_name="icebreaker", fmax_mhz=fmax) for fmax in (20, 60))
    assert slow["latency_cycles"] < fast["latency_cycles"]
    serial = flow.export(run, lanes=1)
    assert serial["initiation_interval"] > 1 == default["initiation_interval"]
    assert serial["pipeline"]["lanes"] == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"fmax_mhz": 5000.0}, "No pipeline is expected to reach 5000 MHz on ice40up: the best has about"),
        ({"latency": 0}, "No pipeline has a latency of 0 cycles: 1 is the least"),
        ({"board_name": "icebraker"}, "There is no board called 'icebraker': did you mean icebreaker"),
    ],
)
def test_what_cannot_be_is_refused_and_the_old_export_stays(run, asked, sentence):
    flow.export(run)
    before = (run.rtl / "classifier.v").read_bytes(), (run.path / "export.json").read_bytes()
    with pytest.raises(GatewrightError, match=sentence):
        flow.export(run, **asked)
    assert ((run.rtl / "classifier.v").read_bytes(), (run.path / "export.json").read_bytes()) == before


def test_an_export_brings_a_bench_that_needs_no_python(run):
    assert {"rtl/classifier_by_name.v", "rtl/golden.hex", "rtl/golden_tb.v"} <= set(flow.export(run)["files"])
    assert len((run.rtl / "golden.hex").read_text().splitlines()) == 40


def test_another_export_of_the_same_latency_makes_a_simulation_stale(run):
    flow.export(run)
    flow.simulate(run)
    assert collect(run).verbs["simulate"]["passed"]
    before = run.read_json("export")
    pipeline = before["pipeline"]
    other = flow.export(run, latency=before["latency_cycles"])
    assert (other["latency_cycles"], other["digest"]) == (before["latency_cycles"], before["digest"])
    assert other["pipeline"] != pipeline
    results = collect(run)
    assert results.verbs["simulate"] is None
    assert results.lacking["simulate"].state == "stale"
    flow.simulate(run)
    assert collect(run).verbs["simulate"]["passed"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("lanes", "without_encoder"), [(0, False), (2, False), (0, True)], ids=["parallel", "serial", "bits"]
)
def test_what_is_built_for_a_board_is_what_was_exported_and_is_proven_to_the_bitstream(run, lanes, without_encoder):
    exported = flow.export(run, board_name="icebreaker", lanes=lanes, without_encoder=without_encoder)
    assert flow.simulate(run)["passed"]
    built = flow.synthesize(run, "icebreaker", samples=4, baud=115_200)
    assert built["pins"]["passed"]
    assert built["baud"] == 115_200
    assert (built["latency_cycles"], built["initiation_interval"]) == (
        exported["latency_cycles"],
        exported["initiation_interval"],
    )
    proof = flow.prove(run, board_name="icebreaker")
    assert proof["proven"]
    assert proof["board"] == "icebreaker"
    assert proof["steps"][0]["left"] == "learned graph"
    assert "bitstream" in proof["steps"][-1]["right"]

    # Another export is another design: what was built before it is not proven against it in silence.
    flow.export(run, board_name="icebreaker", lanes=1 if lanes else 2)
    with pytest.raises(GatewrightError, match="is stale"):
        flow.prove(run, board_name="icebreaker")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("lanes", [0, 2], ids=["parallel", "serial"])
@pytest.mark.parametrize("board", ["ulx3s-25f", "tang-nano-9k"])
def test_the_netlist_of_other_families_is_proven_and_a_changed_one_refuted(run, board, lanes):
    flow.export(run, board_name=board, lanes=lanes)
    assert flow.synthesize(run, board, samples=2)["pins"]["passed"]
    proof = flow.prove(run, board_name=board)
    assert proof["proven"]
    # Placed design and bitstream are followed on iCE40 alone.
    assert "netlist" in proof["steps"][-1]["right"]
    assert not any("bitstream" in step["right"] or "placed" in step["right"] for step in proof["steps"])

    netlist = run.board(board) / "top.json"
    design = json.loads(netlist.read_bytes())
    cells = design["modules"]["top"]["cells"]
    changed = next(cells[name] for name in sorted(cells) if ".gates." in name and cells[name]["type"].startswith("LUT"))
    bits = changed["parameters"]["INIT"]
    changed["parameters"]["INIT"] = "".join("10"[int(bit)] for bit in bits)
    netlist.write_text(json.dumps(design))
    assert not flow.prove(run, board_name=board)["proven"]
