"""MNIST in one layer of tables of six inputs, each of which has chosen its six pixels among 96.

Pixels are one bit. One layer learns faster than two of the same size: all that it needs is 16,000 steps.
"""

from .recipe import Recipe

MNIST_LUT6 = Recipe(
    name="mnist-lut6",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(4000,),
    fan_in=6,
    candidates=(16,),
    tau=2.0,
    noise_scale=0.5,
    group_tau=6.0,
    init_scale=1.0,
    residual=0.0,
    batch=128,
    steps=16000,
    evaluate_every=500,
)
