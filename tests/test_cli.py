import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatewright import flow
from gatewright.flow.split import keep
from gatewright.run import Run, write_whole
from tests.boards.test_link import sample_words, small

PROGRAM = (sys.executable, "-c", "from gatewright.cli import main; main()")


def gatewright(*arguments, cwd=None, **variables):
    program = [*PROGRAM, *map(str, arguments)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=cwd, env=env)


def sentence_of(result, status=1):
    """The one sentence that a verb ended with."""
    assert result.returncode == status
    assert "Traceback" not in result.stdout + result.stderr
    assert result.stderr.startswith("gatewright: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A run that is exported, with a test split."""
    run = Run(tmp_path_factory.mktemp("exported"))
    graph = small()
    run.store(graph, run.learned)
    flow.export(run)
    words = sample_words(graph, 40)
    keep(run, words, graph.scores(words).argmax(axis=1))
    return run


VERBS = (
    "demo", "train", "sweep", "export", "simulate", "prove", "synthesize", "flash", "classify", "report", "boards",
    "doctor", "compare",
)  # fmt: skip


def test_help_lists_every_verb_and_is_quick():
    gatewright("--help")
    started = time.monotonic()
    result = gatewright("--help")
    assert time.monotonic() - started < 1.5
    assert result.returncode == 0
    for verb in VERBS:
        assert f"  {verb} " in result.stdout
    assert "..." not in result.stdout.split("Commands:")[1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example(verb):
    assert f"Example: gatewright {verb}" in " ".join(gatewright(verb, "--help").stdout.split())


def test_help_loads_nothing_heavy():
    heavy = ("torch", "numpy", "amaranth", "rich.table")
    code = f"import sys, gatewright.cli; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_prove_never_loads_torch():
    code = "import sys, gatewright.sim.prove.prove, gatewright.flow; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("train", "mnits", "--out", "run"), "did you mean mnist"),
        (("train", "absent.csv", "--out", "run", "--target", "k"), "absent.csv does not exist"),
        (("export", "run"), "learned.lgn does not exist: run `gatewright train DATA --out run` first"),
        (("prove", "run"), "network.lgn does not exist: run `gatewright export run` first"),
        (("simulate", "run"), "network.lgn does not exist"),
        (("synthesize", "run", "--board", "icebraker"), "did you mean icebreaker"),
        (("flash", "run"), "network.lgn does not exist"),
        (("report", "run"), "network.lgn does not exist"),
        (("classify", "run", "--simulate"), "network.lgn does not exist"),
        (("classify", "run"), "either --port PORT, the board's serial port, or --simulate"),
        (("demo", "--board", "icebraker"), "did you mean icebreaker"),
    ],
)
def test_what_is_absent_is_one_sentence(tmp_path, arguments, sentence):
    result = gatewright(*arguments, cwd=tmp_path)
    assert sentence in sentence_of(result)


