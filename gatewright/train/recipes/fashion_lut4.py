"""Fashion-MNIST on an iCE40 UP5K: tables of four inputs that read near pixels, each of three shades.

Clothes fill the image and stand in the middle of it, so that nothing is gained by moving them, by more positions or by
leaving the sides unread. The thresholds of a pixel lie at the thirds of its values. It is meant to be taught by a
larger network (``--teacher``).
"""

from .recipe import Recipe

FASHION_LUT4 = Recipe(
    name="fashion-lut4",
    dataset="fashion-mnist",
    bits=2,
    thresholds="quantile",
    layers=(2100,),
    fan_in=4,
    candidates=(32,),
    wiring="local",
    reach=242,
    tau=2.0,
    noise_scale=0.25,
    group_tau=9.7,
    init_scale=1.0,
    residual=0.0,
    batch=128,
    teacher_weight=0.8,
    teacher_tau=20.0,
    steps=120000,
    evaluate_every=2000,
)
