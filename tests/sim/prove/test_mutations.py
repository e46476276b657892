import json

import pytest

from gatewright.sim.prove.yosys import ICE40, elaborate
from tests.sim.prove.designs import small, verilog
from tests.sim.prove.faults import KINDS, campaign, equal_modules

COUNTS = (6, 6, 6, 6, 6, 2, 3)


def test_no_fault_is_missed(tmp_path):
    outcomes = list(campaign(tmp_path, 1, COUNTS))
    assert [outcome for outcome in outcomes if outcome.missed] == []
    assert [sum(outcome.kind == kind for outcome in outcomes) for kind in KINDS] == list(COUNTS)
    for thing in ("graph", "Verilog", "netlist", "bitstream"):
        assert any(outcome.caught for outcome in outcomes if outcome.kind.endswith(thing)), thing
    assert all(outcome.caught for outcome in outcomes if outcome.seen)


@pytest.mark.slow
def test_no_fault_of_two_hundred_is_missed(tmp_path):
    outcomes = list(campaign(tmp_path, 2, (30,) * len(KINDS)))
    assert [outcome for outcome in outcomes if outcome.missed] == []


def test_the_other_engine_tells_a_fault_from_none(tmp_path):
    (tmp_path / "classifier.v").write_text(verilog(small()))
    elaborate(tmp_path / "classifier.v", tmp_path, ICE40, "right")
    right = json.loads((tmp_path / "right.json").read_text())["modules"]["classifier"]
    assert equal_modules(tmp_path, right, right)
    wrong = json.loads((tmp_path / "right.json").read_text())["modules"]["classifier"]
    name = next(name for name, cell in wrong["cells"].items() if cell["type"] == "SB_LUT4")
    parameters = wrong["cells"][name]["parameters"]
    parameters["LUT_INIT"] = parameters["LUT_INIT"].translate(str.maketrans("01", "10"))
    assert not equal_modules(tmp_path, right, wrong)
