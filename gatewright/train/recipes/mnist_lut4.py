"""MNIST in one layer of tables of four inputs, as small FPGAs have them, each input chosen among 32 near pixels.

A table reads pixels around its own, of a square of about eleven by eleven: that is better than reading them from all
over the image, and takes less wire. With its link it fills five sixths of an iCE40 UP5K. Pixels are one bit, and images
move by a pixel, which keeps so long a run from learning them by heart.
"""

from .recipe import Recipe

MNIST_LUT4 = Recipe(
    name="mnist-lut4",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(2000,),
    fan_in=4,
    candidates=(32,),
    wiring="local",
    reach=121,
    tau=2.0,
    noise_scale=0.5,
    group_tau=6.0,
    init_scale=1.0,
    residual=0.0,
    shift=1,
    batch=128,
    steps=60000,
    evaluate_every=1000,
)
