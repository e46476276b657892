"""What is told of a router, over what nextpnr has printed of each family: four have router1, GateMate router2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.boards.routers import follow, left

HEAD = """\
Info: Routing..
Info: Setting up routing queue.
Info: Routing {arcs} arcs.
Info:            |   (re-)routed arcs  |   delta    | remaining|       time spent     |
Info:    IterCnt |  w/ripup   wo/ripup |  w/r  wo/r |      arcs| batch(sec) total(sec)|
"""
TAIL = """\
Info: Routing complete.
Info: Router1 time 0.59s
Info: Checksum: 0xc62bf018

Info: Critical path report for clock 'cd_sync.clk' (posedge -> posedge):
Info:       type curr  total name
Info:    routing  1.76  3.15 Net core.link.counters$70.samples[0] (10,7) -> (11,7)
"""
ICE40 = """\
Info:       1000 |      223        776 |  223   776 |      1102|       0.22       0.22|
Info:       2000 |      516       1483 |  293   707 |       468|       0.18       0.41|
Info:       2562 |      590       1972 |   74   489 |         0|       0.18       0.59|
"""
ECP5 = """\
Info:       1000 |      288        711 |  288   711 |      1403|       0.38       0.38|
Info:       2000 |      633       1366 |  345   655 |       781|       0.39       0.77|
Info:       3000 |      829       2170 |  196   804 |        24|       1.59       2.36|
Info:       3028 |      834       2194 |    5    24 |         0|       0.02       2.38|
"""
GOWIN = """\
Info:       1000 |       40        959 |   40   959 |      1357|       1.03       1.03|
Info:       2000 |       47       1952 |    7   993 |       366|       0.74       1.78|
Info:       2377 |       56       2321 |    9   369 |         0|       0.37       2.15|
"""
NEXUS = """\
Info:       1000 |      186        813 |  186   813 |      1218|       1.51       1.51|
Info:       2000 |      396       1603 |  210   790 |       448|       0.91       2.42|
Info:       2590 |      518       2072 |  122   469 |         0|      27.92      30.34|
"""
GATEMATE = """\
Info: Routing clock nets...
Info:     routing net '$iopadmap$clk10_0__io' to 407 users
Info: Clock router time 28.22s.
Info: Running router2...
Info: Setting up routing resources...
Info: Running main router loop...
Info:     iter=1 wires=38178 overused=2729 overuse=2915 resources=2404 overused=264 overuse=333 archfail=NA
Info:     iter=2 wires=38937 overused=1145 overuse=1157 resources=2088 overused=62 overuse=64 archfail=NA
Info:     iter=14 wires=40447 overused=8 overuse=8 resources=1801 overused=0 overuse=0 archfail=NA
Info:     iter=15 wires=40464 overused=7 overuse=7 resources=1798 overused=0 overuse=0 archfail=NA
Info:     iter=16 wires=40464 overused=7 overuse=7 resources=1798 overused=0 overuse=0 archfail=NA
Info:     iter=19 wires=40468 overused=6 overuse=6 resources=1795 overused=0 overuse=0 archfail=NA
Info:     iter=20 wires=40464 overused=7 overuse=7 resources=1798 overused=0 overuse=0 archfail=NA
"""
# The same router on an iCE40, where it has no resources to count.
ICE40_WIRES = """\
Info: Running router2...
Info: Setting up routing resources...
Info: Running main router loop...
Info:     iter=1 wires=5898 overused=197 overuse=198 archfail=NA
Info:     iter=2 wires=5929 overused=102 overuse=102 archfail=NA
Info:     iter=3 wires=5937 overused=68 overuse=68 archfail=NA
Info:     iter=5 wires=5940 overused=46 overuse=46 archfail=NA
"""


def followed(log, every=0.0):
    """What is told, and what each line is answered."""
    told = []
    heard = follow(lambda *said: told.append(said), every)
    return told, [heard(line) for line in log.splitlines()]


@pytest.mark.parametrize(
    ("arcs", "rows", "numbers"),
    [
        (1858, ICE40, (1858, 1102, 468, 0)),
        (2091, ECP5, (2091, 1403, 781, 24, 0)),
        (2315, GOWIN, (2315, 1357, 366, 0)),
        (2010, NEXUS, (2010, 1218, 448, 0)),
    ],
    ids=["ice40", "ecp5", "gowin", "nexus"],
)
def test_a_router_of_arcs(arcs, rows, numbers):
    told, answers = followed(HEAD.format(arcs=arcs) + rows + TAIL)
    assert told == [(f"routing, {number:,} arcs left", pytest.approx(1 - number / arcs)) for number in numbers]
    # What is no row, and each row here, is a sign of life.
    assert all(answers)


@pytest.mark.parametrize(
    ("log", "numbers", "later"),
    [
        (GATEMATE, (2729, 1145, 8, 7, 7, 6, 7), (True, True, True, True, False, True, False)),
        (ICE40_WIRES, (197, 102, 68, 46), (True, True, True, True)),
    ],
    ids=["gatemate", "ice40"],
)
def test_a_router_of_wires(log, numbers, later):
    told, answers = followed(log)
    least = [min(numbers[: i + 1]) for i in range(len(numbers))]
    assert told == [
        (f"routing, {number:,} wires in conflict", pytest.approx(1 - best / numbers[0]))
        for number, best in zip(numbers, least, strict=True)
    ]
    assert answers[-len(numbers) :] == list(later)
    assert all(answers[: -len(numbers)])


def test_other_lines_are_no_rows():
    assert not any(left(line) for line in (TAIL + HEAD.replace("{arcs}", "no")).splitlines())


def row(number):
    return f"Info:       1000 |      223        776 |  223   776 | {number:>9}|       0.22       0.22|"


@given(st.lists(st.integers(0, 10**6), min_size=1))
def test_only_less_than_ever_is_nearer_and_no_part_is_taken_back(numbers):
    told, answers = followed("\n".join(map(row, numbers)))
    assert answers == [not numbers[:i] or number < min(numbers[:i]) for i, number in enumerate(numbers)]
    parts = [part for _, part in told]
    assert parts == sorted(parts)
    assert all(0 <= part <= 1 for part in parts)
    assert [text for text, _ in told] == [f"routing, {number:,} arcs left" for number in numbers]


def test_it_is_not_told_more_often_than_may_be():
    told, _ = followed("\n".join(map(row, range(9000, 0, -1))), every=60.0)
    assert told == [("routing, 9,000 arcs left", 0.0)]
