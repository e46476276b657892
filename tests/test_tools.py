import os
import sys
import threading
import time

import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.programs import KNOWN


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program, and a PATH on which it is the only one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for known in KNOWN.values():
        monkeypatch.delenv(known.variable, raising=False)

    def make(name, body):
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
        path.chmod(0o755)
        return path

    return make


def test_every_tool_of_the_default_set_is_found():
    families = ("ice40", "ecp5", "nexus", "himbaechel-gowin", "himbaechel-gatemate")
    packers = ("icepack", "ecppack", "prjoxide", "gowin_pack", "gmpack")
    for name in ("yosys", "abc", "verilator", *(f"nextpnr-{family}" for family in families), *packers):
        assert tools.find(name).command, name


def test_a_native_program_is_preferred(program):
    path = program("yosys", "print('Yosys 0.45')")
    found = tools.find("yosys")
    assert (found.command, found.version, found.origin) == ((str(path),), "0.45", "yosys on PATH")


def test_one_that_is_too_old_is_passed_over(program):
    program("yosys", "print('Yosys 0.23 (git)')")
    result = tools.search("yosys")
    assert result.tool is not None
    assert result.tool.version != "0.23"
    assert "yosys on PATH: version 0.23, but 0.40 is the oldest that is used" in result.looked


@pytest.mark.parametrize(
    ("said", "version"),
    [
        # Debian 12, and one whose date says nothing.
        ("UC Berkeley, ABC 1.01 (compiled Feb  7 2023 01:39:45)", "2023.02.07"),
        ("UC Berkeley, ABC 1.01 (compiled Jan  1 1980 00:00:00)", "1980.01.01"),
        ("UC Berkeley, ABC 1.01 (compiled Foo 77 2030 00:00:00)", "1.01"),
        ("UC Berkeley, ABC 1.01", "1.01"),
    ],
)
def test_an_abc_is_as_old_as_its_build(program, said, version):
    program("yosys-abc", f"print({said!r})")
    result = tools.search("abc")
    assert f"yosys-abc on PATH: version {version}, but 2024.5 is the oldest that is used" in result.looked
    # The one that comes with the wheels is found behind it.
    assert result.tool is not None
    assert result.tool.origin == "pyosys wheel"
    assert result.tool.version > "2024.05"


def test_an_abc_that_is_new_enough_is_preferred(program):
    path = program("yosys-abc", "print('UC Berkeley, ABC 1.01 (compiled May 12 2025 10:00:00)')")
    found = tools.find("abc")
    assert (found.command, found.version) == ((str(path),), "2025.05.12")


def test_the_variable_wins(program, monkeypatch, tmp_path):
    program("yosys", "print('Yosys 0.45')")
    path = program("mine", "print('Yosys 0.50')")
    monkeypatch.setenv("YOSYS", str(path))
    assert tools.find("yosys").version == "0.50"
    monkeypatch.setenv("YOSYS", str(tmp_path / "absent"))
    with pytest.raises(GatewrightError, match=r"yosys was not found \(looked at: \$YOSYS="):
        tools.find("yosys")


@pytest.mark.usefixtures("program")
def test_a_missing_program_says_where_it_was_looked_for():
    with pytest.raises(GatewrightError) as error:
        tools.find("iceprog")
    assert "iceprog on PATH: nothing" in str(error.value)
    assert "$ICEPROG" in str(error.value)


def test_a_failing_program_is_one_sentence(tmp_path):
    tool = tools.Tool("probe", (sys.executable, "-c"), "", "here")
    log = tmp_path / "probe.log"
    with pytest.raises(
        GatewrightError, match=r"probe failed with status 3 and said: ERROR: no such net; see .*probe\.log"
    ):
        tool.run(
            "import sys; print('start'); print('ERROR: no such net'); print('bye'); sys.exit(3)", cwd=tmp_path, log=log
        )
    assert log.read_text().splitlines() == ["start", "ERROR: no such net", "bye"]


def test_the_error_is_told_and_not_the_number_of_errors(tmp_path):
    tool = tools.Tool("probe", (sys.executable, "-c"), "", "here")
    with pytest.raises(GatewrightError, match="said: ERROR: no way from a to b"):
        tool.run(
            "import sys; print('ERROR: no way from a to b'); print('0 warnings, 1 error'); sys.exit(1)", cwd=tmp_path
        )


def test_runs_in_its_folder_and_returns_what_was_said(tmp_path):
    tool = tools.Tool("probe", (sys.executable, "-c"), "", "here")
    said = tool.run("import os; print(os.getcwd(), os.environ['X'])", cwd=tmp_path, env={"X": "1"})
    assert said.split() == [os.path.realpath(tmp_path), "1"]


# Prints a line every now and then, for three seconds.
PRINTING = "import time\nfor i in range(15):\n    print('line', i, flush=True)\n    time.sleep(0.2)"


def test_a_silent_program_is_ended_from_another_thread(tmp_path):
    tool = tools.Tool(
        "sleeper", (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"), "", "here"
    )
    ended, began = threading.Event(), time.monotonic()
    timer = threading.Timer(0.5, ended.set)
    timer.start()
    with pytest.raises(InterruptedError):
        tool.run(cwd=tmp_path, log=tmp_path / "log", ended=ended)
    timer.join()
    assert time.monotonic() - began < 20
    assert (tmp_path / "log").read_text() in ("here\n", "")


def test_each_line_is_heard_as_it_comes_and_may_begin_the_time_anew(tmp_path):
    tool = tools.Tool("talker", (sys.executable, "-c", PRINTING), "", "here")
    heard = []
    said = tool.run(cwd=tmp_path, timeout=2.5, heard=lambda line: bool(heard.append(line)) or True)
    assert heard == [f"line {i}" for i in range(15)]
    assert said == "".join(f"{line}\n" for line in heard)
    with pytest.raises(TimeoutError, match="talker was stopped after 1 s"):
        tool.run(cwd=tmp_path, timeout=1.2, log=tmp_path / "log", heard=lambda line: False)
    assert (tmp_path / "log").read_text().startswith("line 0\n")


def test_what_hears_may_end_the_program(tmp_path):
    tool = tools.Tool(
        "talker", (sys.executable, "-c", "import time\nprint(1, flush=True)\ntime.sleep(600)"), "", "here"
    )

    def heard(line):
        raise KeyError(line)

    with pytest.raises(KeyError, match="1"):
        tool.run(cwd=tmp_path, heard=heard)
