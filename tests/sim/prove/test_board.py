"""The proof of a real board's build, with its link, in both ways to count."""

from dataclasses import replace

import numpy as np
import pytest

from gatewright import tools
from gatewright.boards import build, design, registry
from gatewright.errors import GatewrightError
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.sim.prove import yosys
from gatewright.sim.prove.board import classifier
from gatewright.sim.prove.design import CLEAR, COMING, FILL, READY, WORDS_VALID
from gatewright.sim.prove.netlist import load
from gatewright.sim.prove.placed import Board, board_steps
from gatewright.sim.prove.stream import follows
from tests.graphs import identity, random_encoder, random_graph


def network(seed, positions, encoder=None):
    rng = np.random.default_rng(seed)
    encoder = encoder or random_encoder(rng, 3, 4, 4)
    graph = random_graph(rng, width=20, classes=3, encoder=encoder, per_class=6)
    return optimise(replace(graph, positions=positions))


@pytest.mark.parametrize(
    ("lanes", "positions", "encoder", "selftest"),
    [
        (0, (0,), None, True),
        (1, (0,), None, True),
        (3, (0, 2, 3), None, True),
        (3, (0, 1, 4), identity(9), True),
        (3, (0, 17, 30), identity(37), False),
    ],
)
def test_a_board_is_proven_from_graph_to_bitstream(tmp_path, lanes, positions, encoder, selftest):
    graph = network(5, positions, encoder)
    pipeline = Pipeline(lanes=lanes)
    folder = tmp_path / "icebreaker"
    icebreaker = replace(registry.get("icebreaker"), selftest=selftest)
    synthesis = build.synthesize(graph, icebreaker, folder, pipeline=pipeline)
    [layout] = folder.glob("*.placed.json")
    interval = synthesis.initiation_interval
    assert (interval > 1) == (lanes > 0)
    board = Board(
        folder / "top.json",
        synthesis.latency_cycles,
        placed=layout,
        bitstream=folder / synthesis.bitstream,
        interval=interval,
        lanes=lanes,
    )
    steps = board_steps(graph, board, tmp_path / "proof", 60)
    assert [step.equivalent for step in steps] == [True] * 3, [step.sentence for step in steps]
    # The comparison was cut, as a large network needs.
    assert (tmp_path / "proof" / "board_label.log").exists()
    assert not (tmp_path / "proof" / "board_payload.log").exists()


def test_a_ring_that_is_filled_is_part_of_what_is_proven(tmp_path):
    """Bits that trade places, bits that do not move, and a turn too much or too few."""
    graph, pipeline = network(5, (0, 1, 4), identity(40)), Pipeline(lanes=3)
    board = registry.get("icebreaker")
    top = design.make_top(graph, board, pipeline)
    design.write(design.prepare(top, board), tmp_path)
    tools.find("yosys").run("-q", "top.ys", cwd=tmp_path, log=tmp_path / "yosys.log")
    model = yosys.family("ice40").model
    module = load((tmp_path / "top.json").read_bytes(), "top", "top")
    ring = module["netnames"]["core.classifier.encoder.held"]["bits"]
    cells = {cell["connections"]["Q"][0]: cell for cell in module["cells"].values() if "Q" in cell["connections"]}
    latency, interval = top.classifier.latency, top.classifier.initiation_interval

    def holds(latency=latency, interval=interval):
        cut = classifier(module, "core.classifier", "top", model)
        assert set(cut.inputs) == {"clk", "rst", FILL, COMING, CLEAR, WORDS_VALID, READY}
        return follows(graph, cut, latency, tmp_path / "proof", "ring", 60, interval, 3)[0].equivalent

    assert holds()
    first, second = (cells[ring[index]]["connections"] for index in (7, 21))
    first["D"], second["D"] = second["D"], first["D"]
    assert not holds()
    first["D"], second["D"] = second["D"], first["D"]
    # One that a gate reads.
    first = cells[ring[min(graph.operands[graph.operands >= 2]) - 2]]["connections"]
    enable, first["E"] = first["E"], ["0"]
    assert not holds()
    first["E"] = enable
    assert holds()
    assert not holds(latency - 1, interval)
    with pytest.raises(GatewrightError, match="no register 'phase'"):
        holds(latency, 2 * interval)
    module["netnames"]["core.classifier.encoder.held"]["bits"] = ring[:-1]
    with pytest.raises(GatewrightError, match="no ring of 40 registers 'words__held'"):
        holds()
