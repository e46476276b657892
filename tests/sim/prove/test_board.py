"""The proof of a real board's build, with its link, in both ways to count."""

from dataclasses import replace

import numpy as np
import pytest

from gatewright.boards import build, registry
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.sim.prove.placed import Board, board_steps
from tests.graphs import random_encoder, random_graph


@pytest.mark.parametrize(("lanes", "positions"), [(0, (0,)), (1, (0,)), (3, (0, 2, 3))])
def test_a_board_is_proven_from_graph_to_bitstream(tmp_path, lanes, positions):
    rng = np.random.default_rng(5)
    graph = random_graph(rng, width=20, classes=3, encoder=random_encoder(rng, 3, 4, 4), per_class=6)
    graph = optimise(replace(graph, positions=positions))
    pipeline = Pipeline(lanes=lanes)
    folder = tmp_path / "icebreaker"
    synthesis = build.synthesize(graph, registry.get("icebreaker"), folder, pipeline=pipeline)
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
