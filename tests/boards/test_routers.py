"""What is told of a router, over what nextpnr has printed: three families with router1, and router2."""

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
ROUTER2 = """\
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
    ],
    ids=["ice40", "ecp5", "gowin"],
)
def test_a_router_of_arcs(arcs, rows, numbers):
    told, answers = followed(HEAD.format(arcs=arcs) + rows + TAIL)
    assert told == [(f"routing, {number:,} arcs left", pytest.approx(1 - number / arcs)) for number in numbers]
    # What is no row, and each row here, is a sign of life.
    assert all(answers)


def test_a_router_of_wires():
    told, answers = followed(ROUTER2)
    assert told == [
        (f"routing, {number} wires in conflict", pytest.approx(1 - number / 197)) for number in (197, 102, 68, 46)
    ]
    assert all(answers)


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
