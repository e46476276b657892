import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import gatewright
from gatewright import GateClassifier
from gatewright.errors import GatewrightError
from gatewright.flow import split
from gatewright.flow.table import distinct
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.manifest import Manifest
from gatewright.run import Run
from gatewright.train import data
from gatewright.train.recipes.recipe import Recipe

SMALL = GateClassifier(candidates=4, steps=20, batch=32, learning_rate=0.1, random_state=0)


def checks():
    """All that scikit-learn has for an estimator without an opinion on other libraries' arrays.

    `check_array_api_input` is about those: it runs only where SCIPY_ARRAY_API is set before SciPy is loaded.
    """
    for estimator, check in estimator_checks_generator(SMALL):
        if check.func.__name__ != "check_array_api_input":
            yield pytest.param(estimator, check, id=check.func.__name__)


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learn_finds_nothing(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def iris():
    """A table with names of columns, and labels that are text."""
    loaded = load_iris(as_frame=True)
    return loaded.data, loaded.target_names[loaded.target]


@pytest.fixture(scope="module")
def fitted(iris):
    return GateClassifier(30, candidates=8, random_state=1, steps=200).fit(*iris)


def test_predictions_are_those_of_the_graph_bit_for_bit(iris, fitted):
    x, y = iris
    graph, values = fitted.graph_, x.to_numpy()
    assert (fitted.predict(x) == fitted.classes_[graph.labels(values)]).all()
    scores = graph(graph.encoder(values))
    assert (fitted.decision_function(x) == scores).all()
    powers = np.exp(scores.astype(np.float64) / fitted.group_tau_)
    np.testing.assert_allclose(fitted.predict_proba(x), powers / powers.sum(axis=1, keepdims=True))
    assert graph == optimise(fitted.learned_)
    assert (fitted.learned_(fitted.learned_.encoder(values)) == scores).all()
    assert fitted.score(x, y) > 0.9


def test_names_are_kept(fitted):
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert fitted.graph_.class_names == ("setosa", "versicolor", "virginica")
    assert fitted.graph_.encoder.feature_names == tuple(fitted.feature_names_in_)
    # There is no test split that an accuracy could belong to.
    assert fitted.graph_.provenance.accuracy is None


def test_two_classes_have_one_decision(iris):
    x, y = iris
    two = clone(SMALL).fit(x[:100], y[:100])
    scores = two.graph_(two.graph_.encoder(x))
    assert (two.decision_function(x) == scores[:, 1] - scores[:, 0]).all()
    assert ((two.decision_function(x) > 0) == (two.predict(x) == "versicolor")).all()


def test_a_csv_file_trains_the_same_by_either_way(tmp_path, iris):
    x, y = iris
    path = tmp_path / "iris.csv"
    x.assign(species=y).to_csv(path, index=False)
    read, dataset = pd.read_csv(path), data.load(str(path), target="species")
    fitted = clone(SMALL).fit(read.drop(columns="species"), read["species"])
    again = clone(SMALL).fit(x.to_numpy(), y)
    assert fitted.graph_.encoder.feature_names == dataset.feature_names
    assert fitted.graph_.class_names == dataset.class_names
    # Names decide nothing else.
    for name in ("tables", "operands"):
        assert (getattr(fitted.graph_, name) == getattr(again.graph_, name)).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, bool])
def test_every_kind_of_number(dtype):
    x = np.random.default_rng(0).integers(0, 2, (40, 3)).astype(dtype)
    fitted = clone(SMALL).set_params(bits=1).fit(x, x[:, 1])
    assert fitted.classes_.dtype == dtype
    assert (fitted.predict(x) == x[:, 1]).all()


def test_a_classifier_survives_pickle_and_joblib(tmp_path, iris, fitted):
    joblib.dump(fitted, tmp_path / "kept")
    for again in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "kept")):  # noqa: S301 - its own.
        assert (again.predict(iris[0]) == fitted.predict(iris[0])).all()
        assert again.graph_ == fitted.graph_


def test_it_stands_in_a_pipeline_and_a_search(iris):
    pipeline = make_pipeline(StandardScaler(), SMALL)
    choices = {"gateclassifier__bits": np.array([1, 2]), "gateclassifier__tau": np.array([1.0, 2.0])}
    search = GridSearchCV(pipeline, choices, cv=2).fit(*iris)
    assert search.best_score_ > 0.8
    assert search.best_estimator_[-1].recipe_.bits == search.best_params_["gateclassifier__bits"]


def test_every_parameter_but_the_seed_is_a_field_of_the_recipe():
    fields = set(Recipe.__dataclass_fields__)
    assert set(SMALL.get_params()) - fields == {"random_state"}


def test_parameters_reach_the_recipe(iris):
    fitted = GateClassifier(
        layers=[9, 12], fan_in=np.int64(4), candidates=(2, 5), steps=1, group_tau=1.5, random_state=7, noise_scale=0.25
    ).fit(*iris)
    recipe = fitted.recipe_
    assert (recipe.layers, recipe.fan_in, recipe.candidates, recipe.seed) == ((9, 12), 4, (2, 5), 7)
    assert (recipe.group_tau, recipe.noise_scale, fitted.group_tau_) == (1.5, 0.25, 1.5)


