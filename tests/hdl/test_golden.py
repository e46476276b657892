import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.hdl.golden import BENCH, HEX, write_golden
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.verilog import emit
from gatewright.sim.simulator import choose
from tests import naive
from tests.graphs import random_encoder, random_graph

PIPELINES = [Pipeline(), Pipeline(False, 0, 0, 0), Pipeline(lanes=2), Pipeline(True, 1, 0, 1, lanes=1)]


def exported(folder, pipeline=PIPELINES[2], seed=3, count=200):
    """A graph whose Verilog lies in ``folder``, the words of its golden samples, and its manifest."""
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, encoder=random_encoder(rng, 4, 5, 3), layers=3, width=24, classes=4)
    manifest = emit(graph, pipeline, folder)
    words = rng.integers(0, 32, (count, 4))
    write_golden(graph, words, folder)
    return graph, words, manifest


def icarus(folder, *sources, bench=BENCH):
    """Status and output of the bench in Icarus."""
    tools.find("iverilog").run("-g2005", "-Wall", "-Wno-timescale", "-o", "bench", bench, *sources, cwd=folder)
    program = Path(tools.find("iverilog").command[0]).with_name("vvp")
    result = subprocess.run([program, "-N", "bench"], cwd=folder, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


def verilator(folder, *sources):
    """Status and output of the bench in Verilator."""
    program, tool = choose("verilator"), tools.find("verilator")
    options = ["--binary", "--timing", "-O0", "-Wno-fatal", "-CFLAGS", "-fcoroutines", "--top-module", "golden_tb"]
    tool.run(*options, BENCH, *sources, cwd=folder, env=program.environment)
    result = subprocess.run(
        [folder / "obj_dir" / "Vgolden_tb"], cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_icarus_passes_what_was_exported(tmp_path, pipeline):
    _, words, manifest = exported(tmp_path, pipeline)
    status, said = icarus(tmp_path, *manifest.files)
    assert status == 0
    assert f"PASS: {len(words)} samples, latency {manifest.latency_cycles} cycles" in said


# One bit of the Verilog, or one operator, in every part.
WRONG = "the label is wrong|a score is wrong"
FAULTS = [
    (r"(words\[9:5\] > 5'b)([01])", lambda m: m[1] + "10"[int(m[2])], WRONG),
    (r"(wire level1_\w+ = .*) & ", r"\1 | ", WRONG),
    (r"(wire \[2:0\] t\d+ = first \? 3'd)0", r"\g<1>1", WRONG),
    (r"(= score) > ", r"\1 < ", "the label is wrong"),
    (r"(wire first_now = ).*;", r"\g<1>1'b1;", WRONG),
    (r"(assign result__valid = valid\[)\d+", r"\g<1>0", "a result is valid|the result comes in the wrong cycle"),
    (r"assign words__ready = .*;", "assign words__ready = advance;", "wrong|not come"),
    (r"if \(\w+\) (scores <=)", r"\1", "a score is wrong"),
    (r"(wire advance = ).*;", r"\g<1>1'b0;", "waited too long"),
]


@pytest.mark.parametrize(("pattern", "fault", "expected"), FAULTS)
def test_icarus_fails_what_was_broken(tmp_path, pattern, fault, expected):
    _, _, manifest = exported(tmp_path)
    path = tmp_path / manifest.files[0]
    text, count = re.subn(pattern, fault, path.read_text(), count=1)
    assert count == 1
    path.write_text(text)
    status, said = icarus(tmp_path, *manifest.files)
    assert status != 0
    assert "PASS" not in said
    assert re.search(f"FAIL: sample .*({expected})", said)


def test_verilator_passes_what_was_exported_and_fails_what_was_broken(tmp_path):
    _, _, manifest = exported(tmp_path)
    status, said = verilator(tmp_path, *manifest.files)
    assert (status, "PASS: 200 samples" in said) == (0, True)
    path = tmp_path / manifest.files[0]
    path.write_text(re.sub(FAULTS[3][0], FAULTS[3][1], path.read_text(), count=1))
    status, said = verilator(tmp_path, *manifest.files)
    assert status != 0
    assert "FAIL: sample" in said
    assert "PASS" not in said


def test_a_line_holds_result_and_words(tmp_path):
    graph, words, manifest = exported(tmp_path, count=5)
    lines = (tmp_path / HEX).read_text().splitlines()
    label, scores = (manifest.field("result__payload", name) for name in ("label", "scores"))
    for line, row in zip(lines, words.tolist(), strict=True):
        value = int(line, 16)
        assert [value >> 5 * i & 31 for i in range(4)] == row
        (expected,) = naive.scores(graph, [naive.bits(graph, row)])
        result = value >> 20
        assert result & 2**label.width - 1 == naive.label(expected)
        assert [result >> scores.low + i * scores.width & 2**scores.width - 1 for i in range(4)] == expected


def test_the_same_samples_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        exported(tmp_path / name)
    for file in (HEX, BENCH):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_bad_samples_and_stale_folders_are_refused(tmp_path):
    graph, words, _ = exported(tmp_path)
    for bad, said in (
        (words[:0], r"shape \(0, 4\)"),
        (words[:, :3], r"shape \(200, 3\)"),
        (words[0], r"shape \(4,\)"),
        (words + 31, "whole numbers of 5 bits"),
        (words - 31, "whole numbers of 5 bits"),
        (words * 0.5, "whole numbers of 5 bits"),
    ):
        with pytest.raises(GatewrightError, match=said):
            write_golden(graph, bad, tmp_path)
    other = random_graph(np.random.default_rng(9), encoder=graph.encoder)
    with pytest.raises(GatewrightError, match=r"is stale: it was made from graph .*export the network again\.$"):
        write_golden(other, words, tmp_path)
    with pytest.raises(GatewrightError, match="does not exist"):
        write_golden(graph, words, tmp_path / "nowhere")
