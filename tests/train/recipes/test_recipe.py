import dataclasses

import pytest

from gatewright.errors import GatewrightError
from gatewright.train.recipes.recipe import Recipe

RECIPE = Recipe(name="a", dataset="b", layers=(4,))


def test_a_recipe_survives_toml():
    full = dataclasses.replace(
        RECIPE,
        method="softmax",
        wiring="butterfly",
        schedule="cosine",
        tau_end=0.5,
        noise_end=0.0,
        noise_scale=0.3,
        weight_decay=0.01,
        shift=2,
        rotation=12.5,
        scaling=0.1,
        mirror=True,
        teacher="0f" * 32,
        teacher_weight=0.9,
        teacher_tau=4.0,
        margin=3,
    )
    local = dataclasses.replace(RECIPE, wiring="local", reach=25, candidates=(8,))
    for recipe in (RECIPE, full, local, dataclasses.replace(RECIPE, precision="mixed")):
        assert Recipe.from_toml(recipe.toml()) == recipe


def test_a_recipe_from_before_a_field_existed_is_one_with_its_default():
    lines = RECIPE.toml().splitlines()
    new = ("method", "precision", "wiring", "reach", "schedule", "tau_end", "noise_end", "weight_decay", "shift")
    new += (
        "rotation",
        "scaling",
        "mirror",
        "teacher",
        "teacher_weight",
        "teacher_tau",
        "positions",
        "stride",
        "margin",
    )
    old = [line for line in lines if line.split()[0] not in new]
    assert len(old) == len(lines) - 16
    assert Recipe.from_toml("\n".join(old)) == RECIPE


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"method": "ste"}, "method is 'ste': choose gumbel, gumbel-soft, softmax or hard"),
        ({"precision": "half"}, "precision is 'half': choose float32 or mixed"),
        (
            {"precision": "mixed", "method": "softmax"},
            "precision is 'mixed' with the method 'softmax': only hard choices",
        ),
        ({"wiring": "near"}, "wiring is 'near': choose random, local, unique or butterfly"),
        ({"wiring": "local"}, "wiring is 'local' with a reach of 0: local wiring, and it alone, needs one above 0"),
        ({"reach": 9}, "wiring is 'random' with a reach of 9: local wiring"),
        ({"margin": -1}, "margin is -1: it must not be negative"),
        ({"reach": -1}, "reach is -1: it must not be negative"),
        ({"wiring": "local", "reach": 7, "candidates": (8,)}, "reach is 7, with fan-in 2 and 8 candidates"),
        ({"wiring": "unique", "candidates": (8,)}, "'unique' with 8 candidates: only random and local wiring can be"),
        ({"schedule": "step", "tau_end": 1.0}, "schedule is 'step'"),
        ({"schedule": "linear"}, "needs at least one of them"),
        ({"tau_end": 0.5}, "needs at least one of them"),
        ({"schedule": "linear", "tau_end": 0.0}, "tau_end is 0.0: it must be positive"),
        ({"schedule": "linear", "tau_end": "low"}, "tau_end is 'low'"),
        ({"schedule": "linear", "noise_end": -1.0}, "noise_end is -1.0: it must not be negative"),
        ({"schedule": "exponential", "noise_end": 0.0}, "not exponential"),
        ({"noise_scale": -1.0}, "noise_scale is -1.0: it must not be negative"),
        ({"weight_decay": -0.1}, "weight_decay is -0.1: it must not be negative"),
        ({"weight_decay": float("nan")}, "weight_decay is nan: it must not be negative"),
        ({"shift": -1}, "shift is -1: it must not be negative"),
        ({"shift": 0.5}, "shift is 0.5: it must be of type int"),
        ({"rotation": -1.0}, "rotation is -1.0: it must not be negative"),
        ({"rotation": float("nan")}, "rotation is nan: it must not be negative"),
        ({"rotation": 181}, "rotation is 181: it must be at most 180"),
        ({"scaling": -0.1}, "scaling is -0.1: it must not be negative"),
        ({"scaling": 1.5}, "scaling is 1.5: it must be at most 1"),
        ({"mirror": 1}, "mirror is 1: it must be of type bool"),
        ({"shift": True}, "shift is True: it must be of type int"),
        ({"scaling": "little"}, "scaling is 'little': it must be of type float"),
        ({"teacher": "runs/big"}, "teacher is 'runs/big', which is no digest of a graph: leave it out, and name"),
        ({"teacher_weight": -0.1}, "teacher_weight is -0.1: it must not be negative"),
        ({"teacher_weight": 1.1}, "teacher_weight is 1.1: it must be at most 1"),
        ({"teacher_tau": 0.0}, "teacher_tau is 0.0: it must be positive"),
        ({"seed": -1}, "seed is -1: it must not be negative"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(changes, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        dataclasses.replace(RECIPE, **changes)


def test_what_has_no_end_stays():
    recipe = dataclasses.replace(RECIPE, schedule="linear", tau=2.0, tau_end=1.0, noise_scale=0.3)
    assert recipe.tau_schedule.at(0.5) == 1.5
    assert recipe.noise_schedule.at(0.5) == 0.3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("layers = [", "^it cannot be read .*: correct it"),
        ("layers = [4]", "^it does not say its name and dataset: add a line for each"),
        (
            RECIPE.toml() + "learning-rate = 1.0\n",
            "^it has the field 'learning-rate', .* did you mean 'learning_rate'\\?$",
        ),
        (RECIPE.toml() + "zzz = 1.0\n", "^it has the field 'zzz', .* the fields are name, dataset, "),
        ('name = "a"\ndataset = "b"\nlayers = 3', "^it says layers = 3: it must be a list"),
        (RECIPE.toml().replace("candidates = []", "candidates = 8"), "^it says candidates = 8: it must be a list"),
        (RECIPE.toml().replace("steps = 4000", "steps = 0"), "^The recipe's steps is 0"),
    ],
)
def test_what_is_no_recipe_is_one_sentence_without_our_own_words(text, sentence):
    with pytest.raises(GatewrightError, match=sentence) as error:
        Recipe.from_toml(text, "it")
    assert "__" not in str(error.value)
