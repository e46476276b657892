import json

import numpy as np
import pytest

from gatewright.boards import registry
from gatewright.boards.build import synthesize
from gatewright.boards.place.state import PINS
from gatewright.graph.graph import GateGraph
from gatewright.hdl.pipeline import Pipeline
from tests.boards.place.packed import places
from tests.graphs import identity


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_crowded_network_is_built_on_a_real_chip(tmp_path):
    rng = np.random.default_rng(1)
    inputs, count = 144, 1500
    near = [(i * inputs // count + rng.choice(24, 4, replace=False)) % inputs for i in range(count)]
    gates = [(int(rng.integers(1, 2**16 - 1)), [2 + int(net) for net in nets]) for nets in near]
    groups = [part.tolist() for part in np.array_split(2 + inputs + np.arange(count), 10)]
    graph = GateGraph.build(identity(inputs), gates, groups)
    board = registry.get("icebreaker")
    told = []
    synthesis = synthesize(
        graph, board, tmp_path, pipeline=Pipeline(lanes=64), progress=lambda *said: told.append(said)
    )
    assert {"placing", "routing"} <= {text for text, _ in told}
    assert [part for _, part in told] == sorted(part for _, part in told)
    assert synthesis.fmax_mhz > 12
    assert (tmp_path / synthesis.bitstream).stat().st_size > 70_000
    log = (tmp_path / "top.seed1.log").read_text()
    assert "0 errors" in log
    # nextpnr keeps to our places, and no tile has more inputs than are allowed.
    ours = json.loads((tmp_path / "top.seed1.packed.json").read_bytes())["modules"]["top"]
    placed = json.loads((tmp_path / "top.seed1.placed.json").read_bytes())["modules"]["top"]
    at = places(ours)
    assert len(at) > 3500
    tiles = {}
    for name, (x, y, z) in at.items():
        assert placed["cells"][name]["attributes"]["NEXTPNR_BEL"] == f"X{x}/Y{y}/lc{z}"
        pins = ours["cells"][name]["connections"]
        tiles[x, y] = tiles.get((x, y), 0) + sum(isinstance(net, int) for k in range(4) for net in pins[f"I{k}"])
    assert max(tiles.values()) <= PINS
