import re
import runpy
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest
from amaranth.back import rtlil

from gatewright import flow, tools
from gatewright.run import Run
from gatewright.sim.simulator import choose
from gatewright.train.kernels.cpu import threads
from tests.graphs import random_encoder, random_graph

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Examples write into the folder in which they are run. One thread computes the same, and shares the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(threads, "use", lambda *_: numba.set_num_threads(1))


def ran(name, capsys, **names):
    """What an example prints."""
    runpy.run_path(str(EXAMPLES / f"{name}.py"), names, "__main__")
    return capsys.readouterr().out


def test_a_classifier_is_found_and_simulated(capsys):
    said = ran("classifier", capsys)
    assert float(re.search(r"accuracy ([\d.]+)%", said)[1]) > 85
    assert re.search(r"wire petal_length_cm_gt_\d+ = words\[23:16\]", said)
    assert re.search(r"^[1-9]\d+ vectors simulated, 0 mismatches$", said, re.MULTILINE)


def test_layers_of_torch_become_verilog(tmp_path, capsys):
    said = ran("torch_layers", capsys)
    assert float(re.search(r"accuracy ([\d.]+)%", said)[1]) > 80
    run = Run(tmp_path / "runs" / "mine")
    assert (run.rtl / "classifier.v").is_file()
    words, labels = flow.split.kept(run, run.load())
    assert (run.load().scores(words).argmax(axis=1) == labels).mean() > 0.8


def test_the_example_holds_the_lines_of_the_readme():
    readme = (ROOT / "README.md").read_text()
    section = readme.split("## Your own network")[1].split("\n## ")[0]
    blocks = re.findall(r"(?:^    .*\n|^\n)+", section, re.MULTILINE)
    lines = {_plain(line) for line in (EXAMPLES / "torch_layers.py").read_text().splitlines()}
    shown = {_plain(line) for block in blocks for line in textwrap.dedent(block).splitlines()}
    assert len(shown) > 15
    assert shown - {"", "...", "from torch import nn"} <= lines


def _plain(line):
    """Without the spaces at both ends, and before a comment that is aligned."""
    return re.sub(r" +(?=#)", " ", line.strip()).split(" # ")[0]


@pytest.mark.filterwarnings("ignore:.*created but never used")
def test_a_network_inside_of_another_design(tmp_path):
    embed = runpy.run_path(str(EXAMPLES / "embed.py"))
    rng = np.random.default_rng(0)
    graph = random_graph(rng, encoder=random_encoder(rng, 4, 5, 3), fan_in=3)
    x = rng.normal(size=(40, 4)) * 10
    scores = graph.scores(graph.encoder.words(x))
    labels, alarm = scores.argmax(axis=1), int(np.bincount(scores.argmax(axis=1)).argmax())
    least = int(np.median(scores[labels == alarm, alarm]))
    lit = (labels == alarm) & (scores[:, alarm] >= least)
    assert {*lit} == {False, True}
    design = embed["Watch"](graph, x, alarm=alarm, least=least)
    assert embed["watched"](design) == list(zip(labels, lit, strict=True))
    again = embed["Watch"](graph, x, alarm=alarm, least=least)
    (tmp_path / "watch.il").write_text(rtlil.convert(again, name="watch", emit_src=False))
    (tmp_path / "watch.ys").write_text("read_rtlil watch.il\nproc\nwrite_verilog -noattr watch.v\n")
    tools.find("yosys").run("-q", "watch.ys", cwd=tmp_path)
    assert "module watch(" in (tmp_path / "watch.v").read_text()
    options = ("--lint-only", "-Wno-fatal", "--top-module", "watch")
    said = tools.find("verilator").run(*options, "watch.v", cwd=tmp_path, env=choose("verilator").environment)
    assert "%Error" not in said


def test_the_embedded_example_says_what_it_sees(capsys):
    said = ran("embed", capsys)
    pairs = re.findall(r"\((\d), (\d)\)", said.splitlines()[0])
    assert [label for label, _ in pairs] == ["0", "0", "1", "1", "2"]
    assert all(led == "0" or label == "2" for label, led in pairs)
