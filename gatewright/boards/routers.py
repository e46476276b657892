"""What nextpnr's routers print while they route, and what is told of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

# How router1 begins, and a row of its table: iterations, arcs routed, how many more than before, arcs left, seconds.
_ALL = re.compile(r"Info: Routing (\d+) arcs\.")
_ARCS = re.compile(r"Info:\s+\d+ \|\s*\d+\s+\d+ \|\s*\d+\s+\d+ \|\s*(\d+)\|")
# An iteration of router2, which moves nets apart until no wire is part of two.
_WIRES = re.compile(r"Info:\s+iter=\d+ wires=\d+ overused=(\d+)")


def left(line: str) -> tuple[int, str] | None:
    """How much a router has yet to do, as a number and for people; None if the line does not say so."""
    for pattern, things in ((_ALL, "arcs left"), (_ARCS, "arcs left"), (_WIRES, "wires in conflict")):
        match = pattern.match(line)
        if match:
            number = int(match.group(1))
            return number, f"{number:,} {things}"
    return None


def follow(step: Callable[[str, float], None], every: float = 1.0) -> Callable[[str], bool]:
    """Follow what nextpnr prints, and tell how far its router is.

    Args:
        step: told ``"routing, 1,234 arcs left"`` and the part that is done, which never falls.
        every: seconds from one telling to the next, at least.

    Returns:
        To be given each line. It says whether nextpnr is nearer to its end than before: by the rows of a router, if
        less is left than ever; any other line says so.
    """
    most = least = -1
    told = float("-inf")

    def heard(line: str) -> bool:
        nonlocal most, least, told
        found = left(line)
        if found is None:
            return True
        number, text = found
        nearer = least < 0 or number < least
        most, least = max(most, number), number if nearer else least
        now = time.monotonic()
        if now - told >= every:
            told = now
            step(f"routing, {text}", 1.0 - least / max(1, most))
        return nearer

    return heard
