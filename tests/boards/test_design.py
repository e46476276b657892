import re
from dataclasses import replace

import pytest

from gatewright.boards import registry
from gatewright.boards.design import PARTS, make_loop, make_top, prepare, write
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from tests.boards.test_link import small

PIPELINE = Pipeline(encoder=True, popcount=2, argmax=1)
ALL = registry.all()
PLACED = [board for board in ALL if board.platform]
LOCATIONS = {
    "pcf": r"set_io uart_0__{0}__io {1}\n",
    "lpf": r'LOCATE COMP "uart_0__{0}__io" SITE "{1}";\n',
    "cst": r'IO_LOC "uart_0__{0}__io" {1};\n',
    "pdc": r"ldc_set_location -site \{{{1}\}} \[get_ports uart_0__{0}__io\]\n",
    "ccf": r'NET "uart_0__{0}__io" Loc = "{1}" ',
}
CLOCKS = {
    "pcf": lambda hz: f"set_frequency \\S+ {hz / 1e6}$",
    "lpf": lambda hz: f'FREQUENCY PORT "\\S+" {float(hz)} HZ;$',
    "pdc": lambda hz: f"create_clock -name \\S+ -period {1e9 / hz} ",
}


@pytest.fixture(scope="module", params=PLACED, ids=lambda board: board.name)
def prepared(request):
    """A board, the design for it, and the files of its build."""
    board = request.param
    top = make_top(small(), board, PIPELINE)
    return board, top, prepare(top, board)


def test_every_board_is_prepared_from_data_alone(prepared, tmp_path):
    board, _, files = prepared
    suffix = board.family.constraints
    write(files, tmp_path / "new" / "folder")
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {"top.il", f"top.{suffix}", "top.ys"}
    for name, content in files.items():
        assert (tmp_path / "new" / "folder" / name).read_text() == content
    pins = files[f"top.{suffix}"]
    for line, pin in (("rx", board.uart.rx), ("tx", board.uart.tx)):
        assert re.search(LOCATIONS[suffix].format(line, pin), pins), (line, pin)
    if suffix in CLOCKS:
        assert re.search(CLOCKS[suffix](board.clock_hz), pins, re.MULTILINE)


def test_each_part_is_one_module_and_is_mapped_by_itself(prepared):
    board, _, files = prepared
    modules = re.findall(r"^module \\(\S+)", files["top.il"], re.MULTILINE)
    assert PARTS == ("encoder", "gates", "popcount", "argmax", "link")
    for part in PARTS:
        assert sum(module.endswith(f".{part}") for module in modules) == 1, part
        assert f"setattr -mod -set keep_hierarchy 1 *.{part}\n" in files["top.ys"]
    script = files["top.ys"]
    assert script.index("keep_hierarchy 1") < script.index(board.family.synth) < script.index("flatten -noscopeinfo")
    assert script.index("flatten -noscopeinfo") < script.index("write_json")


def test_the_same_design_gives_the_same_files(prepared):
    board, _, files = prepared
    assert prepare(make_top(small(), board, PIPELINE), board) == files


def test_the_top_says_the_clock_of_the_board_and_divides_it(prepared):
    board, top, _ = prepared
    assert top.link.hello.clock_hz == board.clock_hz
    assert top.link.divisor * board.baud == board.clock_hz
    assert top.classifier.pipeline == PIPELINE


@pytest.mark.parametrize("board", [board for board in PLACED if board.pll], ids=lambda board: board.name)
def test_a_clock_from_the_loop_is_the_one_that_the_top_says(board):
    loop = make_loop(board, 60e6)
    top = make_top(small(), board, PIPELINE, loop)
    files = prepare(top, board, loop)
    assert abs(loop.hz - 60e6) < 2e6
    assert top.link.hello.clock_hz == round(loop.hz) != board.clock_hz
    assert top.link.divisor == round(loop.hz / board.baud)
    assert f"cell \\{loop.kind.primitive} " in files["top.il"]
    # The board's clock still comes in at its own pin, and nothing else makes the domain.
    assert files["top.il"].count(f"cell \\{loop.kind.primitive} ") == 1
    assert loop.kind.primitive not in prepare(make_top(small(), board, PIPELINE), board)["top.il"]


def test_the_clock_of_the_board_needs_no_loop():
    board = registry.get("icebreaker")
    assert make_loop(board, None) is None
    assert make_loop(board, 12e6) is None
    with pytest.raises(
        GatewrightError, match=r"Olimex .* gets no clock but its own of 10 MHz, and 30 MHz are asked for"
    ):
        make_loop(registry.get("gatemate-a1-evb"), 30e6)


def test_a_board_whose_clock_does_not_give_its_baud_rate_is_refused():
    with pytest.raises(GatewrightError, match="choose a lower baud rate"):
        make_top(small(), replace(registry.get("icebreaker"), baud=7_000_000), PIPELINE)


def test_the_flash_of_an_upduino_is_kept_off_the_serial_line():
    board = registry.get("upduino3")
    files = prepare(make_top(small(), board, PIPELINE), board)
    assert "set_io held_high_0__io 16\n" in files["top.pcf"]
    (module,) = re.findall(r"(?ms)^module \\top\.high\n.*?^end$", files["top.il"])
    assert re.search(r"connect \\D_OUT_0 1'1\n.*connect \\OUTPUT_ENABLE 1'1\n", module)


def test_a_chip_that_nothing_places_has_no_pins():
    board = registry.get("xc7")
    files = prepare(make_top(small(), board, PIPELINE), board)
    assert set(files) == {"top.il", "top.ys"}


def test_no_programmer_is_needed_to_prepare(monkeypatch):
    # ULX3S's platform asks for its programmer whenever it builds.
    monkeypatch.delenv("OPENFPGALOADER", raising=False)
    monkeypatch.setenv("PATH", "")
    board = registry.get("ulx3s-25f")
    assert prepare(make_top(small(), board, PIPELINE), board)["top.lpf"]
