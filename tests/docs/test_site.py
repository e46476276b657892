"""The pages build without a warning, and nothing in them is fetched from elsewhere."""

import os
import re
import subprocess
import sys

import pytest

from gatewright.cli import app
from tests.docs.pages import PAGES, ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    env = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    return folder


def test_every_page_is_built_and_fetches_nothing(site):
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {page.removesuffix(".md") + ".html" for page in PAGES} | {"404.html"} == built
    for name in built:
        text = (site / name).read_text()
        assert not re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"?(?:https?:)?//", text), name
        assert not re.findall(r"@import|url\(\"?https?:", text), name
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert not re.findall(r"@import|url\(\"?(?:https?:)?//", styles)


def test_a_script_that_a_page_names_is_there(site):
    for path in site.rglob("*.html"):
        for name in re.findall(r"<script src=\"([^\"]+)\"", path.read_text()):
            start = site if name.startswith("/") else path.parent
            assert (start / name.lstrip("/")).is_file(), (path, name)


def test_formulas_and_the_picture_are_drawn_by_the_browser(site):
    text = (site / "ideas" / "bits.html").read_text()
    assert text.count("<math") > 20
    assert "\\(" not in text.split("<article")[1].split("</article")[0]
    assert 'class="flow"' in (site / "index.html").read_text()


def test_every_verb_stands_in_the_reference_with_its_options(site):
    text = (site / "reference" / "cli.html").read_text()
    for command in app.registered_commands:
        assert f'id="{command.callback.__name__}"' in text
        assert f"Usage: gatewright {command.callback.__name__} " in text
    assert text.count("--quiet") > len(app.registered_commands)


def test_the_reference_documents_the_public_names(site):
    text = "".join(path.read_text() for path in (site / "reference").glob("*.html"))
    for name in (
        "gatewright.graph.graph.GateGraph.scores",
        "gatewright.train.layers.GumbelGates",
        "gatewright.train.encode.fit",
        "gatewright.train.export.export",
        "gatewright.hdl.classifier.Classifier",
        "gatewright.hdl.pipeline.Pipeline",
        "gatewright.sim.run.simulate",
        "gatewright.boards.link.BoardLink",
        "gatewright.boards.board.Board",
        "gatewright.flow.export",
        "gatewright.run.Run.read_json",
    ):
        assert f'id="{name}"' in text, name
