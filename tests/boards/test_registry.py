import importlib

import pytest

from gatewright.boards import registry
from gatewright.boards.pll import KINDS
from gatewright.boards.port import TIMEOUT_S
from gatewright.errors import GatewrightError
from gatewright.hdl.fabric import FABRICS
from gatewright.hdl.link.protocol import TIMEOUT_BITS
from gatewright.hdl.top import divisor
from gatewright.programs import KNOWN

ALL = registry.all()
BOARDS = [board for board in ALL if not board.is_chip]
NAMES = {board.name for board in ALL}


def name(board):
    return board.name


def platform_of(board):
    module, _, attribute = board.platform.partition(":")
    return getattr(importlib.import_module(module), attribute)()


def test_the_boards_and_chips_that_are_promised_are_there():
    assert {"icebreaker", "ice40-hx8k-evn", "tinyfpga-bx", "upduino3", "ulx3s-25f", "ulx3s-85f", "orangecrab"} <= NAMES
    assert {"colorlight-i5", "ecpix5-85f", "tang-nano-9k", "tang-nano-20k", "tang-primer-20k"} <= NAMES
    assert {"gatemate-a1-evb", "crosslink-nx-evn"} <= NAMES
    assert {board.name for board in ALL if board.is_chip} == {
        "up5k", "hx8k", "ecp5-25", "ecp5-85", "gw1n-9", "gw2a-18", "xc7"
    }  # fmt: skip
    assert len(NAMES) == len(ALL)
    assert all(registry.get(board.name) is board for board in ALL)
    assert [board.cells for board in BOARDS] == sorted(board.cells for board in BOARDS)


@pytest.mark.parametrize("board", [board for board in ALL if board.platform], ids=name)
def test_a_board_agrees_with_its_platform(board):
    platform = platform_of(board)
    assert platform.default_clk_frequency == board.clock_hz
    device = getattr(platform, "device", getattr(platform, "part", "CCGM1A1"))
    assert device == board.device
    if board.family.name == "ice40":
        assert board.package.lower() in board.nextpnr
    if board.family.name == "ecp5":
        assert board.package == platform.package
        assert platform._nextpnr_device_options[device] in board.nextpnr
        assert platform._nextpnr_package_options[platform.package].upper() in board.nextpnr
        assert board.nextpnr[board.nextpnr.index("--speed") + 1] == platform.speed
    if board.family.name == "gowin":
        assert platform.part in board.nextpnr
        # Neither nextpnr nor the packer knows the variants with memory in the package.
        chip = platform.family.replace("GW1NR", "GW1N").replace("GW2AR", "GW2A")
        assert f"family={chip}" in board.nextpnr
        assert board.pack == ("-d", chip)
    if board.family.name == "nexus":
        assert f"{platform.device}-{platform.speed}{platform.package}{platform.grade}" in board.nextpnr


@pytest.mark.parametrize("board", ALL, ids=name)
def test_the_clock_makes_the_baud_rate_and_a_silent_read_outlasts_the_board(board):
    assert board.clock_hz == board.baud * divisor(board.clock_hz, board.baud)
    assert 2 * TIMEOUT_BITS / board.baud < TIMEOUT_S


@pytest.mark.parametrize("board", ALL, ids=name)
def test_what_a_board_names_exists(board):
    assert board.fabric in FABRICS.values()
    assert board.fabric.lut_inputs == (6 if board.family.name == "xc7" else 4)
    assert not board.pll or board.pll in KINDS
    assert set(board.family.tools) <= set(KNOWN)
    assert {programmer.tool for programmer in board.programmers} <= set(KNOWN)
    assert set(board.available) == {"lut", "ff", "carry", "bram"}
    assert board.uart.note
    assert bool(board.family.missing) == (not board.family.nextpnr)


@pytest.mark.parametrize("board", BOARDS, ids=name)
def test_a_board_can_be_flashed_and_found(board):
    assert any(programmer.flash is not None for programmer in board.programmers)
    assert all(len(number) == 4 and int(number, 16) > 0 for number in board.usb)


def test_boards_without_a_serial_bridge_name_their_header_pins_and_the_adapter():
    external = [board.name for board in BOARDS if "header pin" in board.uart.note]
    assert external == ["tinyfpga-bx", "orangecrab"]
    assert all("USB serial adapter for 3.3 V" in registry.get(board).uart.note for board in external)
    for board in map(registry.get, external):
        connectors = platform_of(board).connectors
        mapping = {pin: ball for connector in connectors.values() for pin, ball in connector.mapping.items()}
        assert {board.uart.rx, board.uart.tx} <= set(mapping.values())
    assert "OSC jumper" in registry.get("upduino3").note


@pytest.mark.parametrize(
    ("wrong", "near"), [("icebraker", "icebreaker"), ("iCEBreaker", "icebreaker"), ("tangnano9k", "tang-nano-9k")]
)
def test_a_wrong_name_is_answered_with_the_nearest(wrong, near):
    with pytest.raises(GatewrightError, match=f"did you mean {near}"):
        registry.get(wrong)


def test_a_name_like_no_other_lists_the_boards():
    with pytest.raises(GatewrightError, match=r"boards are colorlight-i5, .*icebreaker.*xc7"):
        registry.get("zzz")
