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
    assert counts["encoder"] == {"comparisons": 0, "bits compared": 0}


def test_fewer_lanes_take_fewer_counters_and_never_more_luts():
    graph, board = network(), registry.get("up5k")
    expected = [cost.luts(graph, board, Pipeline(lanes=lanes))["popcount"] for lanes in (0, 40, 20, 10, 5)]
    assert expected == sorted(expected, reverse=True)


@pytest.mark.parametrize("lanes", [0, 10])
def test_the_model_is_near_what_yosys_reports(tmp_path, lanes):
    graph, board, pipeline = network(), registry.get("up5k"), Pipeline(lanes=lanes)
    design.write(design.prepare(design.make_top(graph, board, pipeline), board), tmp_path)
    tools.find("yosys").run("-q", f"{design.NAME}.ys", cwd=tmp_path)
    parts = area.by_part(area.load(tmp_path / f"{design.NAME}.json"), design.NAME, design.PARTS, board.family)
    expected, found = cost.luts(graph, board, pipeline), {part: parts[part].lut for part in design.PARTS}
    assert sum(expected.values()) == pytest.approx(sum(found.values()), rel=0.15)
    assert expected["gates"] == pytest.approx(found["gates"], rel=0.05)
    assert expected["popcount"] == pytest.approx(found["popcount"], rel=0.25)
