"""The network before its first step is drawn again, gate for gate, from recipe and seed."""

import dataclasses

import pytest

from gatewright.flow.pages import before_training
from gatewright.run import Run
from gatewright.train.loop import train
from gatewright.train.recipes.recipe import Recipe
from tests.train.test_loop import toy

# So small a rate changes no weight by as much as a choice needs.
STILL = Recipe(
    name="toy", dataset="toy", layers=(40, 20), steps=1, learning_rate=1e-30, candidates=(3, 2), batch=16, seed=5
)


def test_training_that_changes_nothing_ends_where_it_began(tmp_path):
    run = Run(tmp_path)
    train(STILL, toy(), run)
    assert before_training(run) == run.load(run.learned)


def test_training_changes_gates(tmp_path):
    run = Run(tmp_path)
    train(dataclasses.replace(STILL, learning_rate=0.5, steps=40), toy(), run)
    first, last = before_training(run), run.load(run.learned)
    assert first != last
    assert first.gates == last.gates


@pytest.mark.parametrize("content", [None, "", "layers = [", 'name = "a"\ndataset = "b"\nlayers = [7]\n', "\udcff"])
def test_a_run_without_its_recipe_does_not_tell(run, content):
    if content is not None:
        run.recipe.write_bytes(content.encode(errors="surrogateescape"))
    assert before_training(run) is None
