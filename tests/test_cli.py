import subprocess
import sys
import time

import pytest

from gatewright.run import Run, write_whole


def gatewright(*arguments, cwd=None):
    program = [sys.executable, "-c", "from gatewright.cli import main; main()", *map(str, arguments)]
    return subprocess.run(program, capture_output=True, text=True, check=False, cwd=cwd)


VERBS = ("train", "export", "simulate", "prove", "synthesize", "flash", "report", "boards", "doctor", "demo")


def test_help_lists_every_verb_and_is_quick():
    gatewright("--help")
    started = time.monotonic()
    result = gatewright("--help")
    assert time.monotonic() - started < 1.5
    assert result.returncode == 0
    for verb in VERBS:
        assert f"  {verb} " in result.stdout


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
    ],
)
def test_what_is_absent_is_one_sentence(tmp_path, arguments, sentence):
    result = gatewright(*arguments, cwd=tmp_path)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert result.stderr.startswith("gatewright: ")
    assert "Traceback" not in result.stdout + result.stderr
    assert result.stderr.count("\n") == 1


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
