import numpy as np

from gatewright.train.kernels.cpu.adam import adam


def test_moments_never_become_denormal():
    values, gradient, mean, square = (np.full(100, x, dtype=np.float32) for x in (1.0, 1e-3, 0.0, 0.0))
    for step in range(1, 2000):
        adam(values, gradient, mean, square, step, 0.01, 0.9, 0.999, 1e-8, 0.0)
        gradient[:] = 0
    assert (mean == 0).all()
    assert ((square == 0) | (square > np.finfo(np.float32).tiny)).all()
