import sys

import models
import pytest

from gatewright.errors import GatewrightError
from gatewright.models import registry
from gatewright.run import Run, write_whole
from tests.models.made import make


def test_the_folder_of_a_model_is_made_from_a_run(tmp_path, monkeypatch):
    graph = make(tmp_path / "models")
    run = Run(tmp_path / "models" / "tiny")
    monkeypatch.setattr(registry, "FOLDER", tmp_path / "new")
    words = ["new", str(run.path), "--title", "Squares", "--lanes", "3", "--without-selftest"]
    monkeypatch.setattr(sys, "argv", ["models.py", *words])
    models.main()
    model = registry.get("new")
    assert (model.graph, model.recipe) == (graph, run.recipe.read_text())
    assert model.options == registry.Options("Squares", 3, without_encoder=False, selftest=False)
    assert model.training == run.read_json("train")


def test_a_network_that_is_not_the_one_that_was_measured_is_refused(tmp_path):
    make(tmp_path)
    run = Run(tmp_path / "tiny")
    write_whole(run.json_path("train"), '{"digest": "0123"}')
    with pytest.raises(GatewrightError, match="stale"):
        models.make("new", run, registry.Options("Squares"))
