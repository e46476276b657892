"""Fashion-MNIST on an ECP5-25F: ten thousand tables of four inputs.

So many tables learn the images by heart, unless these move. The noise ends at 0, where the network is the circuit. The
thresholds of a pixel lie at the quarters of its values. A table reads pixels within two of its own, which costs
next to nothing, and which is what lets the chip be routed.
"""

from .recipe import Recipe

FASHION_WIDE = Recipe(
    name="fashion-wide",
    dataset="fashion-mnist",
    bits=3,
    thresholds="quantile",
    layers=(10000,),
    fan_in=4,
    candidates=(32,),
    wiring="local",
    reach=75,
    tau=2.0,
    noise_scale=0.25,
    schedule="linear",
    noise_end=0.0,
    group_tau=15.6,
    init_scale=1.0,
    residual=0.0,
    shift=1,
    batch=128,
    steps=36000,
    evaluate_every=2000,
)
