"""What source, sink and reset do in each cycle: calm, pauses, back-pressure, and storms of resets, at random."""

from __future__ import annotations

import random
from collections.abc import Iterator

# How likely, in a cycle, the source pauses, the sink stalls, and a reset begins: once in this order, so that a few
# samples see each of them, and then at random. Calm shows the latency and the initiation interval.
PHASES = (
    (0.0, 0.0, 0.0),
    (0.0, 0.5, 0.0),
    (0.2, 0.2, 0.05),
    (0.5, 0.0, 0.0),
    (0.3, 0.3, 0.0),
    (0.0, 0.0, 0.0),
    (0.0, 0.9, 0.0),
    (0.9, 0.0, 0.0),
    (0.0, 0.0, 0.0),
)
_RESET_CYCLES = 3


def storm(seed: int, flight: int) -> Iterator[tuple[bool, bool, bool]]:
    """For each cycle without end: whether reset is high, the source pauses, and the sink stalls.

    It begins with a reset.

    Args:
        seed: of every random draw.
        flight: cycles that a sample needs from one end to the other; a phase is longer.
    """
    rng = random.Random(seed)  # noqa: S311 - for variety, not for secrets.
    resetting = rng.randint(1, _RESET_CYCLES)
    number = 0
    while True:
        pause, stall, reset = PHASES[number] if number < len(PHASES) else rng.choice(PHASES)
        for _ in range(max(16, 3 * flight)):
            if not resetting and rng.random() < reset:
                resetting = rng.randint(1, _RESET_CYCLES)
            yield resetting > 0, rng.random() < pause, rng.random() < stall
            resetting = max(0, resetting - 1)
        number += 1


def word(cycles: list[tuple[bool, bool, bool]]) -> int:
    """The control word of a batch: three bits for each cycle, the first one lowest."""
    return sum((reset | pause << 1 | stall << 2) << (3 * index) for index, (reset, pause, stall) in enumerate(cycles))
