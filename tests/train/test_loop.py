"""The loop on a small problem: reproducible, resumable at any moment, and careful with what is there."""

import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from gatewright.errors import GatewrightError
from gatewright.run import Run
from gatewright.train import checkpoint
from gatewright.train.data import Dataset
from gatewright.train.export import export
from gatewright.train.layers import GroupSum, GumbelGates
from gatewright.train.loop import prepare, train
from gatewright.train.network import build
from gatewright.train.recipes.recipe import Recipe
from tests import naive

RECIPE = Recipe(name="toy", dataset="toy", layers=(40, 40), steps=60, evaluate_every=10, batch=16, group_tau=2.0)


def toy(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 8, (200, 6))
    y = (x[:, 0] + x[:, 1] + x[:, 2] > 10).astype(np.int64)
    return Dataset("toy", x[:150], y[:150], x[150:], y[150:], tuple("abcdef"), ("even", "odd"))


def pictures(seed=0):
    """Bright dots on dark images of 5 x 4 pixels; the class says in which half they lie."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, (240, 20)), rng.integers(0, 2, 240)
    x.reshape(240, 5, 4)[np.arange(240), 1 + 2 * y, rng.integers(1, 3, 240)] = 9
    names = tuple(f"p{i}" for i in range(20))
    return Dataset("pictures", x[:180], y[:180], x[180:], y[180:], names, ("top", "bottom"), (5, 4, 1))


class StopError(Exception):
    pass


def stopping(at):
    def stop(progress):
        if progress.step >= at:
            raise StopError

    return stop


def test_learns_and_writes_a_whole_run(tmp_path):
    run = Run(tmp_path / "run")
    seen = []
    recipe = dataclasses.replace(RECIPE, layers=(80, 40), steps=300, evaluate_every=50)
    values = train(recipe, toy(), run, progress=seen.append)
    assert values == run.read_json("train")
    assert values["accuracy_test"] > 0.75
    assert [p.step for p in seen] == [50, 100, 150, 200, 250, 300]
    assert [json.loads(line) for line in run.metrics.read_text().splitlines()] == [dataclasses.asdict(p) for p in seen]
    assert {p.gap_sample - p.gap for p in seen} == {0.0}
    assert len({p.gap_mixture for p in seen}) > 1
    learned = run.load(run.learned)
    assert learned.digest == values["digest"]
    assert (learned.provenance.name, learned.provenance.accuracy) == ("toy", values["accuracy_test"])
    with np.load(run.data) as test:
        labels = np.argmax(learned.scores(test["words"]), axis=1)
        assert (labels == test["labels"]).mean() == pytest.approx(values["accuracy_test"])
    assert Recipe.from_toml(run.recipe.read_text()) == recipe
    assert values["gap"] == pytest.approx(values["accuracy_train_mode"] - values["accuracy_test"])


def test_the_same_seed_gives_the_same_network_and_another_seed_another(tmp_path):
    digests = [
        train(dataclasses.replace(RECIPE, seed=seed), toy(), Run(tmp_path / str(i)))["digest"]
        for i, seed in enumerate((1, 1, 2))
    ]
    assert digests[0] == digests[1] != digests[2]


def weights(run):
    return {name: value.tolist() for name, value in checkpoint.read(run.checkpoint).tensors.items()}


def test_a_run_that_is_interrupted_and_resumed_gives_the_same_bits(tmp_path):
    whole, broken = Run(tmp_path / "whole"), Run(tmp_path / "broken")
    train(RECIPE, toy(), whole)
    for at in (20, 50):
        with pytest.raises(StopError):
            train(RECIPE, toy(), broken, resume=at != 20, progress=stopping(at))
    # A line that was written after the last checkpoint is forgotten.
    with broken.metrics.open("a") as file:
        file.write('{"step": 55}\n')
    train(RECIPE, toy(), broken, resume=True)
    assert weights(broken) == weights(whole)
    assert broken.load(broken.learned) == whole.load(whole.learned)
    steps = [json.loads(line)["step"] for line in broken.metrics.read_text().splitlines()]
    assert steps == [10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize("method", ["gumbel", "gumbel-soft", "softmax", "hard"])
def test_every_method_resumes_in_the_middle_of_its_schedule(tmp_path, method):
    changes = {"method": method, "schedule": "cosine", "tau_end": 0.5, "noise_end": 0.1, "wiring": "unique"}
    recipe = dataclasses.replace(RECIPE, fan_in=3 if method == "softmax" else 2, **changes)
    whole, broken = Run(tmp_path / "whole"), Run(tmp_path / "broken")
    values = train(recipe, toy(), whole)
    with pytest.raises(StopError):
        train(recipe, toy(), broken, progress=stopping(30))
    train(recipe, toy(), broken, resume=True)
    assert weights(broken) == weights(whole)
    train(dataclasses.replace(recipe, tau_end=0.4), toy(), broken, overwrite=True)
    assert weights(broken) != weights(whole)
    shown = {"softmax": "accuracy_mixture", "hard": "accuracy_test", "gumbel": "accuracy_sample"}.get(method)
    assert shown is None or values["accuracy_train_mode"] == values[shown]
    assert values["gap"] == pytest.approx(values["accuracy_train_mode"] - values["accuracy_test"])
    assert 0 <= values["dead_gates"] <= 80
    assert values["converged_step"] in range(10, 70, 10)


def test_the_test_split_is_read_from_a_validation_accuracy_on(tmp_path):
    run, data = Run(tmp_path / "run"), toy()
    values = train(RECIPE, data, run, test_from=math.inf)
    assert (values["split"], values["accuracy_test"], run.data.exists()) == ("validation", None, False)
    assert values["gap"] == pytest.approx(values["accuracy_train_mode"] - values["accuracy_validation"])
    assert run.load(run.learned).provenance.accuracy is None
    # All the same with every label of the test split wrong.
    wrong = dataclasses.replace(data, y_test=1 - data.y_test)
    other = train(RECIPE, wrong, Run(tmp_path / "other"), test_from=math.inf)
    assert {name for name in values if values[name] != other[name]} <= {"data_digest", "seconds", "converged_seconds"}
    just, above = values["accuracy_validation"], math.nextafter(values["accuracy_validation"], 2)
    assert train(RECIPE, data, run, resume=True, test_from=above)["split"] == "validation"
    tested = train(RECIPE, data, run, resume=True, test_from=just)
    assert (tested["split"], tested["digest"], run.data.exists()) == ("test", values["digest"], True)
    assert tested["accuracy_test"] == run.load(run.learned).provenance.accuracy is not None
    train(RECIPE, data, run, resume=True, test_from=above)
    assert not run.data.exists()


def test_images_that_are_moved_resume_to_the_same_bits(tmp_path):
    recipe = dataclasses.replace(
        RECIPE,
        layers=(40, 40, 40),
        shift=1,
        rotation=20.0,
        scaling=0.2,
        mirror=True,
        weight_decay=0.02,
        precision="mixed",
    )
    whole, broken, still = (Run(tmp_path / name) for name in ("whole", "broken", "still"))
    train(recipe, pictures(), whole)
    for at in (10, 40):
        with pytest.raises(StopError):
            train(recipe, pictures(), broken, resume=at != 10, progress=stopping(at))
    train(recipe, pictures(), broken, resume=True)
    assert weights(broken) == weights(whole)
    assert broken.learned.read_bytes() == whole.learned.read_bytes()
    for changes in (
        {"shift": 0},
        {"rotation": 0.0},
        {"scaling": 0.0},
        {"mirror": False},
        {"weight_decay": 0.0},
        {"precision": "float32"},
    ):
        train(dataclasses.replace(recipe, **changes), pictures(), still, overwrite=True)
        assert weights(still) != weights(whole)


def test_a_table_cannot_be_moved(tmp_path):
    run = Run(tmp_path / "run")
    for changes in ({"shift": 1}, {"rotation": 10.0}, {"scaling": 0.1}, {"mirror": True}):
        with pytest.raises(GatewrightError, match=r" is .*, but toy holds no images"):
            train(dataclasses.replace(RECIPE, **changes), toy(), run)
    assert not run.path.exists()


SCRIPT = """
import sys
from pathlib import Path
from tests.train.test_loop import RECIPE, toy
from gatewright.run import Run
from gatewright.train.loop import train
train(RECIPE, toy(), Run(Path(sys.argv[1])), progress=lambda p: print(p.step, flush=True))
"""


def test_a_run_that_is_killed_gives_the_same_bits_when_resumed(tmp_path):
    whole, killed = Run(tmp_path / "whole"), Run(tmp_path / "killed")
    train(RECIPE, toy(), whole)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(killed.path)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    train(RECIPE, toy(), killed, resume=True)
    assert weights(killed) == weights(whole)


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    run = Run(tmp_path)
    first = train(RECIPE, toy(), run)
    assert train(RECIPE, toy(), run, resume=True)["digest"] == first["digest"]


def test_a_network_that_is_there_is_not_replaced_by_accident(tmp_path):
    run = Run(tmp_path)
    train(RECIPE, toy(), run)
    before = run.checkpoint.read_bytes()
    with pytest.raises(GatewrightError, match="holds a network already: add --resume"):
        train(RECIPE, toy(), run)
    with pytest.raises(GatewrightError, match=r"another recipe \(seed differ\)"):
        train(dataclasses.replace(RECIPE, seed=5), toy(), run, resume=True)
    other = dataclasses.replace(toy(), feature_names=tuple("uvwxyz"))
    with pytest.raises(GatewrightError, match="other data"):
        train(RECIPE, other, run, resume=True)
    assert run.checkpoint.read_bytes() == before
    train(dataclasses.replace(RECIPE, seed=5), toy(), run, overwrite=True)
    assert run.checkpoint.read_bytes() != before


def test_a_damaged_checkpoint_is_one_sentence(tmp_path):
    run = Run(tmp_path)
    with pytest.raises(GatewrightError, match=r"checkpoint\.safetensors does not exist"):
        train(RECIPE, toy(), run, resume=True)
    train(RECIPE, toy(), run)
    data = run.checkpoint.read_bytes()
    for damaged in (b"", b"hello", data[:100], data[:-10]):
        run.checkpoint.write_bytes(damaged)
        with pytest.raises(GatewrightError, match="is no checkpoint of gatewright"):
            train(RECIPE, toy(), run, resume=True)


def test_a_folder_that_cannot_be_written_is_found_out_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewrightError, match="cannot be written"):
        train(RECIPE, toy(), Run(tmp_path / "file"), progress=stopping(0))


def test_export_equals_the_discrete_network():
    for seed in range(5):
        task = prepare(RECIPE, toy())
        network = build(RECIPE, task.encoder.inputs, 2, torch.Generator().manual_seed(seed)).eval()
        graph = export(network, task.encoder, ("even", "odd"))
        rows = task.encoder.bits(task.test_words)
        expected = (network(torch.from_numpy(rows)) * RECIPE.group_tau).round().int().tolist()
        assert graph(rows).tolist() == expected
        assert naive.scores(graph, rows[:5]) == expected[:5]


@pytest.mark.parametrize(
    "network",
    [
        torch.nn.Sequential(),
        torch.nn.Sequential(GumbelGates(4, 4)),
        torch.nn.Sequential(GumbelGates(4, 4), torch.nn.ReLU(), GroupSum(2)),
        torch.nn.Sequential(GumbelGates(4, 4), GroupSum(2)),
    ],
)
def test_what_is_no_gate_network_is_not_exported(network):
    with pytest.raises(GatewrightError):
        export(network, prepare(RECIPE, toy()).encoder, ("even", "odd"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("layers = [", "cannot be read"),
        ('name = "a"\ndataset = "b"\nlayers = [3]\nsize = 3\n', "the field 'size', which no recipe has"),
        ('name = "a"\ndataset = "b"\nlayers = []\n', "layers are"),
        ('name = "a"\ndataset = "b"\nlayers = [3]\nsteps = 0\n', "steps is 0"),
        ('name = "a"\ndataset = "b"\nlayers = [3]\ntau = "x"\n', "tau is 'x'"),
        ('name = "a"\ndataset = "b"\nlayers = [3]\nthresholds = "x"\n', "choose quantile or uniform"),
    ],
)
def test_a_bad_recipe_is_one_sentence(text, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        Recipe.from_toml(text)


def test_the_last_layer_must_divide_into_the_classes():
    with pytest.raises(GatewrightError, match="39 gates, which 2 classes cannot share: choose 40"):
        build(dataclasses.replace(RECIPE, layers=(39,)), 4, 2, torch.Generator())


def test_a_run_ends_after_the_step_that_is_enough(tmp_path):
    asked = []

    def enough():
        asked.append(True)
        return len(asked) == 13

    run = Run(tmp_path / "run")
    values = train(RECIPE, toy(), run, enough=enough)
    assert values["steps"] == 13
    # It is over: taken up again, it takes no step more.
    again = train(RECIPE, toy(), run, resume=True)
    assert (again["digest"], again["steps"]) == (values["digest"], values["steps"])
    assert checkpoint.read(run.checkpoint).status.finished
