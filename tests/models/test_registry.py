import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.file import dumps
from gatewright.models import registry
from gatewright.models.registry import Options
from gatewright.train.data import NAMED
from gatewright.train.recipes.recipe import Recipe
from tests.boards.test_link import small
from tests.models.made import OPTIONS, make

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "models.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", registry.names())
def test_a_model_that_comes_along_is_whole(name):
    model = registry.get(name)
    recipe = Recipe.from_toml(model.recipe, name)
    seen = model.training
    assert (recipe.dataset, recipe.seed, sum(recipe.layers)) == (seen["dataset"], seen["seed"], model.graph.gates)
    provenance = model.graph.provenance
    assert (provenance.dataset, provenance.accuracy) == (seen["dataset"], seen["accuracy_test"])
    assert seen["dataset"] in NAMED
    assert model.options.title
    assert 0 <= model.options.lanes <= model.graph.gates
    assert sum(path.stat().st_size for path in (registry.FOLDER / name).iterdir()) < 500_000


@pytest.mark.parametrize("name", registry.names())
def test_the_page_says_what_a_model_is(name):
    graph = registry.get(name).graph
    (row,) = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{name}` |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    seen = f", from {len(graph.positions)} positions" if graph.ring else ""
    assert cells[1:3] == [f"{graph.gates:,} of fan-in {graph.fan_in.max()}{seen}", graph.provenance.dataset]
    assert cells[3] == f"{100 * graph.provenance.accuracy:.2f}"


def test_mnist_comes_along():
    assert "mnist" in registry.names()


def test_a_model_is_read_by_its_name(folder):
    graph = make(folder)
    make(folder, "other", seed=1)
    assert registry.names() == ("other", "tiny")
    model = registry.get("tiny")
    assert (model.name, model.graph.digest, model.options) == ("tiny", graph.digest, OPTIONS)
    assert Recipe.from_toml(model.recipe, "tiny").layers == (12,)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("tinny", "There is no model 'tinny': did you mean tiny?"),
        ("TINY", "did you mean tiny"),
        ("zzz", "the models are other, tiny"),
        ("../tiny", "did you mean tiny"),
        ("", "the models are other, tiny"),
    ],
)
def test_a_name_that_stands_for_nothing(folder, name, sentence):
    make(folder), make(folder, "other")
    with pytest.raises(GatewrightError, match=sentence):
        registry.get(name)


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("learned.lgn", b"\x80\x04.", "is no gatewright network"),
        ("learned.lgn", dumps(small()), "tells of another network"),
        ("learned.lgn", None, "does not exist: install gatewright again"),
        ("train.json", b"{", "is damaged"),
        ("train.json", b"[1]", "is damaged"),
        ("train.json", json.dumps({"digest": "0"}).encode(), "tells of another network"),
        ("model.toml", b'title = "x"\nspeed = 3\n', "is damaged"),
        ("model.toml", b"\xff", "is damaged"),
        ("recipe.toml", b"\xff", "is damaged"),
    ],
)
def test_a_model_that_is_damaged(folder, file, content, sentence):
    make(folder)
    (folder / "tiny" / file).unlink()
    if content is not None:
        (folder / "tiny" / file).write_bytes(content)
    with pytest.raises(GatewrightError, match=sentence):
        registry.get("tiny")


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f")),
    st.integers(0, 999),
    st.booleans(),
    st.floats(0, 1e3),
)
def test_options_are_read_as_they_were_written(tmp_path_factory, title, lanes, flag, fmax):
    folder = tmp_path_factory.mktemp("models")
    options = Options(title, lanes, flag, not flag, fmax)
    make(folder, options=options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "FOLDER", folder)
        assert registry.get("tiny").options == options
