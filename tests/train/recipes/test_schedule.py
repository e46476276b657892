import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.train.recipes.schedule import SCHEDULES, Schedule

values = st.floats(0.01, 10)


@given(st.sampled_from(SCHEDULES), values, values)
def test_it_goes_from_start_to_end_and_never_turns_back(kind, start, end):
    schedule = Schedule(kind, start, end)
    way = [schedule.at(i / 20) for i in range(21)]
    assert way[0] == pytest.approx(start)
    assert way[-1] == pytest.approx(start if kind == "constant" else end)
    assert way in (sorted(way), sorted(way, reverse=True))


def test_half_way():
    half = {kind: Schedule(kind, 4.0, 1.0).at(0.5) for kind in SCHEDULES}
    assert half == pytest.approx({"constant": 4.0, "linear": 2.5, "cosine": 2.5, "exponential": 2.0})
    quarter = {kind: Schedule(kind, 4.0, 1.0).at(0.25) for kind in ("linear", "cosine")}
    assert quarter == pytest.approx({"linear": 3.25, "cosine": 4 - 3 * 0.1464466})
