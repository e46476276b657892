"""What every verb has in common: JSON for programs, quiet, help, completion, colour, and what is nearly right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.text import Text
from typer.testing import CliRunner

from gatewright import tools
from gatewright.boards import registry
from gatewright.cli import app, show
from gatewright.cli.terminal import Said, Terminal
from gatewright.errors import GatewrightError
from gatewright.programs import KNOWN
from gatewright.run import Run
from tests.test_cli import exported, gatewright, sentence_of
from tests.test_cli_train import recipe

__all__ = ["exported", "recipe"]  # Fixtures.

COMMANDS = typer.main.get_command(app).commands


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_speaks_json_and_keeps_quiet_and_shows_an_example(verb):
    options = {option for parameter in COMMANDS[verb].params for option in parameter.opts}
    assert {"--json", "--quiet", "-q"} <= options
    assert COMMANDS[verb].epilog.startswith(f"Example: gatewright {verb}")


@pytest.mark.parametrize("verb", COMMANDS)
def test_the_example_of_a_verb_has_options_that_it_knows(verb):
    words = COMMANDS[verb].epilog.removeprefix("Example: gatewright ").split()[1:]
    context = COMMANDS[verb].make_context(verb, list(words))
    assert context.info_name == verb


def test_json_is_what_the_verb_has_written(exported):
    result = gatewright("export", exported.path, "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == exported.read_json("export")
    result = gatewright("report", exported.path, "--json")
    values = json.loads(result.stdout)
    assert values["export"] == exported.read_json("export")
    assert (values["train"], values["page"]) == (None, str(exported.report))


def test_training_tells_a_program_its_result_alone(recipe, tmp_path):
    run = Run(tmp_path / "run")
    result = gatewright("train", recipe, "--out", run.path, "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == run.read_json("train")
    again = gatewright("train", recipe, "--out", run.path, "--json")
    assert (again.returncode, again.stdout) == (1, "")
    assert "holds a network already" in again.stderr.splitlines()[-1]


def test_progress_goes_elsewhere_where_a_program_reads(capsys):
    Terminal(as_json=True).progress.print("so far")
    assert capsys.readouterr() == ("", "so far\n")


def test_what_failed_is_told_before_the_sentence(capsys):
    said = Said(("one line",), "It does not hold.", {"passed": False})
    with pytest.raises(GatewrightError, match="It does not hold"):
        Terminal(as_json=True).tell(said, "gatewright report")
    assert json.loads(capsys.readouterr().out) == {"passed": False}
    with pytest.raises(GatewrightError, match="It does not hold"):
        Terminal().tell(said, "gatewright report")
    assert capsys.readouterr().out == "one line\n"


@pytest.mark.parametrize("quiet", [False, True])
def test_quiet_leaves_the_result_alone(quiet, capsys):
    terminal = Terminal(quiet=quiet)
    terminal.progress.print("so far")
    terminal.tell(Said(("one line",)), "gatewright report run")
    whole = "so far\none line\nnext: gatewright report run\n"
    assert capsys.readouterr().out == ("one line\n" if quiet else whole)


def test_of_several_processes_the_first_one_speaks(monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    for terminal in (Terminal(), Terminal(as_json=True)):
        terminal.progress.print("so far")
        terminal.tell(Said(("one line",), values={"a": 1}), "gatewright report run")
    assert capsys.readouterr() == ("", "")


def test_boards_as_json():
    boards = json.loads(invoke("boards", "--json").stdout)["boards"]
    assert [board["name"] for board in boards] == [board.name for board in registry.all()]
    assert json.loads(invoke("boards", "icebreaker", "--json").stdout) in boards


def test_programs_as_json(monkeypatch):
    searches = {"yosys": tools.Search(tools.Tool("yosys", ("yosys",), "0.70", "yosys on PATH"))}
    absent = tools.Search(None, ("PATH: nothing",))
    monkeypatch.setattr(tools, "search", lambda name: searches.get(name, absent))
    programs = json.loads(invoke("doctor", "--json").stdout)["programs"]
    assert [program["name"] for program in programs] == list(KNOWN)
    found, missing = programs[0], programs[1]
    assert (found["version"], found["where"], found["looked"]) == ("0.70", "yosys on PATH", [])
    assert (missing["version"], missing["looked"], missing["remedy"]) == (None, ["PATH: nothing"], "pip install pyosys")


def test_every_listing_ends_with_a_next_step():
    assert invoke("boards").stdout.endswith("next: gatewright boards NAME\n")
    assert invoke("boards", "ulx3s-85f").stdout.endswith("next: gatewright synthesize RUN --board ulx3s-85f\n")
    assert "next:" not in invoke("boards", "--quiet").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("trian", "digits"), "No such command 'trian': did you mean 'train'?"),
        (("train", "digits", "--seeed", "1"), "There is no option --seeed here: did you mean --seed?"),
        (("train", "digits", "--frob"), "There is no option --frob here: see `gatewright train --help`."),
        (("train", "digits"), "Missing option '--out'; see `gatewright train --help`."),
        (("simulate", "run", "--simulator", "icrus"), "'icrus' is not one of 'icarus', 'verilator'; see"),
    ],
)
def test_words_that_are_nearly_right(arguments, sentence):
    # The program's name is that of the script that people call.
    program = Path(sys.executable).with_name("gatewright")
    result = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert sentence in sentence_of(result, 2)
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("synthesize run --board ice", {"icebreaker", "ice40-hx8k-evn"}),
        ("prove run --board tang-nano-9", {"tang-nano-9k"}),
        ("boards ulx", {"ulx3s-25f", "ulx3s-85f"}),
        ("train mnist", {"mnist", "mnist-lut4", "mnist-lut6", "mnist-shared", "mnist-small", "mnist-wide"}),
        ("sweep dig", {"digits"}),
        ("synth", {"synthesize"}),
        ("export run --la", {"--latency", "--lanes"}),
        ("simulate run --simulator ver", {"verilator"}),
    ],
)
def test_a_shell_completes_without_torch(words, found):
    program = Path(sys.executable).with_name("gatewright")
    result = subprocess.run(
        [sys.executable, "-X", "importtime", program],
        env={
            "_GATEWRIGHT_COMPLETE": "complete_bash",
            "COMP_WORDS": f"gatewright {words}",
            "COMP_CWORD": str(len(words.split())),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(result.stdout.split()) == found
    assert "import time:" in result.stderr
    assert "torch" not in result.stderr


class Screen:
    """A stream at which somebody looks."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_colour_is_for_terminals_and_not_against_the_readers_will(monkeypatch, capsys, no_color, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    show.console().print(Text("missing", style="red"))
    assert capsys.readouterr().out == "missing\n"
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    show.console().print(Text("missing", style="red"))
    assert ("\x1b[31m" in screen.text) == coloured


def test_the_version():
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.split()[0] == "gatewright"


def test_what_takes_long_tells_the_time_left(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(show.time, "monotonic", lambda: clock[0])
    pace = show.Pace()
    told = []
    for seconds, text, fraction in (
        (0, "building", None),
        (3, "simulating", 0.0),
        (4, "simulating", 0.1),
        (20, "simulating", 0.2),
        (0, "simulating", 0.21),
        (4, "writing", 0.9),
        (50, "writing", 0.91),
        (0, "writing", 0.95),
    ):
        clock[0] += seconds
        told.append(pace.told(text, fraction))
    assert told == [
        "building",
        "simulating 0%",
        "simulating 10%",
        "simulating 20%, 0:01:36 left",
        "simulating 21%, 0:01:30 left",
        "writing 90%",
        "writing 91%",
        "writing 95%, 0:00:50 left",
    ]
