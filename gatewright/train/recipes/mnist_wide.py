"""MNIST in 48,000 gates of two inputs with fixed wiring: neighbours first, as DiffLogic wires them.

Pixels are one bit. The high temperature keeps gradients alive for functions that are far from being chosen.
"""

from .recipe import Recipe

MNIST_WIDE = Recipe(
    name="mnist-wide",
    dataset="mnist",
    bits=1,
    thresholds="uniform",
    layers=(16000, 16000, 16000),
    wiring="unique",
    tau=20.0,
    noise_scale=0.1,
    group_tau=20.0,
    init_scale=1.0,
    residual=0.0,
    learning_rate=0.2,
    batch=128,
    steps=70000,
    evaluate_every=1000,
)
