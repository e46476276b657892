"""Every block of every page is run, or at least understood by the command line."""

import contextlib
import gc
import io
import re
import shutil

import pytest
import typer
from typer.testing import CliRunner

from gatewright.cli import app
from tests.docs.pages import PAGES, ROOT, blocks, indented, words

GROUP = typer.main.get_command(app)
OWN_RUN = "tutorial.md"
"""The page that trains its own digits; the others find them trained."""


def understood(command):
    """Whether the command line knows the verb, its options and their kinds."""
    if command[0].startswith("-"):
        return command[0] in {option for parameter in GROUP.params for option in parameter.opts}
    verb = GROUP.commands[command[0]]
    return verb.make_context(command[0], command[1:]).command is verb


def shape(text):
    """What is printed, without the numbers and the widths, which differ from run to run."""
    masked = re.sub(r"[-+]?\d[\d.,]*", "#", text)
    return [" ".join(line.split()) for line in re.sub(r"\b(icarus|verilator)\b", "simulator", masked).splitlines()]


def play(page, slow):
    """Run the blocks of a page in the current folder."""
    namespace, printed = {"__name__": "page"}, ""
    for block in blocks(page):
        if block.language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block.text, block.place, "exec"), namespace)  # noqa: S102 (our own page)
            printed = output.getvalue()
        elif block.note == "printed":
            assert printed.strip() == block.text.strip(), block.place
        elif block.language == "toml":
            name = re.match(r"# (\S+\.toml)\n", block.text)[1]
            with open(name, "w") as file:  # noqa: PTH123 (a name without a folder)
                file.write(block.text)
        elif block.language == "console":
            console(block, slow)


def console(block, slow):
    """Run the commands of a console, unless its note says no."""
    kind, _, more = block.note.partition(" ")
    if kind == "parsed," or (kind == "slow" and not slow):
        return
    extra = more.split() if kind == "with" and not slow else []
    for command, printed in block.commands:
        result = CliRunner().invoke(app, [*command, *extra])
        if kind == "fails":
            assert result.exit_code, block.place
            continue
        assert result.exit_code == 0, (block.place, command, result.output, result.exception)
        if printed:
            assert shape(result.output) == shape(printed), block.place


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


# A page may make a component to ask it for its latency alone.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(page, folder, request):
    if page != OWN_RUN and any("runs/digits" in block.text for block in blocks(page)):
        shutil.copytree(request.getfixturevalue("digits").path, folder / "runs" / "digits")
    play(page, slow=False)
    if any(block.language == "python" for block in blocks(page)):
        gc.collect()  # While the filter holds.


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if any(block.note == "slow" for block in blocks(page))])
def test_a_page_does_what_it_says_at_full_length(page, folder):
    assert not list(folder.iterdir())
    play(page, slow=True)


@pytest.mark.parametrize("page", PAGES)
def test_every_fence_has_a_language_and_every_console_says_how_it_is_tested(page):
    kinds = {"run", "slow", "fails"}
    for block in blocks(page):
        assert block.language in {"console", "python", "text", "toml", "verilog"}, block.place
        if block.language == "console":
            assert block.note in kinds or re.match(r"with --|parsed, \w+ \w+", block.note), block.place
            assert block.commands, block.place


@pytest.mark.parametrize("page", PAGES)
def test_the_command_line_understands_every_command(page):
    for block in blocks(page):
        if block.language == "console" and block.note != "fails":
            assert all(understood(command) for command, _ in block.commands), block.place
    for line in indented(page, "gatewright "):
        assert understood(words(line)), line


@pytest.mark.parametrize("page", PAGES)
def test_every_benchmark_is_there(page):
    for line in indented(page, "python benchmarks/"):
        assert (ROOT / line.split()[1]).is_file(), line
