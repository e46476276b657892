"""Judges what was seen on the streams of a classifier, cycle by cycle.

The rules: every sample gives one result, in order, exactly the latency after it was offered, or the one before it was
taken, not counting the cycles in which a result waited for its receiver; a result is held until it is taken; a source
that always offers is served once in every initiation interval; nothing that was in flight survives a reset; and no
signal is ever unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

Flight = tuple[int, int]
"""A sample in the pipeline: its index, and the cycles that had not stalled when it was first offered."""


class BrokenStreamError(Exception):
    """A rule of the streams was broken; the sentence names the cycle."""


class Referee:
    """Follows a trace, and collects the results in the order of the samples.

    Attributes:
        results: one number for each sample that was answered, as it stood on the stream.

    Args:
        samples: how many there are.
        latency: cycles from a sample offered to its result.
        interval: cycles from one sample to the next.
    """

    def __init__(self, samples: int, latency: int, interval: int) -> None:
        self.results: list[int] = []
        self._samples = samples
        self._latency = latency
        self._interval = interval
        self._cycle = 0
        self._moved = 0
        """Cycles that have not stalled."""
        self._served: int | None = None
        """The value of `_moved` when the last sample was taken."""
        self._asked: int | None = None
        """The value of `_moved` since when the source has offered without a break, or since when it was served."""
        self._offered: int | None = None
        """The value of `_moved` when the sample that is offered was offered first."""
        self._flying: deque[Flight] = deque()
        self._next = 0
        self._held: int | None = None
        self._quiet = 0
        self._patience = 100 * (latency + interval + 10)

    def watch(self, lines: Iterable[str]) -> None:
        """Judge the lines of a trace, as `player` writes them.

        Raises:
            BrokenStreamError: if a rule is broken.
        """
        for line in lines:
            flags, _, payload = line.strip().partition(" ")
            if flags[0] == "1":
                self._reset()
            else:
                if not set(flags) <= {"0", "1"}:
                    raise BrokenStreamError(f"ready or valid is unknown in cycle {self._cycle}")
                offered, ready, valid, take = (flag == "1" for flag in flags[1:])
                self._look(payload if valid else "", take)
                self._serve(offered, ready, stalled=valid and not take)
            self._cycle += 1

    def _reset(self) -> None:
        self._flying.clear()
        self._next = len(self.results)
        self._held = self._asked = self._served = self._offered = None

    def _look(self, payload: str, take: bool) -> None:
        """Judge the result of a cycle; empty if there is none."""
        self._quiet += 1
        if self._quiet > self._patience:
            raise BrokenStreamError(f"no answer for {self._patience} cycles after {len(self.results)} answers")
        if not payload:
            if self._held is not None:
                raise BrokenStreamError(f"the result was withdrawn in cycle {self._cycle}, before it was taken")
            if self._flying and self._moved - self._flying[0][1] >= self._latency:
                raise BrokenStreamError(f"sample {self._flying[0][0]} has no result after {self._latency} cycles")
            return
        if not self._flying:
            raise BrokenStreamError(f"a result is valid in cycle {self._cycle}, but no sample is in flight")
        try:
            result = int(payload, 16)
        except ValueError:
            raise BrokenStreamError(f"the result is unknown in cycle {self._cycle}: {payload[:40]}") from None
        index, begun = self._flying[0]
        if self._held is None and self._moved - begun != self._latency:
            raise BrokenStreamError(f"sample {index} took {self._moved - begun} cycles, not {self._latency}")
        if self._held is not None and result != self._held:
            raise BrokenStreamError(f"the result changed in cycle {self._cycle}, before it was taken")
        self._held = None if take else result
        if take:
            self._quiet = 0
            self._flying.popleft()
            self.results.append(result)

    def _serve(self, offered: bool, ready: bool, *, stalled: bool) -> None:
        """Judge whether a sample was taken when it had to be."""
        if stalled:
            if ready:
                raise BrokenStreamError(f"a sample was taken in cycle {self._cycle}, while a result was waiting")
            return
        begun = self._moved if self._offered is None else self._offered
        self._offered = begun if offered else None
        waited = None if self._asked is None else self._moved - self._asked
        if offered and ready:
            if self._served is not None and self._moved - self._served < self._interval:
                raise BrokenStreamError(
                    f"a sample was taken in cycle {self._cycle}, {self._moved - self._served} after another, not "
                    f"{self._interval}"
                )
            self._flying.append((self._next, begun))
            self._next += 1
            self._offered = None
            self._asked = self._served = self._moved
        elif offered and waited is not None and waited >= self._interval:
            raise BrokenStreamError(f"no sample was taken in {waited} cycles, but one must be in {self._interval}")
        elif not offered:
            self._asked = None
        elif self._asked is None:
            self._asked = self._moved
        self._moved += 1
