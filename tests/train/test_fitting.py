"""Fits over tiny networks: within budget and time, and exact about what is done already."""

import contextlib
import dataclasses
import json
import time

import pytest

from gatewright.errors import GatewrightError
from gatewright.run import Run
from gatewright.train import fitting, lengthen, outcome, pace
from gatewright.train.fitting import LEAST_TRIALS, Plan, Tried, fit, front
from gatewright.train.source import Job, Origin
from gatewright.train.space import Space
from tests.train.test_loop import RECIPE, StopError, pictures, toy
from tests.train.test_space import plain
from tests.train.test_sweep import unseen

SECONDS = 240.0
"""Of a fit in which a step is believed to take a whole second, so that there are few, whatever the machine does."""


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(fitting, "LEAST_STEPS", 20)
    monkeypatch.setattr(pace, "seconds_per_step", lambda *_: 1.0)


@pytest.fixture
def two_trials(monkeypatch):
    monkeypatch.setattr(fitting, "LEAST_TRIALS", 2)
    monkeypatch.setattr(fitting, "MOST_TRIALS", 2)


def plan(out, dataset=None, **changes):
    dataset = dataset or toy()
    plain_plan = Plan(
        job=Job(RECIPE, dataset, Origin("toy", dataset.digest)),
        space=Space(dataset, 2, (1, 2), 5),
        area=plain,
        budget=400.0,
        seconds=SECONDS,
        behind=lambda *_: 1.5,
        run=Run(out),
        url=f"sqlite:///{out}/trials/study.db",
        settings={"budget": 400.0},
    )
    return dataclasses.replace(plain_plan, **changes)


def go(asked, watch=unseen):
    done = []
    return fit(asked, time.monotonic(), watch, done.append), done


def test_the_best_within_the_budget_is_trained_for_longer(tmp_path, monkeypatch):
    # How much a long run learns depends on how busy the machine is; which network is kept is tested by itself.
    learn = lengthen.train
    monkeypatch.setattr(lengthen, "train", lambda *given, **more: learn(*given, **more | {"test_from": 0.0}))
    monkeypatch.setattr(lengthen, "_kept", lambda asked, *_: asked.run.read_json("train"))
    asked = plan(tmp_path / "run")
    found, done = go(asked)
    assert found.trials == done
    assert len(done) == LEAST_TRIALS
    assert all(trial.cells <= asked.budget for trial in done)
    assert found.chosen.accuracy == max(trial.accuracy for trial in done)
    for trial in done:
        run = Run(asked.trials / trial.folder)
        values = run.read_json("train")
        assert values["accuracy_validation"] == trial.accuracy
        assert (values["split"], values["accuracy_test"], run.data.exists()) == ("validation", None, False)
        assert plain(run.load(run.learned), trial.lanes) == trial.cells
    short, long = ((run / "recipe.toml").read_text() for run in (asked.trials / found.chosen.folder, asked.run.path))
    differing = {a.split(" = ")[0] for a, b in zip(short.splitlines(), long.splitlines(), strict=True) if a != b}
    assert differing == {"steps", "evaluate_every"}
    assert found.values["steps"] > max(Run(asked.trials / trial.folder).read_json("train")["steps"] for trial in done)
    assert found.values["split"] == "test"
    # The same command tells the same, and neither tries nor trains nor takes time.
    again, nothing = go(asked)
    assert (again.values["digest"], again.trials, nothing) == (found.values["digest"], found.trials, [])
    assert again.seconds == pytest.approx(found.seconds, abs=0.1)


def stopping(at):
    """Interrupts the training run of that number, from 1, at its third evaluation."""
    runs = []

    @contextlib.contextmanager
    def watch(title):
        runs.append(title)
        seen = []

        def progress(_now):
            seen.append(1)
            if len(runs) == at and len(seen) == 3:
                raise StopError

        yield progress, lambda _step, _steps: None

    return watch


def test_a_fit_goes_on_where_it_was_interrupted(tmp_path):
    asked = plan(tmp_path / "run")
    with pytest.raises(StopError):
        go(asked, stopping(2))
    first = json.loads((asked.trials / "trial-0001" / "trial.json").read_text())
    begun = (asked.trials / "trial-0002" / "trial.json").read_text()
    used = json.loads((asked.trials / "clock.json").read_text())["seconds"]
    assert used > 0
    with pytest.raises(StopError):
        go(asked, stopping(3))
    assert json.loads((asked.trials / "trial-0001" / "trial.json").read_text()) == first
    assert (asked.trials / "trial-0002" / "trial.json").read_text() == begun
    assert json.loads((asked.trials / "clock.json").read_text())["seconds"] > used
    found, done = go(asked)
    assert [trial.number for trial in found.trials] == list(range(len(found.trials)))
    assert {trial.number for trial in done} == set(range(3, len(found.trials)))
    assert found.seconds < SECONDS


@pytest.mark.usefixtures("two_trials")
def test_the_long_run_goes_on_too(tmp_path):
    asked = plan(tmp_path / "run")
    with pytest.raises(StopError):
        go(asked, stopping(3))
    note = (asked.trials / "chosen.json").read_text()
    assert asked.run.checkpoint.exists()
    found, done = go(asked)
    assert done == []
    assert (asked.trials / "chosen.json").read_text() == note
    assert found.chosen.number == json.loads(note)["number"]


