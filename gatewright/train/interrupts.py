"""Interrupts wait for the end of a step.

The first use of a kernel loads it through callbacks out of compiled code. Python drops an exception that a signal
raises inside of one, and LLVM does not survive it everywhere.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def postponed() -> Iterator[None]:
    """SIGINT and SIGTERM that come while the context lasts are handled when it ends, each once.

    Python handles signals in its main thread; in any other thread there is nothing to postpone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = {number: signal.signal(number, lambda number, _: asked.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None stands for a handler that Python did not set, and cannot set again.
            signal.signal(number, handler or signal.SIG_DFL)
        for missed in dict.fromkeys(asked):
            signal.raise_signal(missed)
