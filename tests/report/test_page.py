import re
from xml.etree import ElementTree

import numpy as np
import pytest

from gatewright import flow
from gatewright.errors import GatewrightError
from gatewright.report.page import page
from gatewright.report.results import collect
from gatewright.report.summary import next_steps, rows
from gatewright.run import Run
from tests.graphs import random_graph
from tests.report.runs import complete
from tests.report.test_peers import digits


@pytest.fixture
def html(told):
    return told[1]


def test_tells_the_whole_story_in_one_file(told):
    run, html = told
    for fact in (
        "95.12 %",
        "+0.88",
        "of 5,280 LUTs",
        "40.5 MHz",
        "500 ns",
        "learned graph",
        ">proven<",
        "&lt;toy&gt; &amp; co",
        "equal for every value of 3 inputs",
        f"{run.load().digest[:12]}",
    ):
        assert fact in html, fact
    assert f"gatewright flash {run.path} --board icebreaker" in html
    for heading in ("training", "gates", "input", "circuit", "answers", "time", "area", "path", "proof"):
        assert f'<h2 id="{heading}">' in html
    # Four curves, two pictures of functions, the circuit, the waveform, the areas and one critical path.
    assert html.count("<svg") == 10
    assert html.count("<img") == 1 + 3 + 20


def test_a_network_that_has_not_read_the_test_split_is_told_by_the_other(tmp_path):
    run = complete(tmp_path / "run", digits(), dataset="mnist")
    assert "published" in page(run, "none").lower()
    run.write_json("train", run.read_json("train") | {"accuracy_test": None})
    html = page(run, "none")
    assert "97.00 %" in html
    assert "discrete validation accuracy" in html
    assert "97.00 % on the validation split of mnist, gap" in dict(rows(run, collect(run)))["accuracy"]
    assert "published" not in html.lower()


def test_the_page_needs_nothing_from_outside(html):
    assert "<toy>" not in html
    for outside in ("http://cdn", "https:", "<script src", '<link rel="stylesheet', "@import", "url(http"):
        assert outside not in html
    assert set(re.findall(r'src="(.{5})', html)) == {"data:"}


def test_every_picture_has_a_text_for_those_who_cannot_see_it(html):
    for image in re.findall(r"<img[^>]*>", html):
        assert len(re.search(r'alt="([^"]*)"', image)[1]) > 10
    for svg in re.findall(r"<svg[^>]*>", html):
        assert 'role="img"' in svg
        assert len(re.search(r'aria-label="([^"]*)"', svg)[1]) > 20


def test_drawings_are_well_formed_and_no_name_stands_twice(html):
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)  # noqa: S314 - made here
    names = re.findall(r' id="([^"]*)"', html)
    assert len(names) == len(set(names))


def test_the_same_run_gives_the_same_page(told):
    run, html = told
    assert flow.report(run).read_text() == html


def test_a_stale_artefact_is_refused_by_name(run):
    run.metrics.unlink()
    run.store(random_graph(np.random.default_rng(1)))
    run.store(random_graph(np.random.default_rng(1)), run.learned)
    html = flow.report(run).read_text()
    for name in ("train.json", "prove.json", "synthesize.json"):
        assert f"{name} is stale" in html
    assert html.count(">stale<") == 5
    assert ">proven<" not in html.split("<main>")[1].split("<h2")[0]


def test_what_has_not_run_or_does_not_hold_is_said(run):
    run.metrics.unlink()
    run.json_path("simulate").unlink()
    run.write_json("prove", run.read_json("prove") | {"proven": False})
    run.write_json("boards/icebreaker/classify", answered(run, 3))
    without = dict.fromkeys(("fmax_mhz", "clock_mhz", "latency_ns", "samples_per_second")) | {"bitstream": ""}
    run.write_json("boards/icebreaker/synthesize", run.read_json("boards/icebreaker/synthesize") | without)
    html = page(run)
    assert "simulate.json does not exist" in html
    assert f"gatewright simulate {run.path}" in html
    assert "There is no waveform" in html
    assert "The test split was not evaluated." in html
    assert ">not proven<" in html
    assert ">proven<" not in html.split("<main>")[1].split("<h2")[0]
    assert '<b class="bad">3</b><span>mismatches in 1,234 samples over /dev/ttyUSB1' in html
    assert "1,800 samples a second over the serial line" in html
    # A chip that no open tool places has an area and no clock.
    assert "of 5,280 LUTs" in html
    assert "no open tool places this chip" in html
    assert "MHz" not in html.split("<main>")[1].split('<h2 id="proof">')[0]


def answered(run, mismatches):
    values = {"digest": run.load().digest, "port": "/dev/ttyUSB1", "samples": 1234, "accuracy": 0.9}
    return values | {
        "mismatches": mismatches, "samples_per_second": 1800.0, "retries": 0, "tools": {}, "seconds": 1.0
    }  # fmt: skip


def test_a_run_that_is_only_exported_has_a_page(tmp_path):
    run = Run(tmp_path)
    run.store(random_graph(np.random.default_rng(3)))
    html = flow.report(run).read_text()
    assert html.count(">missing<") == 5
    assert "There are no training curves" in html
    assert "learned.lgn does not exist" in html
    assert "test.npz does not exist" in html


def test_an_empty_folder_is_one_sentence(tmp_path):
    with pytest.raises(GatewrightError, match=r"network\.lgn does not exist"):
        page(Run(tmp_path))


def test_the_summary_has_the_same_facts(run):
    text = dict(rows(run, collect(run)))
    assert text["accuracy"] == "95.12 % on the test split of digits, gap +0.88 points"
    assert text["gates"].endswith(", from 64 learned")
    assert text["simulation"] == "360 vectors, 0 mismatches (icarus 11)"
    assert text["proof"] == "learned graph = optimised graph, for every input"
    assert text["icebreaker"] == "20 of 5,280 LUTs (0 %): gates 10, link 10"
    assert text["clock"] == "12 MHz of the board; the routed design allows 40.5 MHz"
    assert text["latency"] == "6 cycles = 500 ns, a sample in every cycle"
    assert text["bitstream"] == f"{run.path}/boards/icebreaker/top.bin"
    assert next_steps(run, collect(run)) == [
        f"gatewright flash {run.path} --board icebreaker",
        f"gatewright classify {run.path} --board icebreaker --port PORT",
    ]


def test_the_summary_of_what_does_not_hold(run):
    run.write_json("prove", run.read_json("prove") | {"proven": False})
    run.write_json("boards/icebreaker/classify", answered(run, 3))
    without = dict.fromkeys(("fmax_mhz", "clock_mhz", "latency_ns", "samples_per_second")) | {"bitstream": ""}
    run.write_json("boards/icebreaker/synthesize", run.read_json("boards/icebreaker/synthesize") | without)
    found = rows(run, collect(run))
    assert found[-1][1] == "1,234 samples at /dev/ttyUSB1, accuracy 90.00 %, 3 mismatches"
    text = dict(found)
    assert text["proof"] == "NOT PROVEN"
    assert text["latency"] == "6 cycles, a sample in every cycle"
    assert not {"clock", "bitstream"} & set(text)
