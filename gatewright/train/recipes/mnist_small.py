"""MNIST in few cells of an FPGA: tables of four inputs that look at the middle of an image from nine positions.

As `mnist-shared`, with a third of its tables, and without the two pixels at each side that hold next to nothing: each
pixel that is not read saves a register.
"""

from .recipe import Recipe

MNIST_SMALL = Recipe(
    name="mnist-small",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(500,),
    fan_in=4,
    candidates=(32,),
    wiring="local",
    reach=121,
    tau=2.0,
    noise_scale=0.5,
    group_tau=9.0,
    init_scale=1.0,
    residual=0.0,
    shift=1,
    positions=3,
    stride=2,
    margin=2,
    batch=128,
    steps=30000,
    evaluate_every=1000,
)
