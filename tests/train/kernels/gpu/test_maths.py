import numpy as np
import pytest
import torch
import triton
import triton.language as tl

from gatewright.train.kernels.gpu import maths
from tests.train.kernels.gpu import DEVICE, noise

EULER = 0.5772156649


@triton.jit(do_not_specialize=["stream"])
def draw(first, seed, stream, out, TWO_WAY: tl.constexpr, TILE: tl.constexpr):
    place = tl.program_id(0) * TILE + tl.arange(0, TILE)
    tl.store(out + place, maths.noise(first + place, tl.load(seed), stream, TWO_WAY))


def drawn(count, seed, stream=0, first=0, *, two_way=False):
    out = torch.empty(count, dtype=torch.float32, device=DEVICE)
    seeds = torch.full((), seed, dtype=torch.int64, device=DEVICE)
    draw[(count // 1024,)](first, seeds, stream, out, TWO_WAY=two_way, TILE=1024)
    return out.cpu()


@pytest.mark.parametrize("seed", [0, 1, 2**62 - 1, 2**40 + 7])
@pytest.mark.parametrize("stream", [0, 1, 23])
def test_noise_is_a_function_of_seed_stream_and_place(seed, stream):
    assert torch.allclose(drawn(2048, seed, stream), noise.gumbel((2048,), seed, stream), atol=2e-6)
    two_way = drawn(2048, seed, stream, two_way=True)
    assert torch.allclose(two_way, noise.logistic((2048,), seed, stream), atol=2e-6)


def test_noise_has_the_distribution_of_gumbel():
    g = drawn(1 << 17, 3).numpy()
    assert abs(g.mean() - EULER) < 0.015
    assert abs(g.std() - np.pi / 6**0.5) < 0.015
    quantiles = np.quantile(g, [0.01, 0.25, 0.5, 0.75, 0.99])
    assert np.allclose(quantiles, -np.log(-np.log([0.01, 0.25, 0.5, 0.75, 0.99])), atol=0.06)


def test_the_largest_draw_is_finite():
    u = noise.uniform(1 << 24, 0, 0)
    place = int(u.argmax())
    assert u[place] == np.float32(1 - 2**-24)
    for two_way in (False, True):
        largest = drawn(1024, 0, first=place, two_way=two_way)[0]
        assert 16 < largest < 18


def test_the_logarithm_is_exact_to_the_last_places():
    x = torch.cat([torch.logspace(-7, 1, 1024), 1 - torch.logspace(-7, -1, 1024)]).to(DEVICE)
    out = torch.empty_like(x)
    logarithms[(2,)](x, out, TILE=1024)
    assert ((out.double() - x.double().log()).abs() <= 2e-7 * x.double().log().abs()).all()


@triton.jit
def logarithms(x, out, TILE: tl.constexpr):
    at = tl.program_id(0) * TILE + tl.arange(0, TILE)
    tl.store(out + at, maths.log(tl.load(x + at)))
