import dataclasses

import numpy as np
import pytest

from gatewright import tools
from gatewright.boards import area, cost, design, registry
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from tests.graphs import identity


def network(per_class=40, classes=4):
    """Tables of four inputs, each of which reads others."""
    rng = np.random.default_rng(0)
    gates = [(int(rng.integers(1, 1 << 16)), rng.choice(64, 4, replace=False) + 2) for _ in range(per_class * classes)]
    groups = [range(66 + per_class * i, 66 + per_class * (i + 1)) for i in range(classes)]
    return GateGraph.build(identity(64), gates, groups)


def test_counters_take_away_a_bit_each():
    graph, board = network(), registry.get("up5k")
    counts = cost.counted(graph, board, Pipeline())
    # Forty bits become a number of six: what is left goes into the adder, two bits a column at most.
    assert 4 * (40 - 12) <= counts["popcount"]["counters"] <= 4 * 40
    assert counts["gates"] == {"up to LUT": 160, "one more": 0, "two more": 0}
    assert counts["encoder"] == {"comparators": 0, "ring": 0}


def test_flip_flops_of_their_own_take_places_only_where_luts_and_they_share_them():
    graph, pipeline = network(), Pipeline()
    ice, ecp = (registry.get(name) for name in ("up5k", "ecp5-25"))
    assert cost.cells(graph, ecp, pipeline) == cost.luts(graph, ecp, pipeline)
    alone = {
        part: cost.cells(graph, ice, pipeline)[part] - luts for part, luts in cost.luts(graph, ice, pipeline).items()
    }
    # The encoder's register holds the 64 bits of the words, and the link those of the sample.
    assert alone["encoder"] == 64
    assert alone["link"] == 64 + cost.LINK_ALONE
    assert alone["gates"] == alone["popcount"] == 0
    assert alone["argmax"] == 4 * 6


@pytest.mark.parametrize("name", ["up5k", "xc7"])
def test_a_board_without_a_self_test_has_a_smaller_link_and_nothing_else_is_smaller(name):
    graph, pipeline = network(), Pipeline()
    board = registry.get(name)
    bare = dataclasses.replace(board, selftest=False)
    for count in (cost.luts, cost.cells):
        less = {
            part: cells - count(graph, bare, pipeline)[part] for part, cells in count(graph, board, pipeline).items()
        }
        assert less.pop("link") > 80
        assert not any(less.values())


def test_a_complement_takes_a_lut_where_it_has_a_register_of_its_own():
    graph = GateGraph.build(identity(4), [(1, [2]), (1, [3])], [[6, 4], [7, 5]])
    board = registry.get("up5k")
    assert cost.counted(graph, board, Pipeline())["gates"]["up to LUT"] == 0
    assert cost.counted(graph, board, Pipeline(lanes=1))["gates"]["up to LUT"] == 2


def test_fewer_lanes_take_fewer_counters_and_never_more_luts():
    graph, board = network(), registry.get("up5k")
    expected = [cost.luts(graph, board, Pipeline(lanes=lanes))["popcount"] for lanes in (0, 40, 20, 10, 5)]
    assert expected == sorted(expected, reverse=True)


def test_a_ring_takes_luts_only_where_it_is_not_the_register_of_the_sample():
    graph, board, pipeline = network(), registry.get("up5k"), Pipeline(lanes=10)
    ring = dataclasses.replace(graph, positions=(0, 5))
    words = dataclasses.replace(ring, encoder=dataclasses.replace(graph.encoder, word_width=2))
    assert cost.luts(ring, board, pipeline)["encoder"] == 0
    assert cost.luts(words, board, pipeline)["encoder"] >= 64
    # The flip-flops of the sample are those of the ring.
    one, other = cost.alone(graph, pipeline), cost.alone(ring, pipeline)
    assert one["link"] - other["link"] == other["encoder"] == 64


@pytest.mark.parametrize(
    ("lanes", "selftest", "positions"),
    [(0, True, (0,)), (10, False, (0,)), (10, True, (0, 5, 11)), (10, False, (0, 9))],
)
def test_the_model_is_near_what_yosys_reports(tmp_path, lanes, selftest, positions):
    graph, pipeline = dataclasses.replace(network(), positions=positions), Pipeline(lanes=lanes)
    board = dataclasses.replace(registry.get("up5k"), selftest=selftest)
    design.write(design.prepare(design.make_top(graph, board, pipeline), board), tmp_path)
    tools.find("yosys").run("-q", f"{design.NAME}.ys", cwd=tmp_path)
    parts = area.by_part(area.load(tmp_path / f"{design.NAME}.json"), design.NAME, design.PARTS, board.family)
    for expected, kind in ((cost.luts, "lut"), (cost.cells, "cells")):
        guess = expected(graph, board, pipeline)
        found = {part: getattr(parts[part], kind) for part in guess}
        assert sum(guess.values()) == pytest.approx(sum(found.values()), rel=0.1)
        assert guess["gates"] == pytest.approx(found["gates"], rel=0.05)
        assert guess["link"] == pytest.approx(found["link"], rel=0.1)
        assert guess["popcount"] == pytest.approx(found["popcount"], rel=0.15)
