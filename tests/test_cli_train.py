"""What `gatewright train` and `gatewright sweep` say, alone and in company."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time

import pytest

from gatewright import flow
from gatewright.cli.show import live
from gatewright.errors import GatewrightError
from gatewright.run import Run
from gatewright.train.progress import Progress
from tests.test_cli import gatewright, sentence_of

RECIPE = """name = "small"
dataset = "digits"
layers = [100]
steps = 60
evaluate_every = 20
batch = 4
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    return path


def test_the_numbers_of_an_evaluation():
    now = Progress(1, 2, 0.25, 0.5, -0.01, -0.01, 0.02, 1234, 7.891e9, 3.0, 83.4)
    assert live(now) == "loss 0.250  accuracy 50.00 %  gap -1.00  unused 1,234  7.89 G gates/s  0:01:23 left"


def test_a_run_is_repeated_bit_for_bit(recipe, tmp_path):
    first, second = Run(tmp_path / "first"), Run(tmp_path / "second")
    assert gatewright("train", recipe, "--out", first.path, "--tensorboard").returncode == 0
    result = gatewright("train", first.path, "--out", second.path)
    assert (result.returncode, result.stderr) == (0, "")
    assert first.learned.read_bytes() == second.learned.read_bytes()
    assert list(first.events.iterdir())
    assert not second.events.exists()
    keys = {"loss", "accuracy", "gap", "gap_sample", "gap_mixture", "unused_gates", "gates_per_second", "seconds_left"}
    assert all(json.loads(line).keys() >= keys for line in first.metrics.read_text().splitlines())


def test_progress_is_live_on_a_terminal(recipe, tmp_path):
    end, other = pty.openpty()
    command = [sys.executable, "-m", "gatewright", "train", str(recipe), "--out", str(tmp_path / "run")]
    env = os.environ | {"COLUMNS": "160", "TERM": "xterm"}
    with subprocess.Popen(command, stdout=other, stderr=other, env=env) as process:
        os.close(other)
        said = b""
        while True:
            try:
                said += os.read(end, 4096)
            except OSError:
                break
        os.close(end)
        assert process.wait(60) == 0
    assert b"60/60" in said
    assert b"gates/s" in said
    assert b"left" in said


TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0")


def torchrun(*arguments):
    return subprocess.Popen(
        [*TORCHRUN, "--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "-m", "gatewright", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def sentences(text):
    return [line for line in text.splitlines() if line.startswith("gatewright: ")]


@pytest.mark.timeout(240)
def test_torchrun_trains_the_network_that_one_process_trains(recipe, tmp_path):
    shared, alone = Run(tmp_path / "shared"), Run(tmp_path / "alone")
    with torchrun("train", str(recipe), "--out", str(shared.path)) as process:
        stdout, stderr = process.communicate(timeout=120)
    assert (process.returncode, sentences(stderr)) == (0, [])
    assert stdout.count("test accuracy") == 1
    assert "parts = 2\n" in shared.recipe.read_text()
    assert gatewright("train", shared.path, "--out", alone.path).returncode == 0
    assert shared.learned.read_bytes() == alone.learned.read_bytes()


@pytest.mark.timeout(240)
def test_an_interrupt_ends_all_processes_with_one_sentence(tmp_path):
    run = Run(tmp_path / "run")
    with torchrun("train", "digits", "--steps", "100000", "--out", str(run.path)) as process:
        try:
            end = time.monotonic() + 100
            while not (run.metrics.exists() and run.metrics.read_text()):
                assert time.monotonic() < end
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            _, stderr = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    (said,) = sentences(stderr)
    command = f"torchrun --nproc-per-node 2 -m gatewright train digits --steps 100000 --out {run.path} --resume"
    assert said == f"gatewright: Interrupted; nothing is lost: go on, bit for bit, with `{command}`."


def test_a_world_without_an_address_is_one_sentence(recipe, tmp_path):
    result = gatewright("train", recipe, "--out", tmp_path / "run", WORLD_SIZE="2", RANK="0")
    assert "WORLD_SIZE is 2, but MASTER_ADDR is not set: start the processes with `torchrun" in sentence_of(result)


def test_a_network_is_taught_by_a_run_and_repeated_from_its_folder(recipe, tmp_path):
    teacher, taught, again = (Run(tmp_path / name) for name in ("teacher", "taught", "again"))
    assert gatewright("train", recipe, "--out", teacher.path).returncode == 0
    assert gatewright("train", recipe, "--teacher", teacher.path, "--out", taught.path).returncode == 0
    assert taught.load(taught.teacher) == teacher.load(teacher.learned)
    shutil.rmtree(teacher.path)
    assert gatewright("train", taught.path, "--out", again.path).returncode == 0
    assert again.learned.read_bytes() == taught.learned.read_bytes()
    for command, sentence in (
        ((recipe, "--teacher", teacher.path), f"{teacher.learned} does not exist"),
        ((taught.recipe,), "the network that was given is none: name the teacher's run with --teacher"),
        ((recipe, "--teacher", taught.path, "--fit", "icebreaker"), "--fit does not go with --teacher: its net"),
    ):
        result = gatewright("train", *command, "--out", tmp_path / "none")
        assert result.returncode != 0
        assert sentence in sentence_of(result)


def test_a_sweep_ends_with_a_table_and_the_next_command(recipe, tmp_path):
    out = tmp_path / "sweep"
    command = ("sweep", recipe, "--out", out, "--trials", "3", "--vary", "tau=0.5:2", "--vary", "fan_in=2,4")
    result = gatewright(*command)
    assert (result.returncode, result.stderr) == (0, "")
    values = json.loads((out / "sweep.json").read_text())
    assert len(values["trials"]) == 3
    assert result.stdout.endswith(f"next: gatewright export {values['best']}\n")
    assert [line.split()[0] for line in result.stdout.splitlines()[:3]] == ["trial"] * 3
    assert f"{out}/{values['trials'][0]['folder']}" in result.stdout
    assert f"test accuracy of the best {100 * values['accuracy_test']:.2f} %\n" in result.stdout
    # The same command again finds all of it done.
    again = gatewright(*command)
    assert again.stdout == result.stdout[result.stdout.index("trial  ") :]
    assert gatewright("export", values["best"]).returncode == 0


def test_a_sweep_that_is_interrupted_goes_on_by_the_same_command(tmp_path):
    out = tmp_path / "sweep"
    command = [sys.executable, "-m", "gatewright", "sweep", "digits", "--out", str(out), "--seeds", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 100
        while not list(out.glob("*/*/checkpoint.safetensors")):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143
    assert stderr == (
        "gatewright: Interrupted; nothing is lost: start the same command again, and the sweep goes on, bit for bit.\n"
    )


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ((), "The sweep varies nothing"),
        (("tau",), "--vary 'tau' says nothing"),
        (("tua=1:2",), r"did you mean tau\?"),
        (("tau=2:1",), "write the lower end first"),
        (("tau=1:2", "tau=3,4"), "names a field twice"),
    ],
)
def test_a_sweep_over_nothing_or_nonsense_leaves_no_folder(tmp_path, vary, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        flow.sweep("digits", tmp_path / "out", vary=vary, trials=2, watch=None, done=None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("train", "digit", "--out", "run"), "There is no data set, recipe or run 'digit': did you mean digits?"),
        (("sweep", "digits", "--out", "out", "--vary", "tau=1:2", "--storage", "x://y"), "The storage x://y cannot be"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, arguments, sentence):
    assert sentence in sentence_of(gatewright(*arguments, cwd=tmp_path))
