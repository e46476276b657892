"""Proofs of a classifier that looks at its inputs from several positions."""

import dataclasses

import numpy as np
import pytest

from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.sim.prove.prove import prove_graphs
from gatewright.sim.prove.yosys import ECP5, GOWIN, ICE40
from tests.graphs import identity, random_encoder, random_graph
from tests.sim.prove.test_serial import proven


def network(seed, fan_in=2, classes=3, positions=(0, 2, 3)):
    rng = np.random.default_rng(seed)
    encoder = random_encoder(rng, 3, 4, 4)
    while encoder.inputs <= max(positions):
        encoder = random_encoder(rng, 3, 4, 4)
    graph = random_graph(rng, width=14, fan_in=fan_in, classes=classes, encoder=encoder, per_class=9)
    return optimise(dataclasses.replace(graph, positions=positions))


@pytest.mark.parametrize(
    ("seed", "fan_in", "pipeline", "positions"),
    [
        (0, 2, Pipeline(lanes=2), (0, 2, 3)),
        (1, 4, Pipeline(True, 1, 1, 1, lanes=4), (1, 2)),
        (2, 6, Pipeline(False, 0, 0, 0, lanes=1), (0, 1, 4)),
        (3, 4, Pipeline(lanes=9), (3,)),
    ],
)
def test_random_networks_are_proven(tmp_path, seed, fan_in, pipeline, positions):
    step = proven(network(seed, fan_in, positions=positions), tmp_path, pipeline)
    assert step.equivalent, step.sentence


@pytest.mark.parametrize("reading", [ICE40, ECP5, GOWIN], ids=lambda reading: reading.name)
def test_its_netlists_are_proven(tmp_path, reading):
    step = proven(network(0), tmp_path, Pipeline(lanes=2), reading)
    assert step.equivalent, step.sentence


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\{bits\[0\],\s*bits", "{bits[1], bits"),
        (r"wire load = [^;]*", "wire load = phase == 1"),
        (r"phase == 6'b001111", "phase == 6'b001110"),
        (r"wire begins = [^;]*", "wire begins = 1'b0"),
        (r"move <= [^;]*", "between <= 1'b0"),
        (r"move <= [^;]*", "between <= 1'b1"),
        (r"wire fresh_now = [^;]*", "wire fresh_now = 1'b1"),
        (r"wire fresh_now = [^;]*", "wire fresh_now = 1'b0"),
        (r"carried = zero", "carried = !zero"),
    ],
)
def test_a_wrong_pass_is_refuted(tmp_path, old, new):
    step = proven(network(0), tmp_path, Pipeline(lanes=2), change=(old, new))
    assert not step.equivalent
    assert "different" in step.sentence


def test_graphs_are_compared_from_all_positions(tmp_path):
    graph = network(0)
    assert prove_graphs(graph, optimise(graph), tmp_path).equivalent
    wrong = dataclasses.replace(graph, positions=(0, 1, 3))
    assert not prove_graphs(graph, wrong, tmp_path).equivalent


def test_graphs_that_differ_in_one_position_can_agree_in_all(tmp_path):
    # From both positions together, each class counts both inputs.
    left = random_graph(np.random.default_rng(0), encoder=identity(2), layers=0)
    left = dataclasses.replace(left, groups=(np.array([2]), np.array([3]), np.array([2])), positions=(0, 1))
    right = dataclasses.replace(left, groups=(np.array([3]), np.array([2]), np.array([2])))
    assert prove_graphs(left, right, tmp_path).equivalent
    assert not prove_graphs(
        left, dataclasses.replace(right, groups=(np.array([3]), np.array([2]), np.array([0]))), tmp_path
    ).equivalent