@pytest.mark.usefixtures("two_trials")
def test_a_trial_that_had_no_recipe_yet_is_made_anew(tmp_path):

    def area(_graph, _lanes):
        raise StopError

    with pytest.raises(StopError):
        go(plan(tmp_path / "run", area=area))
    found, _ = go(plan(tmp_path / "run"))
    assert found.trials[0].kept == {"depth": 1, "candidates": 32, "bits": 2, "group_tau": 0.4, "fill": 1.0}


@pytest.mark.usefixtures("two_trials")
def test_time_that_is_over_ends_the_long_run_early(tmp_path, monkeypatch):
    # Steps that take far longer than they were measured to take.
    monkeypatch.setattr(pace, "seconds_per_step", lambda *_: 1e-6)
    asked = plan(tmp_path / "run", seconds=6.0)
    began = time.monotonic()
    found, _ = go(asked)
    assert time.monotonic() - began < 3 * asked.seconds
    steps = next(line for line in asked.run.recipe.read_text().splitlines() if line.startswith("steps"))
    assert found.values["steps"] < int(steps.split(" = ")[1])


@pytest.mark.usefixtures("two_trials")
def test_a_long_run_that_is_too_slow_begins_anew_with_fewer_steps(tmp_path, monkeypatch):
    late = iter([None, 33])
    monkeypatch.setattr(lengthen, "too_slow", lambda *_: next(late, None))
    asked = plan(tmp_path / "run")
    found, _ = go(asked)
    assert found.values["steps"] == 33
    assert "steps = 33\n" in asked.run.recipe.read_text()
    assert json.loads((asked.trials / "chosen.json").read_text())["recipe"] == asked.run.recipe.read_text()


@pytest.mark.usefixtures("two_trials")
def test_a_trial_that_the_long_run_does_not_improve_on_is_kept(tmp_path, monkeypatch):
    # Of two steps, none is as good.
    monkeypatch.setattr(lengthen, "_lengthened", lambda _plan, _clock, recipe, _end: lengthen._of_steps(recipe, 2))
    monkeypatch.setattr(lengthen, "too_slow", lambda *_: None)
    reading, measure = [], outcome._measure

    def noting(*values, tested):
        reading.append(tested)
        return measure(*values, tested=tested)

    monkeypatch.setattr(outcome, "_measure", noting)
    asked = plan(tmp_path / "run")
    found, _ = go(asked)
    trial = Run(asked.trials / found.chosen.folder)
    assert found.values == asked.run.read_json("train")
    assert found.values["digest"] == trial.read_json("train")["digest"] == asked.run.load(asked.run.learned).digest
    # It reads the test split now, which neither the trial nor the long run has.
    assert reading == [False, False, False, True]
    assert isinstance(found.values["accuracy_test"], float)
    assert trial.read_json("train")["accuracy_test"] is None
    again, done = go(asked)
    assert (again.values["digest"], done) == (found.values["digest"], [])


@pytest.mark.usefixtures("two_trials")
def test_long_runs_move_images(tmp_path, monkeypatch):
    monkeypatch.setattr(lengthen, "_SHIFT_PIXELS", 4)
    monkeypatch.setattr(lengthen, "_SHIFT_EPOCHS", 1)
    asked = plan(tmp_path / "run", pictures())
    go(asked)
    assert "shift = 1" in asked.run.recipe.read_text()
    assert "shift = 0" in (asked.trials / "trial-0001" / "recipe.toml").read_text()


def test_too_little_time_is_said_with_what_is_needed(tmp_path):
    with pytest.raises(
        GatewrightError, match=r"0\.001 minutes are too short to try anything: about \d+\.?\d* are needed"
    ):
        go(plan(tmp_path / "run", seconds=0.06))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    other = Run(tmp_path / "other")
    other.path.mkdir()
    other.checkpoint.write_bytes(b"?")
    with pytest.raises(GatewrightError, match="holds a network already"):
        go(plan(other.path))
    assert list(other.path.iterdir()) == [other.checkpoint]
    asked = plan(tmp_path / "run")
    with pytest.raises(StopError):
        go(asked, stopping(1))
    with pytest.raises(GatewrightError, match=r"is another search \(budget differ\)"):
        go(dataclasses.replace(asked, settings={"budget": 300.0}))
    with fitting._locked(asked), pytest.raises(GatewrightError, match="Another process is searching"):
        go(asked)


def test_the_front_holds_those_that_no_other_beats():
    def tried(cells, accuracy):
        return Tried(0, "", {}, 0, accuracy, cells, (1,))

    a, b, c, d = tried(10, 0.5), tried(20, 0.5), tried(20, 0.7), tried(30, 0.6)
    assert front([d, c, b, a]) == [a, c]
    assert front([]) == []


def test_what_is_over_the_budget_is_not_chosen(tmp_path):
    def tried(number, cells, accuracy):
        return Tried(number, f"trial-{number}", {}, 0, accuracy, cells, (1,))

    asked = plan(tmp_path / "run")
    assert fitting._chosen(asked, [tried(0, 401, 0.9), tried(1, 400, 0.8), tried(2, 300, 0.8)]).number == 2
    with pytest.raises(GatewrightError, match=r"No trial of .* keeps to 400 cells"):
        fitting._chosen(asked, [tried(0, 401, 0.9)])


@pytest.mark.usefixtures("two_trials")
def test_the_study_lies_in_any_storage(tmp_path):
    asked = plan(tmp_path / "run", url=f"sqlite:///{tmp_path}/elsewhere.db")
    found, _ = go(asked)
    assert not (asked.trials / "study.db").exists()
    again, done = go(asked)
    assert (again.trials, done) == (found.trials, [])
