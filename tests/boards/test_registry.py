import importlib

import pytest

from gatewright.boards import registry
from gatewright.boards.port import TIMEOUT_S
from gatewright.errors import GatewrightError
from gatewright.hdl.link.protocol import TIMEOUT_BITS
from gatewright.hdl.top import divisor


@pytest.mark.parametrize("board", registry.all(), ids=lambda board: board.name)
def test_a_board_agrees_with_its_platform(board):
    module, _, name = board.platform.partition(":")
    platform = getattr(importlib.import_module(module), name)()
    assert (platform.device, platform.package) == (board.device, board.package)
    assert platform.default_clk_frequency == board.clock_hz
    assert board.clock_hz == board.baud * divisor(board.clock_hz, board.baud)
    assert board.package.lower() in board.nextpnr
    assert registry.get(board.name) is board


@pytest.mark.parametrize("board", registry.all(), ids=lambda board: board.name)
def test_a_silent_read_of_the_host_outlasts_the_board(board):
    assert 2 * TIMEOUT_BITS / board.baud < TIMEOUT_S


@pytest.mark.parametrize(
    ("name", "near"), [("icebraker", "icebreaker"), ("iCEBreaker", "icebreaker"), ("hx8k", "ice40-hx8k-evn")]
)
def test_a_wrong_name_is_answered_with_the_nearest(name, near):
    with pytest.raises(GatewrightError, match=f"did you mean {near}"):
        registry.get(name)


def test_a_name_like_no_other_lists_the_boards():
    with pytest.raises(GatewrightError, match="boards are ice40-hx8k-evn, icebreaker"):
        registry.get("zzz")
