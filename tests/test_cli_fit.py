"""`gatewright train --fit`: from data to a network that fits, in a given time."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from gatewright.cli.fit import fit
from gatewright.cli.terminal import Terminal
from gatewright.run import Run
from gatewright.train import fitting, pace
from tests.docs.test_formats import documented
from tests.test_cli import gatewright, sentence_of

BUDGET = 1500


def command(out, *more):
    return ("train", "digits", "--out", out, "--fit", "icebreaker", "--budget", BUDGET, *more)


def test_a_fit_ends_with_a_network_that_fits_and_the_next_command(tmp_path, monkeypatch, capsys):
    # A step is believed to take so long that there are few of them.
    monkeypatch.setattr(pace, "seconds_per_step", lambda *_: 0.2)
    monkeypatch.setattr(fitting, "LEAST_STEPS", 20)
    out = tmp_path / "run"
    given = {"budget": BUDGET, "minutes": 4.0}
    fit(Terminal(as_json=False, quiet=False), "digits", out, "icebreaker", **given)
    said = capsys.readouterr().out
    assert f"next: gatewright synthesize {out} --board icebreaker\n" in said
    assert re.search(rf"budget +{BUDGET:,}\n", said)
    values, run = json.loads((out / "fit.json").read_text()), Run(out)
    assert values["cells"] <= BUDGET
    assert abs(sum(values["parts"].values()) - values["cells"]) <= 3
    assert values["digest"] == run.load(run.learned).digest == run.read_json("train")["digest"]
    assert run.read_json("export", run.load().digest)["pipeline"]["lanes"] == values["lanes"]
    assert values.keys() == documented("run.md", "fit.json")
    first = json.loads((out / "trials" / "trial-0001" / "fit.json").read_text())
    assert list(first) == list(values)[:7]
    folders = {trial["folder"] for trial in values["trials"]}
    assert {values["chosen"], *values["front"]} <= folders == {path.name for path in (out / "trials").glob("trial-*")}
    page = (out / "pareto.html").read_text()
    assert all(name in page for name in folders)
    assert "Validation accuracy" in page
    assert f"budget of {BUDGET:,}" in page
    assert (out / "pareto.svg").read_text().startswith("<svg")
    # The same command tells the same again, with nothing trained; as JSON, too.
    fit(Terminal(as_json=True, quiet=False), "digits", out, "icebreaker", **given)
    again = json.loads(capsys.readouterr().out)
    assert (again["digest"], again["trials"]) == (values["digest"], values["trials"])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_minute_is_a_minute(tmp_path):
    began = time.monotonic()
    result = gatewright(*command(tmp_path / "run", "--minutes", "1"))
    assert (result.returncode, result.stderr) == (0, "")
    assert time.monotonic() - began < 63


@pytest.mark.timeout(180)
def test_a_fit_that_is_interrupted_says_how_to_go_on(tmp_path):
    out = tmp_path / "run"
    arguments = [sys.executable, "-m", "gatewright", *map(str, command(out))]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 120
        while not (out / "trials" / "trial-0001" / "checkpoint.safetensors").exists():
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143
    assert stderr == "gatewright: Interrupted; nothing is lost: start the same command again, and the search goes on.\n"
    assert json.loads((out / "trials" / "clock.json").read_text())["seconds"] > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--fit", "icebraker"), "There is no board called 'icebraker': did you mean icebreaker?"),
        (("--fit", "icebreaker", "--budget", "300"), "A budget of 300 logic cells is too small for any network"),
        (("--fit", "icebreaker", "--budget", "30000"), "but 1BitSquared iCEBreaker has 5,280"),
        (("--fit", "icebreaker", "--fmax", "900"), "No pipeline is expected to reach 900 MHz"),
        (("--fit", "icebreaker", "--minutes", "0.01"), "0.01 minutes are too short to try anything: about "),
        (("--fit", "icebreaker", "--resume"), "--fit does not go with --resume: the same command goes on"),
        (("--fit", "icebreaker", "--steps", "9"), "--fit does not go with --steps: its steps follow from --minutes"),
        (("--minutes", "3"), "--minutes is for a fit: add --fit BOARD"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, options, sentence):
    assert sentence in sentence_of(gatewright("train", "digits", "--out", "run", *options, cwd=tmp_path))
    assert not (tmp_path / "run" / "learned.lgn").exists()


def test_a_budget_that_is_too_small_says_what_is_fixed(tmp_path):
    said = sentence_of(gatewright(*command(tmp_path / "run", "--budget", "300")))
    fixed, least = (
        int(number.replace(",", "")) for number in re.findall(r"about ([\d,]+), and .*network ([\d,]+);", said)[0]
    )
    assert 300 < fixed < least < BUDGET


def test_without_optuna_a_fit_says_what_to_install(tmp_path):
    (tmp_path / "optuna.py").write_text("raise ImportError\n")
    result = gatewright(*command(tmp_path / "run"), PYTHONPATH=str(tmp_path))
    assert "optuna, which is not installed: run `pip install 'gatewright[sweep]'`" in sentence_of(result)
