import json

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.graph.graph import Provenance
from gatewright.report.page import page
from gatewright.report.results import collect
from gatewright.report.summary import next_steps, rows
from gatewright.run import Run
from tests.graphs import random_graph


@pytest.fixture
def run(tmp_path):
    import dataclasses

    run = Run(tmp_path)
    graph = dataclasses.replace(random_graph(np.random.default_rng(0)), provenance=Provenance(name="<toy> & co"))
    run.store(graph)
    run.store(graph, run.learned)
    common = {"digest": graph.digest, "tools": {"yosys": "0.70"}, "seconds": 1.5}
    run.write_json(
        "train",
        common
        | {"dataset": "digits", "seed": 3, "gates": 40, "accuracy_test": 0.9512, "accuracy_train_mode": 0.96}
        | {"gap": 0.0088, "unused_gates": 2},
    )
    run.write_json("export", common | {"gates_learned": 64, "gates": 40})
    run.write_json(
        "simulate", common | {"simulator": "icarus 11", "vectors": 360, "ties": 7, "mismatches": 0, "passed": True}
    )
    step = {
        "left": "learned graph",
        "right": "optimised graph",
        "engine": "abc &cec",
        "seconds": 0.2,
        "equivalent": True,
    }
    run.write_json("prove", common | {"steps": [step], "proven": True})
    cells = {"lut": 10, "ff": 5, "carry": 0}
    run.write_json(
        "boards/icebreaker/synthesize",
        common
        | {"board": "icebreaker", "device": "up5k", "parts": {"gates": cells, "link": cells}}
        | {"total": {"lut": 20, "ff": 10, "carry": 0}, "available": {"lut": 5280, "ff": 5280, "carry": 5280}}
        | {"fmax_mhz": 40.5, "clock_mhz": 12.0, "latency_cycles": 6, "latency_ns": 500.0}
        | {"samples_per_second": 12e6, "bitstream": "top.bin", "initiation_interval": 1, "pll": ""},
    )
    lines = [{"step": i, "steps": 2, "loss": 1.0 / i, "accuracy": 0.5, "gap": 0.01, "seconds": i} for i in (1, 2)]
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


def test_tells_the_whole_story_in_one_file(run):
    html = page(run)
    for fact in (
        "95.12 %",
        "+0.88",
        "of 5,280 LUTs",
        "40.5 MHz",
        "500 ns",
        "learned graph",
        ">proven<",
        "&lt;toy&gt; &amp; co",
    ):
        assert fact in html, fact
    assert html.count("<svg") == 2
    assert "Not in this report" not in html
    assert f"gatewright flash {run.path} --board icebreaker" in html
    assert "<toy>" not in html
    for outside in ("http://cdn", "src=", "<script", "@import"):
        assert outside not in html


def test_the_same_run_gives_the_same_page(run):
    assert page(run) == page(run)


def test_a_stale_artefact_is_refused_by_name(run):
    run.store(random_graph(np.random.default_rng(1)))
    run.store(random_graph(np.random.default_rng(1)), run.learned)
    html = page(run)
    for name in ("train.json", "prove.json", "synthesize.json"):
        assert f"{name} is stale" in html
    assert ">proven<" not in html


def test_what_has_not_run_yet_is_said(run):
    run.json_path("prove").unlink()
    html = page(run)
    assert "prove.json does not exist" in html
    assert f"gatewright prove {run.path}" in html


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


def test_a_proof_that_fails_is_no_proof(run):
    values = run.read_json("prove")
    run.write_json("prove", values | {"proven": False})
    assert dict(rows(run, collect(run)))["proof"] == "NOT PROVEN"
    assert ">not proven<" in page(run)


@pytest.mark.parametrize(("mismatches", "colour"), [(0, "good"), (3, "bad")])
def test_what_a_board_answered_is_shown(run, mismatches, colour):
    values = {"digest": run.load().digest, "port": "/dev/ttyUSB1", "samples": 1234, "accuracy": 0.9}
    values |= {"mismatches": mismatches, "samples_per_second": 1800.0, "retries": 0, "tools": {}, "seconds": 1.0}
    run.write_json("boards/icebreaker/classify", values)
    assert rows(run, collect(run))[-1][1] == f"1,234 samples at /dev/ttyUSB1, accuracy 90.00 %, {mismatches} mismatches"
    html = page(run)
    assert f'<b class="{colour}">{mismatches}</b><span>mismatches in 1,234 samples over /dev/ttyUSB1' in html
    assert "1,800 samples a second over the serial line" in html


def test_a_chip_that_no_open_tool_places_has_an_area_and_no_clock(run):
    values = run.read_json("boards/icebreaker/synthesize")
    without = dict.fromkeys(("fmax_mhz", "clock_mhz", "latency_ns", "samples_per_second")) | {"bitstream": ""}
    run.write_json("boards/icebreaker/synthesize", values | without)
    assert "of 5,280 LUTs" in page(run)
    assert "MHz" not in page(run).split("Next")[0].split("<h2>icebreaker")[1].split("<h2>")[0]
    text = dict(rows(run, collect(run)))
    assert text["latency"] == "6 cycles, a sample in every cycle"
    assert not {"clock", "bitstream"} & set(text)
