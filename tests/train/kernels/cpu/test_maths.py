import zlib

import numpy as np
from numba import njit

from gatewright.train.kernels.cpu import maths


@njit
def _logs(x, out):
    for i in range(len(x)):
        out[i] = maths.log(x[i])


@njit
def _exps(x, out):
    for i in range(len(x)):
        out[i] = maths.exp(x[i])


@njit
def _draws(count, low, high, out):
    for i in range(count):
        out[i] = maths.uniform(np.uint32(i), np.uint32(low), np.uint32(high))


def draws(count, low, high):
    out = np.empty(count, dtype=np.float32)
    _draws(count, low, high, out)
    return out


def test_log_is_exact_to_single_precision():
    x = np.concatenate([np.logspace(-30, 30, 20001), np.linspace(0.5, 2, 20001)]).astype(np.float32)
    out = np.empty_like(x)
    _logs(x, out)
    right = np.log(x.astype(np.float64))
    assert (np.abs(out - right) <= 3e-7 * np.maximum(np.abs(right), 0.3)).all()


def test_exp_is_exact_to_single_precision():
    x = np.linspace(-59.9, 86, 40001).astype(np.float32)
    out = np.empty_like(x)
    _exps(x, out)
    assert np.allclose(out, np.exp(x.astype(np.float64)), rtol=3e-7, atol=0)
    _exps(np.array([-61, -1e9, 1e9], dtype=np.float32), out)
    assert (out[:2] == 0).all()
    assert np.isfinite(out[2])


@njit
def _highest(count, low, high):
    found = np.float32(0)
    for i in range(count):
        found = max(found, maths.uniform(np.uint32(i), np.uint32(low), np.uint32(high)))
    return found


def test_the_highest_draw_is_below_one():
    assert _highest(1 << 26, 1, 2) == 1 - 2**-24


def test_draws_are_uniform_and_inside_the_open_interval():
    u = draws(1 << 20, 1, 2)
    assert u.min() > 0
    assert u.max() < 1
    counts = np.bincount((u * 256).astype(int), minlength=256)
    # Chi square with 255 degrees of freedom: 0.999 lies at 330.
    assert ((counts - 4096) ** 2 / 4096).sum() < 330
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.005
    assert abs(np.corrcoef(u[:-16:16], u[16::16])[0, 1]) < 0.015


def test_neighbouring_seeds_are_unrelated():
    base = draws(1 << 16, 1, 2)
    for low, high in ((2, 2), (1, 3), (1, 2**31), (2**31, 2)):
        other = draws(1 << 16, low, high)
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.015
        assert len(np.intersect1d(base, other)) < 1000


def test_a_draw_depends_on_seed_and_place_alone():
    assert np.array_equal(draws(1000, 7, 9)[:100], draws(100, 7, 9))
    assert zlib.crc32(draws(100, 7, 9).tobytes()) == zlib.crc32(draws(100, 7, 9).tobytes())
