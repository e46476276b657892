import re
from dataclasses import replace

import numpy as np
import pytest

from gatewright.boards import cost, registry
from gatewright.boards.area import Area
from gatewright.boards.fit import demand_room, remedies, shortages, too_large
from gatewright.errors import GatewrightError
from gatewright.graph.encoded import encoded
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import plan
from tests.graphs import identity, random_encoder, random_graph

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


def expected(graph, board, pipeline):
    return sum(cost.cells(graph, board, pipeline).values())


def by_model(graph, board, pipeline):
    """What the cost model expects, as if a build had found it."""
    return {name: Area(cells=round(cells)) for name, cells in cost.cells(graph, board, pipeline).items()}


def by_class(encoder, per_class=150, classes=4):
    """Tables of four inputs, of which each class counts its own."""
    rng = np.random.default_rng(0)
    bits = len(encoder.feature)
    gates = [
        (int(rng.integers(1, 1 << 16)), rng.choice(bits, 4, replace=False) + 2) for _ in range(per_class * classes)
    ]
    groups = [range(2 + bits + per_class * i, 2 + bits + per_class * (i + 1)) for i in range(classes)]
    return GateGraph.build(encoder, gates, groups)


BITS = by_class(identity(128))
ENCODED = by_class(random_encoder(np.random.default_rng(0), 40, 4, 3))


def planned(graph, lanes=0):
    return plan(graph, BOARD.fabric, fmax_mhz=1.15 * 12, lanes=lanes)


@pytest.mark.parametrize(
    ("text", "source", "graph", "selftest", "pipeline"),
    [
        ("place the registers for the board (export --board icebreaker)", BITS, BITS, True, planned(BITS)),
        ("count serially (export --board icebreaker --lanes 32)", ENCODED, ENCODED, True, planned(ENCODED, 32)),
        ("let the host encode (export --without-encoder)", ENCODED, encoded(ENCODED), True, Pipeline()),
        ("leave out the self-test (synthesize --without-selftest)", ENCODED, ENCODED, False, Pipeline()),
    ],
    ids=["registers", "serial", "host", "bare"],
)
def test_the_same_network_in_less_is_proposed_with_an_estimate(text, source, graph, selftest, pipeline):
    found = by_model(source, BOARD, Pipeline())
    left = expected(graph, replace(BOARD, selftest=selftest), pipeline)
    assert left < expected(source, BOARD, Pipeline())
    # On a chip that it just fills to nine tenths, and on one that is a little smaller.
    for cells, verdict in ((left / 0.9 + 5, "fits"), (left / 0.9 - 5, "is still too much")):
        said = remedies(source, replace(BOARD, cells=int(cells)), Pipeline(), found)
        (line,) = (line for line in said if line.startswith(text))
        assert line.endswith(verdict)
        number = int(re.search(r"makes about ([\d,]+) and", line).group(1).replace(",", ""))
        assert number == pytest.approx(left, abs=3)


def test_if_no_way_is_enough_all_of_them_may_be():
    found = by_model(ENCODED, BOARD, Pipeline())
    bare = replace(BOARD, selftest=False)
    left = expected(encoded(ENCODED), bare, planned(ENCODED, 32))
    message = "; ".join(remedies(ENCODED, replace(BOARD, cells=int(left / 0.9) + 5), Pipeline(), found))
    assert message.count("is still too much") == 3
    assert re.search(r"do all of that, which makes about [\d,]+ and fits", message)


def test_a_clock_that_no_registers_reach_is_no_reason_to_say_nothing():
    fast = replace(BOARD, clock_hz=2_000_000_000)
    message = "; ".join(remedies(ENCODED, fast, Pipeline(), by_model(ENCODED, fast, Pipeline())))
    assert "place the registers" not in message
    assert "leave out the self-test" in message


def test_what_is_done_already_is_not_proposed():
    bits, bare = encoded(ENCODED), replace(BOARD, selftest=False, cells=300)
    serial = plan(bits, BOARD.fabric, fmax_mhz=BOARD.planned_mhz, lanes=8)
    message = "; ".join(remedies(bits, bare, serial, by_model(bits, bare, serial)))
    for text in ("registers", "serially", "host", "self-test", "do all"):
        assert text not in message


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
