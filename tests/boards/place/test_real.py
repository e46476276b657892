import dataclasses
import json

import pytest

from gatewright.boards import registry
from gatewright.boards.build import synthesize
from gatewright.boards.place.state import WIRES
from gatewright.graph.encoded import encoded
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.plan import plan
from gatewright.models import registry as models
from tests.boards.place.packed import places, wires


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_crowded_network_is_built_on_a_real_chip(tmp_path):
    model = models.get("mnist")
    graph = optimise(encoded(model.graph))
    board = dataclasses.replace(registry.get("icebreaker"), selftest=model.options.selftest)
    pipeline = plan(graph, board.fabric, fmax_mhz=model.options.fmax_mhz, lanes=model.options.lanes)
    told = []
    synthesis = synthesize(graph, board, tmp_path, pipeline=pipeline, progress=lambda *said: told.append(said))
    assert {"placing", "routing"} <= {text for text, _ in told}
    assert [part for _, part in told] == sorted(part for _, part in told)
    assert synthesis.fmax_mhz > 24
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
        tiles.setdefault((x, y), []).append(ours["cells"][name])
    assert max(wires(ours, cells) for cells in tiles.values()) <= WIRES
