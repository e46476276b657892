import re
from dataclasses import replace

import pytest

from gatewright.boards import registry
from gatewright.boards.design import PARTS, make_top, prepare, write
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from tests.boards.test_link import small

PIPELINE = Pipeline(encoder=True, popcount=2, argmax=1)
PINS = {
    # The FTDI's second channel, as the schematics have it: what the board receives and what it sends.
    "icebreaker": ("6", "9"),
    "ice40-hx8k-evn": ("B10", "B12"),
}


@pytest.fixture(scope="module", params=registry.all(), ids=lambda board: board.name)
def prepared(request):
    """A board, the design for it, and the files of its build."""
    board = request.param
    top = make_top(small(), board, PIPELINE)
    return board, top, prepare(top, board)


def test_every_board_is_prepared_from_data_alone(prepared, tmp_path):
    board, _, files = prepared
    write(files, tmp_path / "new" / "folder")
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {"top.il", "top.pcf", "top.ys"}
    for name, content in files.items():
        assert (tmp_path / "new" / "folder" / name).read_text() == content
    rx, tx = PINS[board.name]
    assert f"set_io uart_0__rx__io {rx}\n" in files["top.pcf"]
    assert f"set_io uart_0__tx__io {tx}\n" in files["top.pcf"]
    assert re.search(rf"^set_frequency \S+ {board.clock_hz / 1e6}$", files["top.pcf"], re.MULTILINE)


def test_each_part_is_one_module_and_is_mapped_by_itself(prepared):
    files = prepared[2]
    modules = re.findall(r"^module \\(\S+)", files["top.il"], re.MULTILINE)
    assert PARTS == ("encoder", "gates", "popcount", "argmax", "link")
    for part in PARTS:
        assert sum(module.endswith(f".{part}") for module in modules) == 1, part
        assert f"setattr -mod -set keep_hierarchy 1 *.{part}\n" in files["top.ys"]
    script = files["top.ys"]
    assert script.index("keep_hierarchy 1") < script.index("synth_ice40") < script.index("flatten -noscopeinfo")
    assert script.index("flatten -noscopeinfo") < script.index("write_json")


def test_the_same_design_gives_the_same_files(prepared):
    board, _, files = prepared
    assert prepare(make_top(small(), board, PIPELINE), board) == files


def test_the_top_says_the_clock_of_the_board_and_divides_it(prepared):
    board, top, _ = prepared
    assert top.link.hello.clock_hz == board.clock_hz
    assert top.link.divisor * board.baud == board.clock_hz
    assert top.classifier.pipeline == PIPELINE


def test_a_board_whose_clock_does_not_give_its_baud_rate_is_refused():
    with pytest.raises(GatewrightError, match="choose a lower baud rate"):
        make_top(small(), replace(registry.get("icebreaker"), baud=7_000_000), PIPELINE)
