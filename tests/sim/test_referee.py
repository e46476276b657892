from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.sim.referee import BrokenStreamError, Referee
from gatewright.sim.storm import storm


class Pipeline:
    """A classifier whose results are the numbers of the samples, as plainly as it can be written."""

    def __init__(self, latency, interval):
        self.interval = interval
        self.stages = [None] * (latency - interval + 1)
        self.phase = 0

    def look(self):
        """The result that is valid, or None."""
        return self.stages[-1]

    def ready(self, take):
        return (take or self.look() is None) and self.phase == self.interval - 1

    def move(self, sample, take, offered):
        """One rising edge: the sample that was taken, or None."""
        if take or self.look() is None:
            self.stages = [sample, *self.stages[:-1]]
            self.phase = (self.phase + (offered or self.phase > 0)) % self.interval


def trace(samples, latency, interval, seed, broken=lambda cycle, line: line):
    """What `player` writes while a pipeline is right; ``broken`` may change a line."""
    lines, pipeline, answered, following, offered = [], Pipeline(latency, interval), 0, 0, False
    for cycle, (reset, pause, stall) in enumerate(islice(storm(seed, latency + interval), 100_000)):
        if answered == samples:
            return lines
        offered = not reset and (offered or (not pause and following < samples))
        take = not stall
        ready, result = pipeline.ready(take), pipeline.look()
        flags = "".join(str(int(flag)) for flag in (reset, offered, ready, result is not None, take))
        lines.append(broken(cycle, flags if result is None else f"{flags} {result:02x}"))
        if reset:
            pipeline, following, offered = Pipeline(latency, interval), answered, False
            continue
        answered += result is not None and take
        taken = following if offered and ready else None
        pipeline.move(taken, take, offered)
        if taken is not None:
            following, offered = following + 1, False
    raise AssertionError("the trace has no end")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 7), st.integers(0, 99))
def test_a_pipeline_that_is_right_is_believed(samples, stages, interval, seed):
    latency = stages + interval - 1
    referee = Referee(samples, latency, interval)
    lines = trace(samples, latency, interval, seed)
    cut = len(lines) // 3
    referee.watch(f"{line}\n" for line in lines[:cut])
    referee.watch(f"{line}\n" for line in lines[cut:])
    assert referee.results == list(range(samples))


@pytest.mark.parametrize(
    ("shown", "stated", "sentence"),
    [
        ((4, 2), (5, 2), "took 4 cycles, not 5"),
        ((4, 2), (3, 2), "has no result after 3 cycles"),
        ((4, 3), (4, 2), "taken in 2 cycles, but one must be in 2"),
        ((4, 2), (4, 3), "2 after another, not 3"),
    ],
)
def test_another_latency_or_interval_is_not_believed(shown, stated, sentence):
    with pytest.raises(BrokenStreamError, match=sentence):
        Referee(40, *stated).watch(trace(40, *shown, seed=0))


def first(lines, wanted):
    """The number of the first line that is ``wanted``."""
    return next(number for number, line in enumerate(lines) if wanted(line))


@pytest.mark.parametrize(
    ("wanted", "change", "sentence"),
    [
        (lambda line: line[3:5] == "11", lambda line: line[:3] + "01", "has no result after"),
        (lambda line: line[3:5] == "10", lambda line: line[:3] + "00", "has no result after"),
        (lambda line: line[3] == "0", lambda line: line[:3] + "1" + line[4:] + " 00", "no sample is in flight"),
        (lambda line: line[3] == "1", lambda line: line[:6] + "xx", "the result is unknown"),
        (lambda line: line[0] == "0", lambda line: "00x00", "ready or valid is unknown"),
        (lambda line: line[3:5] == "10", lambda line: line[:2] + "1" + line[3:], "while a result was waiting"),
    ],
    ids=["lost", "late", "from nowhere", "unknown result", "unknown ready", "taken in a stall"],
)
def test_one_wrong_cycle_is_seen(wanted, change, sentence):
    lines = trace(40, 4, 2, 0)
    number = first(lines, lambda line: line[0] == "0" and wanted(line))
    lines[number] = change(lines[number])
    with pytest.raises(BrokenStreamError, match=sentence):
        Referee(40, 4, 2).watch(lines)


def test_a_result_that_is_held_must_not_change_or_go():
    lines = trace(40, 4, 1, 0)
    number = 1 + first(lines, lambda line: line[0] == "0" and line[3:5] == "10")
    assert lines[number][3] == "1"
    with pytest.raises(BrokenStreamError, match="the result changed in cycle"):
        Referee(40, 4, 1).watch([*lines[:number], lines[number][:6] + "ff"])
    with pytest.raises(BrokenStreamError, match="the result was withdrawn in cycle"):
        Referee(40, 4, 1).watch([*lines[:number], lines[number][:3] + "0" + lines[number][4]])


def test_silence_has_an_end():
    with pytest.raises(BrokenStreamError, match="no answer for 1500 cycles after 0 answers"):
        Referee(1, 4, 1).watch(["00101"] * 2000)
