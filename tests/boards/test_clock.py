import re

import pytest

from gatewright.boards import pll, registry
from gatewright.boards.design import make_loop, make_top, prepare
from gatewright.hdl.pipeline import Pipeline
from tests.boards.test_link import small


def cell(text, primitive):
    """Parameters and connections of the only cell of a kind."""
    (body,) = re.findall(rf"cell \\{primitive} \\loop\n(.*?)\n  end", text, re.DOTALL)
    pairs = re.findall(r"(?:parameter|connect) \\(\S+) (.+)", body)
    return {name: value.removesuffix(" [0]") for name, value in pairs}


@pytest.mark.parametrize("name", ["icebreaker", "ice40-hx8k-evn", "ulx3s-25f", "tang-nano-9k", "ecpix5-85f"])
def test_the_loop_stands_between_the_pin_and_the_domain(name):
    board = registry.get(name)
    loop = make_loop(board, 75e6)
    top = prepare(make_top(small(), board, Pipeline(), loop), board, loop)["top.il"]
    module = next(part for part in re.split(r"(?m)^module ", top) if part.startswith("\\top.clock\n"))
    found = cell(module, loop.kind.primitive)
    for parameter, value in pll.parameters(loop).items():
        assert found[parameter] == (f'"{value}"' if isinstance(value, str) else str(value)), parameter
    for port, (width, value) in pll.constants(loop.kind).items():
        assert found[port] == f"{width}'{value:0{width}b}", port
    clock = found[loop.kind.output]
    assert found[loop.kind.clock] != clock
    if loop.kind.primitive == "EHXPLLL":
        assert found["CLKFB"] == clock
    # The lock holds the reset.
    assert re.search(r"cell \\top\.clock\.reset \\reset\n(?:    .*\n)*    connect \\locked \\locked", module)


@pytest.mark.parametrize("name", ["icebreaker", "ulx3s-25f", "ecpix5-85f", "tang-nano-9k"])
def test_the_board_s_own_clock_has_a_reset_that_a_netlist_shows(name):
    board = registry.get(name)
    top = prepare(make_top(small(), board, Pipeline()), board)["top.il"]
    module = next(part for part in re.split(r"(?m)^module ", top) if part.startswith("\\top.core.classifier\n"))
    assert re.search(r"(?m)^  wire width 1 input \d+ +\\rst$", module)
    assert "SGSR" not in top
