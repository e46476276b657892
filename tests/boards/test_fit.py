import re
from dataclasses import replace

import numpy as np
import pytest

from gatewright.boards import registry
from gatewright.boards.area import Area
from gatewright.boards.fit import demand_room, remedies, shortages, too_large
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from tests.graphs import random_graph

BOARD = registry.get("icebreaker")
GRAPH = random_graph(np.random.default_rng(0), inputs=64, layers=1, width=400, classes=2, per_class=350)
COUNTED = sum(map(len, GRAPH.groups))


def parts(**cells):
    """Areas by part that take so many cells."""
    names = ("encoder", "gates", "popcount", "argmax", "link", "io")
    return {name: Area(cells=cells.get(name, 0)) for name in names}


def refused(board, found, pipeline=None):
    with pytest.raises(GatewrightError) as caught:
        demand_room(GRAPH, board, pipeline or Pipeline(), found)
    return str(caught.value)


def test_a_design_that_fits_passes():
    demand_room(GRAPH, BOARD, Pipeline(), parts(gates=5280))
    assert shortages(BOARD, parts(gates=5280)) == {}


def test_the_excess_is_told_by_part_the_largest_first():
    message = refused(BOARD, parts(encoder=100, gates=700, popcount=5000, io=1))
    assert "too large for 1BitSquared iCEBreaker: it needs 5,801 logic cells of 5,280, and 521 more " in message
    assert "(popcount 5,000, gates 700, encoder 100, io 1, " in message


def test_every_resource_counts():
    board = registry.get("ulx3s-25f")
    found = {"link": Area(ff=30_000, cells=10, bram=60), "gates": Area(), "popcount": Area()}
    assert shortages(board, found) == {"flip-flops": 30_000 - 24_288, "memory blocks": 4}
    assert "5,712 more flip-flops than there are, and 4 more memory blocks than there are" in refused(board, found)


def test_a_serial_popcount_is_proposed_with_an_estimate():
    message = refused(BOARD, parts(gates=2000, popcount=4000))
    estimate = round(0.4 * COUNTED + 64 + COUNTED / 32 + 40)
    assert f"count serially (lanes=32), with about {estimate:,} for the popcount" in message
    assert f"makes {2000 + estimate:,} and fits" in message
    assert "is still too much" in refused(BOARD, parts(gates=5000, popcount=4000))
    assert "serially" not in refused(BOARD, parts(gates=2000, popcount=4000), Pipeline(lanes=8))
    assert "serially" not in refused(BOARD, parts(gates=5200, popcount=200))


def test_a_narrower_last_layer_that_is_proposed_fits_by_its_own_estimate():
    found = parts(gates=2000, popcount=4000)
    message = refused(BOARD, found)
    left = int(re.search(r"about ([\d,]+) of [\d,]+ nets are counted", message).group(1).replace(",", ""))
    assert 2000 + 4000 * left / COUNTED == pytest.approx(0.9 * 5280, abs=12)
    fewer = int(re.search(r"about ([\d,]+) gates of", message).group(1).replace(",", ""))
    assert 4000 + 2000 * fewer / GRAPH.gates == pytest.approx(0.9 * 5280, abs=12)


def test_what_no_width_can_save_is_not_proposed():
    message = refused(BOARD, parts(link=6000, popcount=100))
    assert "narrow" not in message
    assert "use fewer features or a smaller word width" in message


def test_a_larger_target_of_the_same_sort_is_named_if_there_is_one():
    assert "use the board ice40-hx8k-evn with 7,680 logic cells" in refused(BOARD, parts(gates=6000))
    assert "use the chip hx8k with 7,680" in refused(registry.get("up5k"), parts(gates=6000))
    assert "use the board colorlight-i5 with 24,288 LUT4 places" in refused(BOARD, parts(gates=20_000))
    assert "no supported board is large enough" in refused(BOARD, parts(gates=90_000))


def test_a_design_without_a_place_is_told_to_leave_room():
    message = too_large(GRAPH, BOARD, Pipeline(), parts(gates=3000, popcount=2000), "nextpnr finds no place for them")
    assert "needs 5,000 logic cells of 5,280, and nextpnr finds no place for them" in message
    assert remedies(GRAPH, replace(BOARD, cells=90_000), Pipeline(), parts(gates=5))[-1].startswith("use fewer gates")
