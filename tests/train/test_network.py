import dataclasses

import pytest
import torch

from gatewright.errors import GatewrightError
from gatewright.train.method import Method, Mode
from gatewright.train.network import anneal, build, gate_layers, scores, training_mode
from gatewright.train.recipes.recipe import Recipe
from gatewright.train.wiring import unique

RECIPE = Recipe(name="a", dataset="b", layers=(30, 24, 20), noise_scale=0.4, steps=10)


def make(seed=0, **changes):
    return build(dataclasses.replace(RECIPE, **changes), 12, 2, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("options", [{}, {"fan_in": 4}, {"candidates": (3, 1, 2)}])
def test_the_whole_network_at_once_is_one_layer_after_the_other(mode, options):
    network = make(noise_scale=0.0, **options)
    x = torch.randint(2, (40, 12))
    whole = scores(network, x, mode)
    single = x.float()
    for layer in gate_layers(network):
        layer.mode = mode
        single = layer(single)
    assert torch.allclose(whole, network[-1](single), atol=1e-5)


@pytest.mark.parametrize("method", list(Method))
def test_a_recipe_says_how_layers_train(method):
    network = make(method=method.value)
    assert [layer.method for layer in gate_layers(network)] == [method] * 3
    assert training_mode(network) is method.mode
    assert network.state_dict().keys() == make().state_dict().keys()


def test_a_butterfly_has_wider_distances_in_deeper_layers():
    layers = gate_layers(make(layers=(24, 24, 24), wiring="butterfly"))
    distances = [(layer.wiring[:, 1] - layer.wiring[:, 0]) % layer.in_features for layer in layers]
    assert [sorted(set(row.tolist())) for row in distances] == [[1, 2], [2], [4]]


def test_unique_wiring_is_that_of_every_layer():
    for layer in gate_layers(make(wiring="unique")):
        expected = unique(layer.in_features, layer.out_features, 2, None)
        assert sorted(layer.candidates.tolist()) == sorted(expected.tolist())


def test_local_wiring_goes_on_from_layer_to_layer():
    places = torch.cartesian_prod(torch.arange(12), torch.arange(12))
    recipe = dataclasses.replace(RECIPE, layers=(400, 400, 40), wiring="local", reach=9, candidates=(4, 4, 4))
    first, second, last = gate_layers(build(recipe, 144, 2, torch.Generator().manual_seed(1), places))
    centre = places.float()
    spread = []
    for layer in (first, second, last):
        read = centre[layer.candidates.reshape(layer.out_features, -1)]
        spread.append(read.std(dim=1).max())
        centre = read.mean(dim=1)
    assert max(spread) < 3


def test_local_wiring_needs_an_image_and_enough_inputs():
    local = {"wiring": "local", "reach": 20, "candidates": (13, 1, 1)}
    with pytest.raises(GatewrightError, match="wiring is 'local', but b holds no images"):
        make(**local)
    places = torch.cartesian_prod(torch.arange(3), torch.arange(4))
    with pytest.raises(GatewrightError, match="operand of layer 1 has 13 candidates of 12 inputs: choose fewer"):
        build(dataclasses.replace(RECIPE, **local), 12, 2, torch.Generator(), places)


def test_temperature_and_noise_follow_the_step():
    recipe = dataclasses.replace(RECIPE, schedule="linear", tau=2.0, tau_end=1.0, noise_end=0.0)
    network = make()
    for step, tau, noise in ((0, 2.0, 0.4), (5, 1.5, 0.2), (10, 1.0, 0.0)):
        anneal(network, recipe, step)
        assert [(layer.tau, layer.noise_scale) for layer in gate_layers(network)] == [(tau, pytest.approx(noise))] * 3