def test_a_truncated_network_is_one_sentence(tmp_path):
    write_whole(Run(tmp_path).network, b"\x89LGN\r\n\x1a\n")
    result = gatewright("prove", tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "truncated or damaged" in result.stderr


def test_the_boards_are_listed():
    result = gatewright("boards")
    assert result.returncode == 0
    assert "icebreaker" in result.stdout
    assert "5280" in result.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\x7fELF", "is no gatewright network"), (b"", "is no gatewright network"), (None, "truncated or damaged")],
)
@pytest.mark.parametrize("verb", ["simulate", "prove", "synthesize", "report"])
def test_a_network_that_is_foreign_or_cut_short(exported, tmp_path, verb, content, sentence):
    data = exported.network.read_bytes()
    write_whole(Run(tmp_path).network, data[: len(data) // 2] if content is None else content)
    assert sentence in sentence_of(gatewright(verb, tmp_path))


def test_a_file_in_place_of_the_run_folder(tmp_path):
    (tmp_path / "run").write_text("")
    for verb in ("export", "report"):
        assert "is a file" in sentence_of(gatewright(verb, tmp_path / "run"))
    assert "cannot be written" in sentence_of(gatewright("train", "digits", "--out", tmp_path / "run"))
    assert (tmp_path / "run").read_text() == ""


def test_a_tool_that_is_missing(exported):
    result = gatewright("export", exported.path, YOSYS="/nonexistent")
    assert "yosys was not found (looked at: $YOSYS=/nonexistent: nothing)" in sentence_of(result)


def test_a_port_that_is_not_there(exported):
    result = gatewright("classify", exported.path, "--port", exported.path / "tty")
    assert "There is no port called" in sentence_of(result)


def test_a_summary_stands_beside_the_page(exported):
    result = gatewright("report", exported.path)
    assert (result.returncode, result.stderr) == (0, "")
    for line in ("accuracy    not known", "simulation  not done yet", "board       not synthesized yet"):
        assert line in result.stdout
    assert f"page        {exported.report}" in result.stdout
    assert f"next: gatewright simulate {exported.path}\n      gatewright prove" in result.stdout


def until(happened, process, seconds=120):
    """Wait for something, while a process runs."""
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def writer(fifo):
    """The writing end of a pipe, if a process waits for what it brings; 0 otherwise."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return 0


def runs(pid):
    """Whether a process is there, and no mere entry that waits for its parent."""
    return command(Path(f"/proc/{pid}/stat")).rpartition(b") ")[2][:1] not in (b"", b"Z", b"X")


def start(*arguments, **variables):
    return subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        start_new_session=True,
    )


def test_training_goes_on_exactly_after_an_interrupt(tmp_path):
    run = Run(tmp_path / "interrupted")
    process = start("train", "digits", "--steps", "300", "--seed", "5", "--out", run.path)
    until(lambda: run.metrics.is_file() and run.metrics.read_text().count("\n") >= 1, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    command = f"gatewright train digits --steps 300 --seed 5 --out {run.path} --resume"
    assert process.returncode == 130
    assert stderr == f"gatewright: Interrupted; nothing is lost: go on, bit for bit, with `{command}`.\n"
    assert not run.learned.exists()

    assert gatewright(*command.split()[1:]).returncode == 0
    whole = Run(tmp_path / "whole")
    assert gatewright("train", "digits", "--steps", "300", "--seed", "5", "--out", whole.path).returncode == 0
    assert run.load(run.learned) == whole.load(whole.learned)


def test_an_interrupt_before_the_first_step_keeps_what_was_there(tmp_path):
    run = Run(tmp_path)
    write_whole(run.checkpoint, b"of before")
    data = tmp_path / "data.npz"
    os.mkfifo(data)
    process = start("train", data, "--overwrite", "--out", run.path)
    ends = []
    until(lambda: ends.append(writer(data)) or ends[-1], process)
    process.send_signal(signal.SIGINT)
    # A read that begins just after the signal would wait for the end of the data.
    os.close(ends[-1])
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.endswith("gatewright: Interrupted before the first step: run the same command again.\n")
    assert run.checkpoint.read_bytes() == b"of before"


SLEEPER = """#!/bin/sh
case "$*" in *version*|*-V*) echo "Yosys 0.99.0, ABC 1.01 (compiled Jan  1 2099)"; exit;; esac
echo $$ > {pid}
exec sleep 600
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("verb", "variable"), [("export", "YOSYS"), ("prove", "YOSYS_ABC"), ("synthesize", "YOSYS")])
def test_an_interrupt_leaves_no_process_and_every_artefact(exported, tmp_path, verb, variable, number):
    program, pid = tmp_path / "sleeper", tmp_path / "pid"
    program.write_text(SLEEPER.format(pid=pid))
    program.chmod(0o755)
    before = {path: path.read_bytes() for path in exported.path.glob("*") if path.is_file()}
    process = start(verb, exported.path, **{variable: str(program)})
    until(lambda: pid.is_file() and pid.read_text().strip(), process)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in stderr
    end = time.monotonic() + 5
    while runs(pid.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.02)
    assert not runs(pid.read_text().strip())
    assert {path: path.read_bytes() for path in exported.path.glob("*") if path.is_file()} == before


def test_an_interrupted_simulation_leaves_no_process(exported):
    process = start("simulate", exported.path)
    until(lambda: children(process.pid), process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in stderr
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(exported.sim).encode() in command(path)]
    assert not exported.json_path("simulate").exists()


def command(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def children(pid):
    """Whether a process has started one that runs the simulator's job."""
    return any(
        b"gatewright.sim.job" in command(path / "cmdline") and f"\nPPid:\t{pid}\n".encode() in command(path / "status")
        for path in Path("/proc").glob("[0-9]*")
    )
