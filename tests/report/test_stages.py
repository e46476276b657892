import hashlib

import pytest

from gatewright.report.results import collect
from gatewright.report.stages import engines, stages
from gatewright.report.summary import next_steps, rows

PINS = {"vectors": 16, "mismatches": 1, "passed": False}


def states(run):
    return {stage.name: stage for stage in stages(run, collect(run))}


def test_a_complete_run_is_done_at_every_stage(run):
    found = states(run)
    assert list(found) == ["trained", "exported", "simulated", "proven", "built for icebreaker"]
    assert {stage.state for stage in found.values()} == {"done"}
    assert {stage.digest for stage in found.values()} == {run.load().digest}
    assert {stage.seconds for stage in found.values()} == {1.5}
    assert found["proven"].engines == "yosys 0.70"


def test_each_stage_that_is_not_there_is_missing_with_its_remedy(run):
    for verb in ("train", "export", "simulate", "prove", "boards/icebreaker/synthesize"):
        run.json_path(verb).unlink()
    found = states(run)
    assert list(found) == ["trained", "exported", "simulated", "proven", "built"]
    for stage in found.values():
        assert stage.state == "missing"
        assert f" {run.path}" in stage.said
        assert stage.seconds is None


@pytest.mark.parametrize(("content", "state"), [("{", "damaged"), ('{"digest": "0123"}', "stale")])
def test_damage_and_other_networks_are_told_apart(run, content, state):
    for verb in ("simulate", "boards/icebreaker/synthesize"):
        run.json_path(verb).write_text(content)
    found = states(run)
    assert found["simulated"].state == found["built for icebreaker"].state == state
    assert found["proven"].state == "done"


@pytest.mark.parametrize(
    ("verb", "values", "name"),
    [
        ("simulate", {"passed": False, "mismatches": 3}, "simulated"),
        ("prove", {"proven": False}, "proven"),
        ("prove", {"proven": False, "steps": []}, "proven"),
        ("boards/icebreaker/synthesize", {"pins": PINS}, "built for icebreaker"),
    ],
)
def test_what_does_not_hold_has_failed(run, verb, values, name):
    run.write_json(verb, run.read_json(verb) | values)
    assert states(run)[name].state == "failed"


def test_a_build_of_other_registers_is_stale(run):
    export = run.read_json("export")
    run.write_json("export", export | {"pipeline": export["pipeline"] | {"gates": 1}})
    found = states(run)
    assert {name for name, stage in found.items() if stage.state == "stale"} == {"built for icebreaker"}


def test_a_simulation_of_other_verilog_is_stale_whatever_its_latency(run):
    (run.rtl / "classifier.v").write_text("module other; endmodule\n")
    found = states(run)
    assert found["simulated"].state == "stale"
    assert "simulate.json is stale: it was made from Verilog " in found["simulated"].said
    assert f"run `gatewright simulate {run.path}` again" in found["simulated"].said
    results = collect(run)
    assert results.verbs["simulate"] is None
    assert f"gatewright simulate {run.path}" in next_steps(run, results)
    assert ("simulation", "stale") in rows(run, results)


def test_a_simulation_that_does_not_tell_its_verilog_is_stale(run):
    values = run.read_json("simulate")
    del values["rtl_digest"]
    run.write_json("simulate", values)
    assert states(run)["simulated"].state == "stale"


def test_a_proof_of_other_verilog_is_stale(run):
    values = run.read_json("prove")
    digest = hashlib.sha256((run.rtl / "classifier.v").read_bytes()).hexdigest()
    step = values["steps"][0] | {"left": "optimised graph", "right": "Verilog", "right_digest": digest}
    run.write_json("prove", values | {"steps": [*values["steps"], step]})
    assert states(run)["proven"].state == "done"
    (run.rtl / "classifier.v").write_text("module other; endmodule\n")
    assert states(run)["proven"].state == "stale"


@pytest.mark.parametrize(("mismatches", "state"), [(0, "done"), (2, "failed")])
def test_what_a_board_answered_is_a_stage(run, mismatches, state):
    values = {"digest": run.load().digest, "port": "/dev/ttyUSB1", "samples": 1234, "accuracy": 0.9, "tools": {}}
    run.write_json("boards/icebreaker/classify", values | {"mismatches": mismatches, "seconds": 1.0})
    stage = states(run)["asked on icebreaker"]
    assert stage.state == state
    assert stage.said == f"1,234 samples at /dev/ttyUSB1, accuracy 90.00 %, {mismatches} mismatches"


def test_a_program_that_tells_no_version_is_named_alone():
    assert engines({"tools": {"yosys": "0.70", "icepack": "unknown"}}) == "yosys 0.70, icepack"
