import dataclasses
import json

import mind_the_gap
import numpy as np
import pytest
import torch
from claims import table, training

from gatewright.errors import GatewrightError

TINY = mind_the_gap.Study("mnist", 20, (1, 2), ("paper", "residual"), 1.0, 4, 2, (0.5, 1.0), 2, 8)
ALL = mind_the_gap.settings(TINY, 1)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    splits = [(rng.integers(0, 256, (n, 9), dtype=np.uint8), torch.arange(n) % 2) for n in (30, 10, 10)]
    return training.Bits((127,), *splits, ("even", "odd"))


def test_a_bit_says_that_a_feature_is_above_a_threshold():
    bits = training.Bits((0, 2), *[(np.zeros((1, 2), np.uint8), torch.zeros(1))] * 3, ("a", "b"))
    assert bits.inputs == 4
    assert bits.bits(np.array([[0, 1], [2, 3]], np.uint8)).tolist() == [[0, 0, 1, 0], [1, 0, 1, 1]]


def test_contenders_differ_in_method_alone():
    everything = mind_the_gap.settings(TINY, 2)
    assert len({setting.name for setting in everything}) == len(everything) == 2 * (4 * 4 + 1)
    neutral = {dataclasses.replace(s.recipe, method="hard", tau=1.0, seed=0, layers=(20,)) for s in everything}
    assert {recipe.residual for recipe in neutral} == {0.0, 8.0}
    assert len(neutral) == 2


def test_a_study_goes_on_where_it_stopped(data, tmp_path, monkeypatch):
    first = mind_the_gap.run(TINY, data, ALL, tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(first) == 17
    files[3].unlink()
    trained = []
    monkeypatch.setattr(
        training, "train", lambda recipe, data, train=training.train: trained.append(recipe) or train(recipe, data)
    )
    again = mind_the_gap.run(TINY, data, ALL, tmp_path)
    assert len(trained) == 1
    same = ("accuracy", "gap_sample", "unused", "dead", "trace")
    assert [[r[key] for key in same] for r in again] == [[r[key] for key in same] for r in first]
    assert table.markdown(again).count("\n") == 2 * (2 + 17) + 1


def test_other_runs_are_refused(data, tmp_path):
    mind_the_gap.run(TINY, data, ALL[:2], tmp_path)
    longer = dataclasses.replace(TINY, steps=6)
    with pytest.raises(GatewrightError, match="another recipe: choose another --out"):
        mind_the_gap.run(longer, data, mind_the_gap.settings(longer, 1), tmp_path)
    next(iter(sorted(tmp_path.iterdir()))).write_text("{")
    with pytest.raises(GatewrightError, match="damaged"):
        mind_the_gap.run(TINY, data, ALL, tmp_path)


def line(step, accuracy):
    return {"step": step, "accuracy": accuracy}


def test_caught_up_is_near_the_end_of_softmax_of_the_same_seed():
    def result(method, seed, *accuracies):
        recipe = {"layers": [9, 9], "method": method, "seed": seed, "tau": 1.0}
        return {
            "start": "paper",
            "recipe": recipe,
            "curve": [line(i + 1, a) for i, a in enumerate(accuracies)],
            "converged_step": 2,
        }

    results = [
        result("softmax", 0, 0.1, 0.9),
        result("softmax", 1, 0.1, 0.3),
        result("gumbel", 0, 0.5, 0.89, 0.896),
        result("gumbel", 1, 0.1, 0.2, 0.1),
        result("hard", 0, 0.1, 0.2),
        result("hard", 2, 0.9, 0.9),
        result("softmax", 3, 0.1, 0.1),
        result("hard", 3, 0.9, 0.9),
        result("gumbel", 3, 0.1, 0.1),
    ]
    found = table.caught_up(results)
    assert [each["caught_up_step"] for each in found] == [2, 2, 3, None, None, None, None, None, None]
    assert [each["converged_step"] for each in found] == [2, 2, 2, None, 2, 2, None, 2, None]


def test_runs_are_chosen_by_their_names():
    chosen = mind_the_gap.settings(TINY, 2, "2x20-residual-gumbel-tau")
    assert {(s.recipe.method, s.start, len(s.recipe.layers)) for s in chosen} == {("gumbel", "residual", 2)}
    assert len(chosen) == 4
    with pytest.raises(GatewrightError, match="No run has 'cnn' in its name"):
        mind_the_gap.settings(TINY, 2, "cnn")


def test_the_plan_counts_every_run(data):
    text = mind_the_gap.plan(TINY, data, mind_the_gap.settings(TINY, 3))
    assert "51 runs of 4 steps" in text
    assert sum(int(row.split("|")[4]) for row in text.splitlines()[2:-2]) == 51


def test_a_file_holds_a_run(data, tmp_path):
    mind_the_gap.run(TINY, data, ALL[:1], tmp_path)
    found = json.loads(next(iter(tmp_path.iterdir())).read_text())
    assert {"start", "recipe", "curve", "accuracy", "trace", "trace_error"} <= set(found)
    assert [entry["step"] for entry in found["curve"]] == [2, 4]
