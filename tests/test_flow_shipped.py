"""A network that comes along takes the place of a trained one, with its data set and without."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gatewright import flow
from gatewright.cli import app, stages
from gatewright.errors import GatewrightError
from gatewright.flow import split
from gatewright.models import registry
from gatewright.run import Run, write_whole
from tests.docs.test_formats import documented
from tests.models.made import OPTIONS, data, make


@pytest.fixture
def graph(tmp_path, monkeypatch):
    """The one model there is, without its data set."""
    monkeypatch.setattr(registry, "FOLDER", tmp_path / "models")
    monkeypatch.delenv("GATEWRIGHT_DATA", raising=False)
    return make(tmp_path / "models")


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "run")


def test_without_its_data_set(run, graph):
    values = flow.load_model("tiny", run)
    assert values == run.read_json("model", graph.digest)
    assert values.keys() == documented("run.md", "model.json")
    assert (values["samples"], values["accuracy_test"]) == (0, None)
    assert "mnist was not found" in values["missing"]
    assert run.load(run.learned) == graph
    assert run.load(run.learned).provenance == graph.provenance
    assert run.read_json("train", graph.digest)["accuracy_test"] == 0.875
    assert json.loads(run.origin.read_text())["source"] == "mnist"
    assert not run.data.exists()
    assert not run.checkpoint.exists()


def test_with_its_data_set(run, graph, tmp_path):
    words, labels = data(tmp_path, graph)
    values = flow.load_model("tiny", run, data_dir=tmp_path)
    right = float((graph.scores(words).argmax(axis=1) == labels).mean())
    assert (values["samples"], values["accuracy_test"], values["missing"]) == (30, right, "")
    assert 0 < right < 1
    kept = split.kept(run, graph)
    assert np.array_equal(kept[0], words)
    assert np.array_equal(kept[1], labels)


@pytest.mark.usefixtures("graph")
def test_what_was_there_before_is_no_part_of_it(run):
    for path in (run.checkpoint, run.metrics, run.data):
        write_whole(path, b"of before")
    flow.load_model("tiny", run)
    assert not any(path.exists() for path in (run.checkpoint, run.metrics, run.data))
    flow.export(run)
    assert flow.simulate(run)["origins"]["test"] == 0


@pytest.mark.usefixtures("graph")
def test_a_data_set_that_does_not_fit_is_told_and_left_out(run, tmp_path):
    images = np.zeros((4, 3, 3), np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=list("abab"), x_test=images, y_test=list("abab"))
    values = flow.load_model("tiny", run, data_dir=tmp_path)
    assert "mnist has the features x0, x1" in values["missing"]
    assert not run.data.exists()


@pytest.mark.usefixtures("graph")
def test_what_needs_labels_says_how_to_get_them(run):
    flow.load_model("tiny", run)
    flow.export(run)
    for ask in (
        lambda: split.kept(run, run.load()),
        lambda: flow.classify(run, port="/dev/null", board_name="icebreaker"),
    ):
        with pytest.raises(
            GatewrightError, match=r"folder that holds mnist with \$GATEWRIGHT_DATA, and run .*--model tiny"
        ):
            ask()
    page = flow.report(run).read_text()
    assert "--model tiny" in page
    assert "87.50 %" in page


@pytest.mark.usefixtures("graph")
def test_a_test_split_that_is_damaged_is_no_absent_one(run):
    flow.load_model("tiny", run)
    write_whole(run.data, b"PK\x03\x04 no")
    with pytest.raises(GatewrightError, match="is damaged"):
        flow.export(run)


@pytest.mark.usefixtures("graph")
def test_the_demo_builds_it_without_training(run, monkeypatch):
    monkeypatch.setattr(flow, "train", lambda *_, **__: pytest.fail("It trains."))
    result = CliRunner().invoke(app, ["demo", "--model", "tiny", "--out", str(run.path), "--quiet"])
    assert result.exit_code == 0, (result.output, result.exception)
    assert OPTIONS.title in result.output
    assert "without a test split" in result.output
    network = run.load()
    export, simulated = run.read_json("export", network.digest), run.read_json("simulate", network.digest)
    assert (export["pipeline"]["lanes"], export["encoder"]) == (2, False)
    assert {"rtl/classifier_by_name.v", "rtl/golden.hex", "rtl/golden_tb.v"} <= set(export["files"])
    assert simulated["passed"]
    assert simulated["origins"]["test"] == 0
    assert simulated["ties"] > 0
    assert run.read_json("prove", network.digest)["proven"]
    built = run.read_json("boards/icebreaker/synthesize", network.digest)
    assert (built["selftest"], built["pins"]["vectors"], built["pins"]["passed"]) == (False, 16, True)
    assert run.report.is_file()


def test_the_demo_asks_for_what_the_model_says(run, graph, tmp_path, monkeypatch):
    data(tmp_path, graph)
    asked = {}
    for name in ("simulate", "prove", "synthesize"):
        said = stages.Said(("done",))
        monkeypatch.setattr(
            stages, name, lambda *args, name=name, said=said, **given: asked.update({name: given}) or said
        )
    words = ["demo", "--model", "tiny", "--out", str(run.path), "--data-dir", str(tmp_path), "--board", "upduino3"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, (result.output, result.exception)
    assert "% on its 30 samples now" in result.output
    assert asked == {"simulate": {}, "prove": {}, "synthesize": {"selftest": False}}


@pytest.mark.parametrize(
    ("board", "fmax"), [("icebreaker", 26.0), ("ulx3s-25f", 1.15 * 25), ("ecpix5-85f", 1.15 * 100)]
)
def test_the_registers_reach_the_clock_of_the_model_and_that_of_the_board(board, fmax, run, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "FOLDER", tmp_path / "models")
    make(tmp_path / "models", options=dataclasses.replace(OPTIONS, fmax_mhz=26.0))
    asked = {}
    monkeypatch.setattr(stages, "export", lambda *_, **given: asked.update(given) or stages.Said((), "Enough."))
    result = CliRunner().invoke(app, ["demo", "--model", "tiny", "--out", str(run.path), "--board", board])
    assert str(result.exception) == "Enough."
    assert asked == {"board": board, "fmax": pytest.approx(fmax), "lanes": 2, "without_encoder": True}


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--model", "tinny"], "did you mean tiny"),
        (["--data-dir", "data"], "add --model NAME"),
        (["--model", "tiny", "--board", "icebraker"], "did you mean icebreaker"),
    ],
)
def test_what_is_refused(words, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["demo", *words])
    assert isinstance(result.exception, GatewrightError)
    assert sentence in str(result.exception)
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_model_of_mnist_fits_an_icebreaker(tmp_path, monkeypatch):
    monkeypatch.delenv("GATEWRIGHT_DATA", raising=False)
    run = Run(tmp_path / "mnist")
    result = CliRunner().invoke(app, ["demo", "--model", "mnist", "--out", str(run.path)])
    assert result.exit_code == 0, (result.output, result.exception)
    built = run.read_json("boards/icebreaker/synthesize", run.load().digest)
    assert built["bitstream"]
    assert built["total"]["lut"] <= built["available"]["lut"]
    assert built["fmax_mhz"] >= built["clock_mhz"]
    assert built["pins"]["passed"]
