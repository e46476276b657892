"""How long steps take, and a clock over several processes."""

import dataclasses
import time

import pytest

from gatewright.train.pace import Clock, seconds_per_step, work
from gatewright.train.task import prepare
from tests.train.test_loop import RECIPE, toy


def test_the_clock_goes_on_where_it_was_kept(tmp_path):
    path = tmp_path / "trials" / "clock.json"
    first = Clock(path, time.monotonic() - 7)
    assert 7 <= first.used < 8
    first.save()
    second = Clock(path, time.monotonic() - 5)
    assert 12 <= second.used < 13
    second.stop()
    assert second.used == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"seconds": null}', '{"seconds": "x"}'])
def test_a_damaged_clock_begins_anew(tmp_path, text):
    path = tmp_path / "clock.json"
    path.write_text(text)
    assert Clock(path, time.monotonic()).used < 1


def test_work_grows_with_all_that_a_step_computes():
    small = dataclasses.replace(RECIPE, layers=(40,))
    assert work(RECIPE) == 2 * work(small)
    assert work(dataclasses.replace(small, fan_in=6)) > work(dataclasses.replace(small, fan_in=4)) > work(small)
    assert work(dataclasses.replace(small, candidates=(8,))) > work(small)


def test_a_step_is_timed():
    dataset = toy()
    recipe = dataclasses.replace(RECIPE, layers=(40,))
    assert 0 < seconds_per_step(recipe, prepare(recipe, dataset), dataset.classes) < 0.5
