"""docs/formats says of every file what is in it: each key that is written, and no other."""

import dataclasses
import json
import re

import pytest

from gatewright import flow
from gatewright.boards.area import Area
from gatewright.boards.synthesis import Synthesis
from gatewright.hdl.manifest import Manifest
from gatewright.sim.prove.step import Step
from gatewright.train.checkpoint import read
from tests.docs.pages import DOCS


def documented(page, title):
    """The keys in the table behind a title."""
    text = (DOCS / "formats" / page).read_text()
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]
    table = section.split("| key | value |\n")[1].split("\n\n")[0]
    return {cell for line in table.splitlines()[1:] for cell in re.findall(r"`(\w+)`", line.split("|")[1])}


@pytest.mark.parametrize("verb", ["train", "export", "simulate"])
def test_the_keys_of_a_verb(digits, verb):
    assert digits.read_json(verb).keys() == documented("run.md", f"{verb}.json")


def test_the_keys_of_training(digits):
    assert json.loads(digits.origin.read_text()).keys() == documented("run.md", "data.json")
    assert json.loads(digits.metrics.read_text().splitlines()[0]).keys() == documented("run.md", "metrics.jsonl")


def test_the_keys_of_the_manifest(digits):
    values = json.loads((digits.rtl / "manifest.json").read_text())
    assert values.keys() == documented("rtl.md", "manifest.json")
    assert values["schema"] == int(re.search(r"\| `schema` \| (\d+) \|", (DOCS / "formats/rtl.md").read_text())[1])


def test_a_build_and_a_step_have_the_keys_that_are_documented():
    names = {field.name for field in dataclasses.fields(Synthesis)}
    assert names | {"pipeline", "pins"} == documented("run.md", "synthesize.json")
    text = (DOCS / "formats" / "run.md").read_text()
    for field in dataclasses.fields(Step):
        assert f"`{field.name}`" in text
    assert {field.name for field in dataclasses.fields(Area)} == {
        "lut", "ff", "carry", "bram", "cells", "mux", "lut1", "lut2", "lut3", "lut4", "lut5", "lut6",
    }  # fmt: skip


def test_the_golden_file_is_as_it_is_described(digits):
    graph, manifest = digits.load(), Manifest.load(digits.rtl)
    words = next(port for port in manifest.ports if port.name == "words__payload")
    result = next(port for port in manifest.ports if port.name == "result__payload")
    lines = (digits.rtl / "golden.hex").read_text().split()
    assert len(lines) == 256
    assert {len(line) for line in lines} == {-(-(words.width + result.width) // 4)}
    for line in lines[:20]:
        number = int(line, 16)
        (field,) = words.fields
        sample = [number >> field.low + i * field.width & 2**field.width - 1 for i in range(field.count)]
        answer = number >> words.width
        scores = graph.scores([sample])[0].tolist()
        label, found = result.fields
        assert answer >> label.low & 2**label.width - 1 == scores.index(max(scores))
        assert [answer >> found.low + i * found.width & 2**found.width - 1 for i in range(found.count)] == scores


def test_the_checkpoint_is_as_it_is_described(digits):
    found = read(digits.checkpoint)
    assert dataclasses.asdict(found.status).keys() == documented("checkpoint.md", "Status")
    parts = {name.split(".")[0] for name in found.tensors}
    assert parts == {"last", "best", "adam", "generator"}
    assert found.part("last").keys() == {"0.logits", "0.candidates", "0.wiring_logits"}
    assert {name.split(".")[1] for name in found.part("adam")} == {"step", "exp_avg", "exp_avg_sq"}
    assert found.tensors["last.0.logits"].shape == (500, 16)
    assert found.tensors["last.0.candidates"].shape == found.tensors["last.0.wiring_logits"].shape == (500, 4, 32)


@pytest.mark.slow
def test_the_keys_of_the_verbs_about_a_board(digits):
    flow.synthesize(digits, "icebreaker")
    flow.prove(digits)
    flow.classify(digits, port=None, board_name="icebreaker")
    assert digits.read_json("prove").keys() == documented("run.md", "prove.json")
    for verb in ("synthesize", "classify"):
        assert digits.read_json(f"boards/icebreaker/{verb}").keys() == documented("run.md", f"{verb}.json")
