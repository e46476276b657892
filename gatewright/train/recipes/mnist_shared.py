"""MNIST in one layer of tables of four inputs that looks at an image from nine positions, and adds up what it counts.

The same tables read the image moved by up to four pixels down and to the right, so that each has nine votes; a serial
popcount counts them one position after another with the same LUTs. It is far more accurate than as many tables that
look from one position alone, and takes nine times the cycles. Wiring is local, and pixels are one bit, as in
`mnist-lut4`.
"""

from .recipe import Recipe

MNIST_SHARED = Recipe(
    name="mnist-shared",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(1500,),
    fan_in=4,
    candidates=(32,),
    wiring="local",
    reach=121,
    tau=2.0,
    noise_scale=0.5,
    group_tau=15.0,
    init_scale=1.0,
    residual=0.0,
    shift=1,
    positions=3,
    stride=2,
    batch=128,
    steps=30000,
    evaluate_every=1000,
)
