"""What `gatewright classify` says of a board, and when it fails."""

import pytest
from typer.testing import CliRunner

from gatewright.cli import app
from gatewright.errors import GatewrightError
from gatewright.flow import ask
from tests.boards.model import ModelBoard
from tests.test_flow import SAMPLES, exported, plug, run  # noqa: F401

SELFTEST = 400


@pytest.fixture(autouse=True)
def _a_short_selftest(monkeypatch):
    monkeypatch.setattr(ask, "SELFTEST", SELFTEST)


def classify(run, *options):  # noqa: F811
    return CliRunner().invoke(app, ["classify", str(run.path), *options])


def test_a_board_that_is_the_network(run, plug):  # noqa: F811
    port = plug(ModelBoard(run.load()))
    result = classify(run, "--port", port, "--selftest")
    assert result.exit_code == 0, result.output
    first, line, board, test = result.output.splitlines()[-5:-1]
    assert first == f"{SAMPLES} samples on silicon, at {port}: accuracy 66.67 %, 0 mismatches with the reference"
    assert " of 100,000 bytes a second, 0 retries, 0 errors, 0 bytes dropped" in line
    # A model board takes seven cycles for each sample, one after the other.
    assert board == f"board: {SAMPLES} samples in {7 * SAMPLES:,} cycles, 0 errors sent"
    assert test.startswith(f"self-test: {SELFTEST} samples in {SELFTEST + 6} of {SELFTEST + 6} cycles, 11,")
    assert " a second at 12 MHz; signature 0x" in test
    signature, expected = test.split("signature ")[1].split(", the model's ")
    assert signature == expected


def test_a_board_without_counters_and_a_self_test(run, plug):  # noqa: F811
    port = plug(ModelBoard(run.load(), selftest=False))
    result = classify(run, "--port", port)
    assert result.exit_code == 0, result.output
    assert "board: " not in result.output
    assert "built without its self-test" in str(classify(run, "--port", port, "--selftest").exception)


class Wrong(ModelBoard):
    """A board whose answers of one type have another first bit."""

    kind = 0

    def _answer(self, kind, sequence, payload):
        flip = kind == self.kind
        super()._answer(kind, sequence, bytes([payload[0] ^ flip, *payload[1:]]))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (0x82, f"The board differs from the network in {SAMPLES} of {SAMPLES} samples: flash it again"),
        (0x83, "The board's self-test has another signature or time than the network's: flash it again"),
    ],
)
def test_a_board_that_is_another_network_fails_and_is_kept(run, plug, kind, sentence):  # noqa: F811
    board = Wrong(run.load())
    board.kind = kind
    result = classify(run, "--port", plug(board), "--selftest")
    assert result.exit_code == 1
    assert isinstance(result.exception, GatewrightError)
    assert str(result.exception).startswith(sentence)
    kept = run.read_json("boards/icebreaker/classify")
    assert kept["mismatches"] == (SAMPLES if kind == 0x82 else 0)
    assert kept["selftest"]["passed"] == (kind != 0x83)


def test_a_simulated_board_is_a_rehearsal(run):  # noqa: F811
    result = classify(run, "--simulate", "--samples", "5", "--selftest")
    assert result.exit_code == 0, result.output
    assert "5 samples by simulated pins: accuracy 60.00 %, 0 mismatches with the reference" in result.output
    assert "board: 5 samples in " in result.output
    assert "self-test: 1,000 samples in 1,0" in result.output


def test_a_board_says_how_it_is_reached():
    said = CliRunner().invoke(app, ["boards", "tang-nano-9k"]).output
    assert "27 MHz, others from its rPLL" in said
    assert "loaded by    openFPGALoader" in said
    assert 'ATTRS{idVendor}=="0403", ATTRS{idProduct}=="6010"' in said
    assert "udev" not in CliRunner().invoke(app, ["boards", "gw1n-9"]).output
