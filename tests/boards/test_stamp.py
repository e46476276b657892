from dataclasses import replace

import pytest

from gatewright.boards import registry, stamp
from gatewright.tools import Tool
from tests.boards.test_synthesis import SYNTHESIS

BOARD = registry.get("icebreaker")
TOOL = Tool("yosys", ("yosys",), "0.70", "yosys on PATH")
INPUTS = {
    "digest": "ab",
    "board": BOARD,
    "files": {"top.il": "x"},
    "commands": ["--seed", "1"],
    "tools": {"yosys": TOOL},
}


def test_everything_that_goes_in_changes_the_key():
    changes = [
        {"digest": "cd"},
        {"board": replace(BOARD, baud=500_000)},
        {"board": replace(BOARD, family=replace(BOARD.family, synth="synth_ice40"))},
        {"files": {"top.il": "y"}},
        {"files": {"top.il": "x", "top.pcf": ""}},
        {"commands": ["--seed", "2"]},
        {"tools": {"yosys": replace(TOOL, version="0.71")}},
        {"tools": {"yosys": replace(TOOL, origin="$YOSYS")}},
    ]
    keys = {stamp.key(**(INPUTS | change)) for change in [{}, *changes]}
    assert len(keys) == 1 + len(changes)
    assert stamp.key(**INPUTS) == stamp.key(**INPUTS)


@pytest.fixture
def made(tmp_path):
    """A folder with a build of one file."""
    (tmp_path / "top.bin").write_bytes(b"bits")
    stamp.store(tmp_path, "key", ["top.bin"], SYNTHESIS)
    return tmp_path


def test_a_build_is_found_by_its_key_while_its_files_are_intact(made):
    assert stamp.stored(made, "key") == SYNTHESIS
    assert stamp.stored(made, "another") is None
    (made / "top.bin").write_bytes(b"bitz")
    assert stamp.stored(made, "key") is None
    (made / "top.bin").unlink()
    assert stamp.stored(made, "key") is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff", b'{"key": "key", "files": [], "synthesis": {}}'])
def test_a_damaged_stamp_is_no_build(made, damage):
    (made / stamp.STAMP).write_bytes(damage)
    assert stamp.stored(made, "key") is None
    assert stamp.stored(made / "nowhere", "key") is None
