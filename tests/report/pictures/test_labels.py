from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.report.picture import drawing
from gatewright.report.pictures.labels import label
from gatewright.report.pictures.pareto import MOST_NAMES, Point, front, names, pareto

places = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([0.0, 0.01, 0.5, 1.0])), min_size=1, max_size=MOST_NAMES)


def written(points, called, others=()):
    """What `label` says, the extents of its texts, and of the marks, in pixels."""
    with drawing(3.4) as (figure, axes):
        axes.plot(*zip(*sorted(points), strict=True), "o-", ms=5.5, drawstyle="steps-post")
        axes.plot([x for x, _ in others], [y for _, y in others], "o", mfc="none")
        axes.margins(x=0.15, y=0.15)
        count = label(axes, points, called, others)
        figure.draw_without_rendering()
        texts = {text.get_text(): text.get_window_extent() for text in axes.texts if text.get_text()}
        return count, texts, axes.transData.transform([*points, *others]), axes.get_window_extent()


@settings(max_examples=15, deadline=None)
@given(places, st.integers(1, 24), places)
def test_names_cover_neither_one_another_nor_a_point(points, length, others):
    called = [f"{index:02}".ljust(length, "w") for index in range(len(points))]
    count, texts, marks, room = written(points, called, others)
    found = [name for text in texts for name in text.split("\n")]
    assert len(found) == len(set(found)) == count
    assert set(found) <= set(called)
    for one, other in combinations(texts.values(), 2):
        assert not one.overlaps(other)
    for text in texts.values():
        assert room.containsx(text.x0 + 0.5)
        assert room.containsx(text.x1 - 0.5)
        assert not any(text.contains(*mark) for mark in marks)


def test_points_that_touch_share_a_list():
    count, texts, _, _ = written([(1, 1), (1, 1), (9, 9), (1, 1.001)], ["a", "b", "c", "d"])
    assert count == 4
    assert set(texts) == {"d\na\nb", "c"}


def test_of_many_runs_those_that_nothing_beats_are_named():
    points = [Point(f"sweep/trial-{i:02}", "b", 100 + i, 90 + (i % 7)) for i in range(40)]
    picture = pareto(points, "LUTs")
    best = front(points)
    assert f"{len(best)} of 40 points have a name" in picture.caption
    for point in points:
        assert (f">{point.run.split('/')[1]}<" in str(picture.markup)) == (point in best)
    assert "have a name" not in pareto(points[:MOST_NAMES], "LUTs").caption


@pytest.mark.parametrize(
    ("runs", "short"),
    [
        (["runs/a", "runs/b"], ["a", "b"]),
        (["x/trial/seed-0", "y/trial/seed-0"], ["x/trial/seed-0", "y/trial/seed-0"]),
        (["one/a", "two/a", "two/b"], ["one/a", "two/a", "two/b"]),
        (["a", "b/a"], ["a", "b/a"]),
        (["runs/" + 20 * "ab"], ["abababababa…abababababab"]),
    ],
)
def test_a_run_is_called_by_as_little_as_tells_it_apart(runs, short):
    assert list(names(runs).values()) == short
