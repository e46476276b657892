import dataclasses
import sys

import board_matrix
import numpy as np
import pytest

from gatewright.boards import cost, registry
from gatewright.boards.board import Board
from gatewright.graph.encoded import encoded
from gatewright.graph.graph import GateGraph
from gatewright.graph.passes.optimise import optimise
from gatewright.hdl.pipeline import Pipeline
from gatewright.models import registry as models
from gatewright.run import Run
from tests.boards.test_build import fake
from tests.graphs import identity
from tests.models.made import OPTIONS, make


def wide(per_class, classes=4):
    rng = np.random.default_rng(0)
    gates = [(int(rng.integers(1, 1 << 16)), rng.choice(64, 4, replace=False) + 2) for _ in range(per_class * classes)]
    groups = [range(66 + per_class * i, 66 + per_class * (i + 1)) for i in range(classes)]
    return GateGraph.build(identity(64), gates, groups)


@pytest.mark.parametrize(
    ("name", "lanes", "counter", "selftest"),
    [("icebreaker", 16, 3, False), ("tang-nano-9k", 16, 3, False), ("ulx3s-25f", 0, 3, True), ("xc7", 0, 6, True)],
)
def test_what_a_chip_is_too_small_for_is_counted_serially(name, lanes, counter, selftest):
    # Expected are some 7,600 cells with a parallel popcount, and 5,000 with a serial one.
    subject = board_matrix.Subject(wide(600), dataclasses.replace(OPTIONS, lanes=16))
    board, pipeline = subject.on(registry.get(name))
    assert (pipeline.lanes, pipeline.counter, board.selftest) == (lanes, counter, selftest)
    assert pipeline == Pipeline(counter=counter) or lanes


def test_what_is_expected_is_printed_without_a_build(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(board_matrix, "within", lambda *_: pytest.fail("It builds."))
    monkeypatch.setattr(models, "FOLDER", tmp_path / "models")
    make(tmp_path / "models")
    monkeypatch.setattr(sys, "argv", ["board_matrix.py", "tiny", "--expect", "--boards", "icebreaker", "xc7"])
    board_matrix.main()
    first, second = capsys.readouterr().out.splitlines()[-2:]
    places = sum(
        cost.cells(optimise(encoded(models.get("tiny").graph)), registry.get("icebreaker"), Pipeline()).values()
    )
    filled = f"{100 * places / 5280:.0f} %"
    assert first == f"| icebreaker | iCE40UP5K | at once | {places:,.0f} | 5,280 | {filled} |"
    assert second.startswith("| xc7 | XC7A35T | at once | ")


def test_a_chip_is_built_as_the_board_that_lends_it_its_pins():
    lenders = {board.name: board_matrix.pins_of(board).name for board in registry.all()}
    assert {name for name, lender in lenders.items() if name != lender} == {
        "up5k", "hx8k", "gw1n-9", "gw2a-18", "ecp5-25", "ecp5-85"
    }  # fmt: skip
    for name, lender in lenders.items():
        chip, board = registry.get(name), registry.get(lender)
        told = ("family", "fabric", "device", "package", "cells", "clock_hz", "baud", "platform", "nextpnr", "grid")
        assert all(getattr(chip, field) == getattr(board, field) for field in told)
        assert (chip.uart.rx, chip.uart.tx) == (board.uart.rx, board.uart.tx)


@pytest.fixture
def model(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "FOLDER", tmp_path / "models")
    return make(tmp_path / "models")


def test_a_model_brings_its_options_and_a_run_has_those_that_are_asked_for(model, tmp_path):
    subject = board_matrix.subject("tiny", None, False, False)
    assert (subject.options.lanes, subject.options.selftest) == (2, False)
    assert subject.graph.encoder.word_width == 1 < model.encoder.word_width
    run = Run(tmp_path / "run")
    run.store(model, run.learned)
    subject = board_matrix.subject(str(run.path), 8, False, False)
    assert (subject.options.lanes, subject.options.selftest) == (8, True)
    assert subject.graph == optimise(model)
    assert not board_matrix.subject(str(run.path), None, False, True).options.selftest


@pytest.mark.usefixtures("model")
def test_each_board_has_its_row_and_one_that_takes_too_long_is_not_tried_again(tmp_path, monkeypatch, capsys):
    tried = []

    def within(_minutes: float, board: Board) -> str | None:
        tried.append(board.name)
        return None if board.name == "icebreaker" else f"| {board.name} | a row |"

    monkeypatch.setattr(board_matrix, "within", within)
    names = ["icebreaker", "xc7", "up5k"]
    monkeypatch.setattr(sys, "argv", ["board_matrix.py", "tiny", "--out", str(tmp_path), "--boards", *names])
    board_matrix.main()
    lines = capsys.readouterr().out.splitlines()
    assert tried == ["icebreaker", "xc7"]
    assert lines[-3:] == [
        "| icebreaker | iCE40UP5K | not done in 8 minutes |",
        "| xc7 | a row |",
        "| up5k | iCE40UP5K | not done in 8 minutes |",
    ]


@pytest.mark.usefixtures("model")
def test_a_row_has_a_cell_for_each_column_and_a_chip_its_fastest_clock(tmp_path, monkeypatch):
    fake(monkeypatch, lambda _seed: 40.0)
    subject = board_matrix.subject("tiny", None, False, False)
    rows = {}
    for name in ("icebreaker", "up5k"):
        text = board_matrix.row(subject, registry.get(name), tmp_path)
        assert text.startswith("| ")
        assert text.endswith(" |")
        rows[name] = dict(zip(board_matrix.COLUMNS, text[2:-2].split(" | "), strict=True))
        assert rows[name]["counted"] == "at once"
        assert rows[name]["Fmax MHz"] == "40.0"
    board, chip = rows.values()
    assert (board["clock MHz"], chip["clock MHz"]) == ("12.0", "40.0")
    assert (board["images a second"], chip["images a second"]) == ("12,000,000", "40,000,000")
    assert float(chip["latency ns"]) == pytest.approx(float(board["latency ns"]) * 12 / 40, abs=1)
    assert (board["bitstream kB"], chip["bitstream kB"]) == ("0", "-")


def test_what_does_not_fit_is_a_row_that_says_so(tmp_path, monkeypatch):
    fake(monkeypatch, lambda _seed: 40.0, fails="Unable to find legal placement for all cells")
    subject = board_matrix.Subject(wide(20), OPTIONS)
    text = board_matrix.row(subject, registry.get("icebreaker"), tmp_path)
    assert text.startswith("| icebreaker | iCE40UP5K | The design is too large for 1BitSquared iCEBreaker: it needs ")
