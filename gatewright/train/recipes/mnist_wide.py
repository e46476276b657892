"""MNIST in DiffLogic's shape and by its method: 48,000 gates of two inputs, neighbours first, fixed wiring.

Pixels are one bit. With fixed wiring and this depth the soft mixture learns further than hard choices do. Images that
move by a pixel keep so many gates from learning the images by heart.
"""

from .recipe import Recipe

MNIST_WIDE = Recipe(
    name="mnist-wide",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(8000,) * 6,
    wiring="unique",
    method="softmax",
    tau=1.0,
    noise_scale=0.0,
    group_tau=8.0,
    init_scale=1.0,
    residual=0.0,
    learning_rate=0.05,
    shift=1,
    batch=128,
    steps=20000,
    evaluate_every=1000,
)
