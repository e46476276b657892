import dataclasses
import json
import shutil

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.run import Run
from gatewright.train.loop import train
from gatewright.train.recipes.recipe import Recipe
from gatewright.train.recipes.registry import NAMED
from gatewright.train.source import find


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A CSV file in the current directory, with its class in the first column."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (90, 4))
    rows = [f"{'hi' if row.sum() > 16 else 'lo'},{','.join(map(str, row))}" for row in x]
    (tmp_path / "data.csv").write_text("kind,a,b,c,d\n" + "\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    return "data.csv"


@pytest.fixture
def recipe(table):
    return Recipe(name="small", dataset=table, layers=(20,), steps=20, evaluate_every=10, batch=8, seed=3)


def test_every_published_recipe_is_found_by_name():
    for name, recipe in NAMED.items():
        assert recipe.name == name
    job = find("digits")
    assert (job.recipe, job.origin.source, job.origin.digest) == (NAMED["digits"], "digits", job.dataset.digest)


def test_a_recipe_in_a_file(recipe, tmp_path):
    (tmp_path / "mine.toml").write_text(recipe.toml())
    job = find("mine.toml", target="kind")
    assert job.recipe == recipe
    assert (job.origin.source, job.origin.target) == (str(tmp_path / "data.csv"), "kind")


def test_a_run_is_repeated_from_its_folder_alone(table, recipe, tmp_path, monkeypatch):
    job = find(table, target="kind")
    first, second = Run(tmp_path / "first"), Run(tmp_path / "second")
    train(recipe, job.dataset, first, origin=job.origin)
    shutil.move(first.path, tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    again = find(str(tmp_path / "moved"))
    assert again.recipe == recipe
    train(again.recipe, again.dataset, second, origin=again.origin)
    for name in ("learned.lgn", "recipe.toml", "data.json", "test.npz"):
        assert (second.path / name).read_bytes() == (tmp_path / "moved" / name).read_bytes()


def test_a_teacher_is_repeated_from_the_folder_too_or_replaced(table, recipe, tmp_path):
    plain, job = find(table, target="kind"), find(table, target="kind")
    runs = [Run(tmp_path / name) for name in ("small", "big", "taught")]
    graphs = []
    for run, width in zip(runs[:2], (20, 30), strict=True):
        train(dataclasses.replace(recipe, layers=(width,)), job.dataset, run, origin=job.origin)
        graphs.append(run.load(run.learned))
    job = find(table, target="kind", teacher=runs[0])
    assert (job.teacher, job.recipe) == (graphs[0], dataclasses.replace(plain.recipe, teacher=graphs[0].digest))
    *_, taught = runs
    train(dataclasses.replace(job.recipe, steps=20), job.dataset, taught, origin=job.origin, teacher=job.teacher)
    again, other = find(str(taught.path)), find(str(taught.path), teacher=runs[1])
    assert (again.teacher, again.recipe.teacher) == (graphs[0], graphs[0].digest)
    assert (other.teacher, other.recipe.teacher) == (graphs[1], graphs[1].digest)
    # The recipe alone does not hold the network.
    assert find(str(taught.recipe), target="kind").teacher is None
    taught.teacher.unlink()
    assert find(str(taught.path), teacher=runs[1]).teacher == graphs[1]
    with pytest.raises(GatewrightError, match=r"teacher.lgn .*: name the teacher's run with --teacher"):
        find(str(taught.path))
    with pytest.raises(GatewrightError, match=r"learned.lgn .* run `gatewright train DATA --out .*none` first"):
        find(table, target="kind", teacher=Run(tmp_path / "none"))


def test_a_run_on_data_that_has_changed_is_refused(table, recipe, tmp_path):
    job = find(table, target="kind")
    train(recipe, job.dataset, Run(tmp_path / "run"), origin=job.origin)
    (tmp_path / "data.csv").write_text((tmp_path / "data.csv").read_text() + "hi,9,9,9,9\n")
    with pytest.raises(GatewrightError, match=r"is not the data that .*run was trained on .digest"):
        find(str(tmp_path / "run"))
    (tmp_path / "data.csv").unlink()
    with pytest.raises(GatewrightError, match=r"data\.csv does not exist"):
        find(str(tmp_path / "run"))


def test_a_run_without_its_origin_is_refused(recipe, tmp_path):
    run = Run(tmp_path / "run")
    run.path.mkdir()
    with pytest.raises(GatewrightError, match=r"recipe\.toml does not exist: pass the folder of a run"):
        find(str(run.path))
    run.recipe.write_text(recipe.toml())
    with pytest.raises(GatewrightError, match=r"data\.json does not exist: pass the recipe alone"):
        find(str(run.path))
    for damaged in ("{", "[]", json.dumps({"source": "digits"})):
        run.origin.write_text(damaged)
        with pytest.raises(GatewrightError, match=r"data\.json is damaged"):
            find(str(run.path))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("digit", "did you mean digits"),
        ("mnits", "did you mean mnist"),
        ("zzz", "pass one of digits, .*a .npz, .csv or .toml file, or a run folder"),
        ("absent.toml", "absent.toml does not exist: pass the path of a recipe"),
        ("absent.csv", "absent.csv does not exist"),
    ],
)
def test_what_stands_for_nothing_is_one_sentence(source, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        find(source)


def test_a_recipe_that_is_damaged_names_its_file(tmp_path, recipe):
    path = tmp_path / "bad.toml"
    for content in (b"layers = [", b"\xff\xfe", recipe.toml().encode() + b"size = 3\n"):
        path.write_bytes(content)
        with pytest.raises(GatewrightError, match=r"bad\.toml"):
            find(str(path))
    path.write_text(dataclasses.replace(recipe, dataset="absent.npz").toml())
    with pytest.raises(GatewrightError, match=r"absent\.npz does not exist"):
        find(str(path))
