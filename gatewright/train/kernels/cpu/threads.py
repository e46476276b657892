"""How many threads a piece of work is worth; what is computed never depends on it."""

from __future__ import annotations

import numba


def use(work: int, of_a_thread: int) -> None:
    """From now on, one thread for every ``of_a_thread`` of ``work``: at least one, at most all."""
    numba.set_num_threads(min(numba.config.NUMBA_NUM_THREADS, max(1, work // of_a_thread)))
