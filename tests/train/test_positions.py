import dataclasses

import numpy as np
import pytest
import torch

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.train.encode import fit
from gatewright.train.export import export
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Mode
from gatewright.train.network import build, gate_layers, scores
from gatewright.train.positions import Positions, offsets
from gatewright.train.recipes.recipe import Recipe
from gatewright.train.wiring import pixels

RECIPE = Recipe(
    name="small", dataset="images", layers=(12,), bits=1, fan_in=4, candidates=(6,), wiring="local", reach=25,
    positions=3, stride=2,
)  # fmt: skip


def places(height=7, width=6, each=1):
    """Of images whose pixels have ``each`` bits."""
    return pixels(np.repeat(np.arange(height * width, dtype=np.int32), each), (height, width, 1))


def test_positions_are_a_grid_of_pixels():
    assert offsets(RECIPE, places()) == (0, 2, 4, 12, 14, 16, 24, 26, 28)
    assert offsets(dataclasses.replace(RECIPE, positions=2, stride=1), places(each=3)) == (0, 3, 18, 21)
    # A margin that is not read is no part of the ring.
    inner = places(height=9, width=9).reshape(9, 9, 2)[1:8, 2:8].reshape(42, 2)
    assert offsets(RECIPE, inner) == offsets(RECIPE, places())
    assert offsets(dataclasses.replace(RECIPE, positions=1, stride=9), None) == (0,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "holds no images: set them to 1"),
        (places(height=4), "do not fit an image of 4 x 6 pixels"),
        (places()[1:], "different numbers of thresholds"),
        (torch.cat([places(), places()[-1:]]), "different numbers of thresholds"),
    ],
)
def test_positions_that_cannot_be(given, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        offsets(RECIPE, given)


def test_a_position_reads_the_pixel_beside():
    image = torch.arange(42).reshape(1, 42)
    seen = Positions(offsets(RECIPE, places()))(image)
    assert seen.shape == (9, 42)
    # Row 3, column 1 from the position two rows down and four columns to the right.
    assert seen[5, 3 * 6 + 1] == image[0, 5 * 6 + 5]


@pytest.mark.parametrize("mode", [Mode.SAMPLE, Mode.MIXTURE, Mode.DISCRETE])
def test_scores_are_the_sum_of_those_from_each_position(mode):
    generator = torch.Generator().manual_seed(0)
    network = build(RECIPE, 42, 3, generator, places())
    x = torch.randint(0, 2, (5, 42), generator=generator)
    alone = torch.nn.Sequential(*gate_layers(network), GroupSum(3, RECIPE.group_tau))
    state = generator.get_state()
    together = scores(network, x, mode)
    apart = []
    for position in network[0].positions:
        # The gates that a step has drawn are the same from everywhere.
        generator.set_state(state)
        apart.append(scores(alone, x.roll(-position, dims=1), mode))
    assert torch.allclose(together, torch.stack(apart).sum(dim=0), atol=1e-5)
    generator.set_state(state)
    for layer in gate_layers(network):
        layer.mode = mode
    assert torch.allclose(together, network(x.float()), atol=1e-5)


def test_the_graph_looks_from_the_same_positions():
    network = build(RECIPE, 42, 3, torch.Generator().manual_seed(1), places())
    names = tuple(f"p{i}" for i in range(42))
    graph = export(network, Thermometer.identity(names), ("a", "b", "c"))
    assert graph.positions == offsets(RECIPE, places())
    x = np.random.default_rng(0).integers(0, 2, (50, 42))
    expected = RECIPE.group_tau * scores(network, torch.from_numpy(x), Mode.DISCRETE)
    assert graph(x).tolist() == expected.round().int().tolist()


def test_gates_stand_where_they_look_from_the_middle():
    network = build(RECIPE, 42, 3, torch.Generator().manual_seed(1), places())
    seen = places().roll(-network[0].positions[4], dims=0)
    (layer,) = gate_layers(network)
    for gate in layer.candidates:
        read = seen[gate.ravel()].float()
        # A reach of 25 inputs is a square of five by five, or less of a square where the image ends.
        assert (read.max(dim=0).values - read.min(dim=0).values).max() <= 6


def test_a_sum_over_another_number_of_positions_is_no_network():
    network = build(RECIPE, 42, 3, torch.Generator(), places())
    network[-1] = GroupSum(3, 1.0, 4)
    with pytest.raises(GatewrightError, match="adds up 4 positions, but the network has 9"):
        export(network, Thermometer.identity(tuple(f"p{i}" for i in range(42))), ("a", "b", "c"))
    with pytest.raises(GatewrightError, match="1 position are needed"):
        GroupSum(3, 1.0, 0)
    with pytest.raises(GatewrightError, match="choose multiples"):
        GroupSum(3, 1.0, 2)(torch.zeros(3, 9))
    assert GumbelGates(4, 4).in_features == 4


@pytest.mark.parametrize(
    ("constant", "bits", "chosen"), [(0, 1, [0]), (0, 2, [0, 1]), (255, 2, [253, 254]), (9, 1, [9])]
)
def test_every_pixel_has_thresholds_if_it_must(constant, bits, chosen):
    x = np.full((9, 3), constant, dtype=np.uint8)
    x[:, 1] = np.arange(0, 256, 31)[:9]
    encoder = fit(x, ("a", "b", "c"), bits=bits, kind="uniform", word_width=8, every=True)
    assert np.bincount(encoder.feature).tolist() == [bits] * 3
    assert encoder.threshold[encoder.feature == 0].tolist() == chosen
    assert np.bincount(fit(x, ("a", "b", "c"), bits=bits, kind="uniform").feature).tolist() == [0, bits]