def test_the_same_state_gives_the_same_network(iris):
    def graph(state):
        return clone(SMALL).set_params(random_state=state).fit(*iris).graph_

    assert graph(3) == graph(3) == graph(np.int64(3))
    assert graph(np.random.RandomState(3)) == graph(np.random.RandomState(3)) != graph(3)
    assert graph(None) != graph(None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layers": (10,)}, "The last layer has 10 gates, which 3 classes cannot share: choose 9"),
        ({"fan_in": 9}, "fan_in is 9"),
        ({"layers": "many"}, "layers are"),
        ({"layers": ()}, "give the number of gates"),
        ({"group_tau": 0.0}, "group_tau is 0.0"),
        ({"random_state": -1}, "seed is -1"),
        ({"method": "magic"}, "method is 'magic'"),
        ({"candidates": (1, 2)}, "candidates are"),
        ({"steps": "many"}, "steps is 'many'"),
    ],
)
def test_a_parameter_out_of_range_is_told(iris, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        clone(SMALL).set_params(**change).fit(*iris)


def test_a_table_that_says_nothing_is_told():
    with pytest.raises(ValueError, match="Every feature is constant"):
        clone(SMALL).fit(np.ones((10, 2)), np.arange(10) % 2)
    with pytest.raises(ValueError, match="The labels hold 1 class, 'a'"):
        clone(SMALL).fit(np.arange(10)[:, None], ["a"] * 10)


@given(st.lists(st.sampled_from(["", "a", "a.1", "b", "unnamed"]), max_size=8))
@settings(max_examples=50)
def test_names_become_distinct_and_stay_where_they_can(names):
    found = distinct(names)
    assert len(set(found)) == len(found) == len(names)
    assert "" not in found
    for index, name in enumerate(names):
        if name and name not in names[:index]:
            assert found[index] == name


def test_names_of_columns_reach_the_verilog(tmp_path):
    x = pd.DataFrame(np.random.default_rng(0).random((30, 3)), columns=["a b", "input", "a_b"])
    fitted = clone(SMALL).fit(x, np.arange(30) % 2)
    assert fitted.graph_.encoder.feature_names == ("a b", "input", "a_b")
    text = fitted.to_verilog(tmp_path / "rtl")
    assert (tmp_path / "rtl" / "classifier.v").read_text() == text
    assert Manifest.load(tmp_path / "rtl").feature_names == ("a b", "input", "a_b")
    assert (tmp_path / "rtl" / "golden_tb.v").is_file()
    assert " a_b_2_gt_" in text


def test_hardware_is_simulated_and_proven(tmp_path, iris, fitted):
    values = fitted.simulate(iris[0][::10], out=tmp_path / "run", latency=1)
    assert values["passed"]
    assert values["latency_cycles"] == 1
    assert values["origins"]["test"] == 15
    run = Run(tmp_path / "run")
    assert run.load() == fitted.graph_
    # What a board is asked later has the labels of the table, not those of the network.
    words, labels = split.kept(run, fitted.graph_)
    assert (words == fitted.graph_.encoder.words(iris[0])).all()
    assert (fitted.classes_[labels] == iris[1]).all()
    assert run.load(run.learned) == fitted.learned_
    assert Recipe.from_toml(run.recipe.read_text()) == fitted.recipe_
    proof = fitted.prove()
    assert proof["proven"]
    assert [step["right"] for step in proof["steps"]][-1] == "iCE40 netlist"


def test_what_does_not_hold_is_raised(monkeypatch, fitted):
    told = {"passed": False, "mismatches": 3}
    monkeypatch.setattr("gatewright.flow.simulate", lambda run: told)
    with pytest.raises(GatewrightError, match="differs from the network in 3 vectors"):
        fitted.simulate()
    step = {"left": "a", "right": "b", "equivalent": False, "sentence": "They differ."}
    monkeypatch.setattr("gatewright.flow.prove", lambda run, board_name: {"steps": [step]})
    with pytest.raises(GatewrightError, match="a = b is not proven: They differ"):
        fitted.prove()


def test_a_trained_run_is_not_overwritten(tmp_path, fitted):
    (tmp_path / "checkpoint.safetensors").touch()
    with pytest.raises(GatewrightError, match="holds a network that was trained there"):
        fitted.prove(out=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_a_board_is_built_and_its_bitstream_proven(tmp_path, fitted):
    built = fitted.build("icebreaker", out=tmp_path / "run")
    assert built.fmax_mhz > built.clock_mhz == 12
    assert built.total.lut == sum(part.lut for part in built.parts.values()) > 0
    assert (tmp_path / "run" / "boards" / "icebreaker" / "top.bin").samefile(built.bitstream)
    assert fitted.prove("icebreaker", out=tmp_path / "run")["steps"][-1]["right"] == "bitstream"
    assert fitted.build("icebreaker").bitstream == ""


def test_the_package_loads_the_classifier_only_when_it_is_asked_for():
    code = "import sys, gatewright; assert not {'sklearn', 'torch', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "GateClassifier" in gatewright.__all__
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        gatewright.Nothing  # noqa: B018
