import math

import numpy as np
import pytest
import torch

from gatewright.errors import GatewrightError
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.method import Method, Mode


def test_the_table_index_is_2a_plus_b():
    layer = GumbelGates(2, 16)
    with torch.no_grad():
        layer.candidates.copy_(torch.tensor([[[0], [1]]]).expand(16, 2, 1))
        layer.logits.copy_(10 * torch.eye(16))
    layer.eval()
    for a in (0, 1):
        for b in (0, 1):
            out = layer(torch.tensor([[a, b]])).int().ravel().tolist()
            assert out == [table >> (2 * a + b) & 1 for table in range(16)]


def test_samples_follow_the_softmax_of_the_logits():
    layer = GumbelGates(2, 1, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        layer.logits.zero_()
        layer.logits[0, 1] = math.log(5)
        layer.candidates.copy_(torch.tensor([[[0], [1]]]))
    zeros = torch.zeros(1, 2)
    # On pattern 0 the odd tables answer 1: weight 5 + 7 of 20.
    share = np.mean([float(layer(zeros).detach()) for _ in range(4000)])
    assert abs(share - 12 / 20) < 0.03


def test_one_draw_is_shared_by_the_batch_and_the_seed_decides():
    layers = [GumbelGates(4, 50, generator=torch.Generator().manual_seed(7)) for _ in range(2)]
    x = torch.ones(8, 4)
    first, second = (layer(x) for layer in layers)
    assert torch.equal(first, second)
    assert torch.equal(first, first[:1].expand(8, -1))
    assert not torch.equal(layers[0](x), first)


def test_the_mixture_is_what_the_samples_average_to():
    layer = GumbelGates(3, 6, init_scale=1.0, generator=torch.Generator().manual_seed(1))
    x = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    layer.mode = Mode.MIXTURE
    mixture = layer(x)
    layer.mode = Mode.SAMPLE
    mean = torch.stack([layer(x) for _ in range(3000)]).mean(0)
    assert (mixture - mean).abs().max() < 0.05


def test_without_several_candidates_the_wiring_is_fixed():
    layer = GumbelGates(5, 7, fan_in=3)
    assert layer.wiring_logits is None
    assert torch.equal(layer.wiring, layer.candidates[:, :, 0])


def test_an_operand_reads_its_best_candidate():
    layer = GumbelGates(12, 9, candidates=4, generator=torch.Generator().manual_seed(3)).eval()
    with torch.no_grad():
        layer.wiring_logits[:, :, 2] += 20
        layer.logits[:, 6] += 50
    assert torch.equal(layer.wiring, layer.candidates[:, :, 2])
    x = torch.randint(2, (40, 12), generator=torch.Generator().manual_seed(4))
    a, b = (x[:, layer.wiring[:, i]] for i in range(2))
    assert torch.equal(layer(x).int(), a ^ b)


@pytest.mark.parametrize("fan_in", range(2, 7))
def test_the_first_operand_is_the_most_significant(fan_in):
    layer = GumbelGates(fan_in, 20, fan_in=fan_in, generator=torch.Generator().manual_seed(fan_in)).eval()
    x = torch.tensor([[p >> i & 1 for i in range(fan_in)] for p in range(2**fan_in)])
    outputs = layer(x).int()
    for gate, (table, wiring) in enumerate(zip(layer.tables().tolist(), layer.wiring.tolist(), strict=True)):
        for row, sample in enumerate(x.tolist()):
            pattern = sum(sample[net] << (fan_in - 1 - i) for i, net in enumerate(wiring))
            assert outputs[row, gate] == table >> pattern & 1


@pytest.mark.parametrize("fan_in", [2, 4])
def test_a_residual_start_passes_the_first_operand_on(fan_in):
    layer = GumbelGates(9, 30, fan_in=fan_in, init_scale=0.5, residual=20.0).eval()
    x = torch.randint(2, (20, 9))
    assert torch.equal(layer(x).int(), x[:, layer.wiring[:, 0]])


def test_the_candidates_can_be_given():
    wiring = torch.tensor([[[0], [2]], [[1], [1]], [[2], [0]]])
    layer = GumbelGates(3, 3, candidates=wiring)
    assert torch.equal(layer.candidates, wiring)
    assert layer.wiring_logits is None
    assert GumbelGates(3, 3, candidates=wiring.repeat(1, 1, 4)).wiring_logits.shape == (3, 2, 4)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(("fan_in", "candidates"), [(2, 1), (2, 4), (3, 1), (4, 3)])
def test_other_precisions_take_the_reference(fan_in, candidates, method):
    layer = GumbelGates(
        8, 10, fan_in=fan_in, candidates=candidates, method=method, generator=torch.Generator().manual_seed(0)
    )
    x = torch.randint(2, (6, 8), dtype=torch.float64).requires_grad_()
    layer.double()
    layer(x).sum().backward()
    assert x.grad is not None
    assert all(parameter.grad is not None for parameter in layer.parameters())
    layer.noise_scale = 0.0
    slow = layer(x).float()
    assert torch.allclose(slow, layer.float()(x.detach().float()), atol=1e-5)
    layer.double()
    assert torch.equal(layer.eval()(x).float(), layer.float()(x.detach().float()))


@pytest.mark.parametrize("method", [method.value for method in Method])
def test_learns_in_a_users_own_sequential(method):
    torch.manual_seed(0)
    options = {"generator": torch.Generator().manual_seed(0), "method": method}
    model = torch.nn.Sequential(GumbelGates(2, 40, **options), GumbelGates(40, 40, **options), GroupSum(2, tau=2.0))
    x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).repeat(16, 1)
    y = x[:, 0] ^ x[:, 1]
    optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(150):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(x), y).backward()
        optimiser.step()
    model.eval()
    assert (model(x).argmax(1) == y).all()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GumbelGates(0, 3), "at least 1"),
        (lambda: GumbelGates(3, 3, tau=0), "tau must be positive"),
        (lambda: GumbelGates(3, 3, fan_in=7), "fan-in must be 2 to 6"),
        (lambda: GumbelGates(3, 3, candidates=0), "at least 1 candidate"),
        (lambda: GumbelGates(3, 3, method="st"), "no training method 'st': choose one of gumbel,"),
        (lambda: GumbelGates(3, 3, precision="half"), "no precision 'half': choose float32 or mixed"),
        (lambda: GumbelGates(3, 3, candidates=torch.zeros(3, 3, 1, dtype=torch.int64)), r"shape \(3, 3, 1\)"),
        (lambda: GumbelGates(3, 3, candidates=torch.full((3, 2, 1), 3)), "numbers of the 3 inputs"),
        (lambda: GumbelGates(3, 3)(torch.zeros(2, 4)), r"reads \(batch, 3\)"),
        (lambda: GroupSum(1), "at least 2 classes"),
        (lambda: GroupSum(3)(torch.zeros(2, 4)), "into 3 equal groups"),
    ],
)
def test_a_wrong_size_is_one_sentence(make, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        make()
