import os
import pty
import select
import shutil
import threading

import numpy as np
import pytest

from gatewright import flow
from gatewright.boards import port
from gatewright.errors import GatewrightError
from gatewright.flow.split import keep
from gatewright.run import Run, write_whole
from tests.boards.model import ModelBoard
from tests.boards.test_link import sample_words, small

SAMPLES = 300

real = port.open_port


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A run whose test split is labelled by the network itself, but for one sample in three."""
    run = Run(tmp_path_factory.mktemp("exported"))
    graph = small()
    run.store(graph, run.learned)
    flow.export(run)
    words = sample_words(graph, SAMPLES)
    labels = graph.scores(words).argmax(axis=1)
    labels[::3] = (labels[::3] + 1) % graph.classes
    keep(run, words, labels)
    return run


@pytest.fixture
def run(exported, tmp_path):
    """A copy of the exported run, to spoil."""
    shutil.copytree(exported.path, tmp_path / "run")
    return Run(tmp_path / "run")


class Plugged:
    """A board at the other end of a pseudo-terminal; ``name`` is the port.

    Its own thread closes both ends, never another: a number that is closed under a read is the next board's, whose
    questions this one would answer.
    """

    def __init__(self, answer, limit=None):
        ends = pty.openpty()
        os.set_blocking(ends[0], False)
        self.name = os.ttyname(ends[1])
        self._answer = answer
        self._limit = limit
        self._unplugged = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=ends, daemon=True)
        self._thread.start()

    def _serve(self, end, host):
        waiting, sent = b"", 0
        try:
            while not self._unplugged.is_set() and (self._limit is None or sent <= self._limit):
                readable, writable, _ = select.select([end], [end] if waiting else [], [], 0.02)
                if readable:
                    waiting += self._answer(os.read(end, 4096))
                if writable:
                    done = os.write(end, waiting)
                    waiting, sent = waiting[done:], sent + done
        finally:
            os.close(end)
            os.close(host)

    def unplug(self):
        self._unplugged.set()
        self._thread.join()


@pytest.fixture
def plug():
    plugged = []

    def make(board, limit=None):
        def answer(data):
            board.feed(data)
            out = bytes(board.out)
            board.out.clear()
            return out

        plugged.append(Plugged(answer if isinstance(board, ModelBoard) else board, limit))
        return plugged[-1].name

    yield make
    for one in plugged:
        one.unplug()


def test_a_board_is_asked_and_its_answers_are_kept(run, plug):
    graph = run.load()
    said = []
    values = flow.classify(
        run,
        port=(port := plug(ModelBoard(graph))),
        board_name="icebreaker",
        say=lambda text, fraction: said.append((text, fraction)),
    )
    kept = run.read_json("boards/icebreaker/classify", graph.digest)
    assert kept == values
    assert set(kept) == {
        "digest", "port", "samples", "accuracy", "mismatches", "samples_per_second", "bytes_per_second",
        "line_bytes_per_second", "retries", "errors", "dropped", "counted", "selftest", "tools", "seconds",
    }  # fmt: skip
    assert (kept["port"], kept["samples"], kept["mismatches"], kept["retries"]) == (port, SAMPLES, 0, 0)
    assert kept["accuracy"] == pytest.approx(2 / 3)
    assert kept["samples_per_second"] > 0
    assert kept["bytes_per_second"] == pytest.approx(12 * kept["samples_per_second"])
    assert kept["counted"] == {"cycles": 7 * SAMPLES, "samples": SAMPLES, "errors": 0}
    assert kept["selftest"] is None
    assert "pyserial" in kept["tools"]
    assert [fraction for _, fraction in said] == [None, 0, 256 / SAMPLES]


def test_only_the_first_samples_are_sent(run, plug):
    board = ModelBoard(run.load())
    assert flow.classify(run, port=plug(board), board_name="icebreaker", samples=5)["samples"] == 5
    assert len(board.accepted) == 5


def test_a_board_with_another_network_is_refused_by_name(run, plug):
    with pytest.raises(GatewrightError, match=r"The board holds the network [0-9a-f]{16}, not "):
        flow.classify(run, port=plug(ModelBoard(small(seed=1))), board_name="icebreaker")
    assert not run.json_path("boards/icebreaker/classify").exists()


def test_a_board_that_says_what_it_is_and_computes_something_else(run, plug):
    class Wrong(ModelBoard):
        def _answer(self, kind, sequence, payload):
            super()._answer(kind, sequence, bytes([payload[0] ^ 1, *payload[1:]]) if kind == 0x82 else payload)

    values = flow.classify(run, port=plug(Wrong(run.load())), board_name="icebreaker")
    assert values["mismatches"] == SAMPLES
    assert run.read_json("boards/icebreaker/classify")["mismatches"] == SAMPLES


def test_garbage_is_no_board(run, plug):
    rng = np.random.default_rng(0)
    with pytest.raises(GatewrightError, match=r"does not answer: .*|never falls silent"):
        flow.classify(run, port=plug(lambda data: rng.bytes(3 * len(data))), board_name="icebreaker")


def test_a_board_that_is_unplugged_in_the_middle(run, plug):
    graph = run.load()
    with pytest.raises(GatewrightError, match=r"is gone .*plug the board in again"):
        flow.classify(run, port=plug(ModelBoard(graph), limit=1000), board_name="icebreaker")
    assert not run.json_path("boards/icebreaker/classify").exists()


def test_a_board_is_asked_at_the_rate_that_it_was_built_for(run, plug, monkeypatch):
    opened = []
    monkeypatch.setattr(
        port, "open_port", lambda name, baud, **options: opened.append(baud) or real(name, baud, **options)
    )
    board = ModelBoard(run.load())
    for baud in (None, 115_200):
        if baud:
            run.write_json("boards/icebreaker/synthesize", {"digest": "", "baud": baud})
        values = flow.classify(run, port=plug(board), board_name="icebreaker", samples=2)
        assert values["line_bytes_per_second"] == (baud or 1_000_000) / 10
    assert opened == [1_000_000, 115_200]


def test_a_simulated_board(run):
    values = flow.classify(run, port=None, board_name="icebreaker", samples=3)
    assert (values["port"], values["samples"], values["mismatches"]) == ("simulated pins", 3, 0)
    assert values["accuracy"] == pytest.approx(2 / 3)
    assert values["samples_per_second"] > 100


def table(path, names, labels):
    rows = [",".join([*names, "kind"])]
    rng = np.random.default_rng(0)
    rows += [",".join([*map(str, rng.integers(0, 8, len(names))), labels[i % len(labels)]]) for i in range(60)]
    path.write_text("\n".join(rows) + "\n")
    return str(path)


def test_the_test_split_of_a_table_whose_columns_lie_elsewhere(run, plug, tmp_path):
    graph = run.load()
    data = table(tmp_path / "data.csv", graph.encoder.feature_names[::-1], graph.class_names)
    board = ModelBoard(graph)
    values = flow.classify(run, data, port=plug(board), board_name="icebreaker", target="kind")
    assert (values["samples"], values["mismatches"]) == (12, 0)


def test_a_network_without_its_encoder_takes_bits(run, plug, tmp_path):
    learned = run.load(run.learned)
    exported = flow.export(run, without_encoder=True)
    graph = run.load()
    assert (graph.encoder.features, graph.encoder.word_width) == (learned.encoder.inputs, 1)
    assert not exported["encoder"]
    assert len((run.rtl / "golden.hex").read_text().splitlines()) == 256
    board = ModelBoard(graph)
    values = flow.classify(run, port=plug(board), board_name="icebreaker")
    assert (values["samples"], values["mismatches"]) == (SAMPLES, 0)
    assert values["accuracy"] == pytest.approx(2 / 3)
    assert np.array_equal(board.accepted, learned.encoder.bits(sample_words(learned, SAMPLES)))
    data = table(tmp_path / "data.csv", learned.encoder.feature_names, learned.class_names)
    assert flow.classify(run, data, port=plug(board), board_name="icebreaker", target="kind")["mismatches"] == 0
    # Which of both was exported last is what is proven.
    assert flow.prove(run)["proven"]
    assert flow.export(run)["encoder"]
    with pytest.raises(GatewrightError, match="The board holds the network"):
        flow.classify(run, port=plug(board), board_name="icebreaker")


@pytest.mark.parametrize(
    ("names", "labels", "sentence"),
    [
        (None, ("0", "cat"), "has the class 'cat', which the network does not know: its classes are 0, 1, 2"),
        (("u", "v"), ("0", "1"), r"has the features u, v \.\.\., and the network reads x0, x1, x2, x3 \.\.\."),
    ],
)
def test_data_of_another_network_is_refused(run, tmp_path, names, labels, sentence):
    data = table(tmp_path / "data.csv", names or run.load().encoder.feature_names, labels)
    with pytest.raises(GatewrightError, match=sentence):
        flow.classify(run, data, port="/dev/null", board_name="icebreaker", target="kind")


def test_a_test_split_that_is_damaged_or_foreign(run):
    graph = run.load()
    words = sample_words(graph, 4)
    for spoil, sentence in (
        (lambda: write_whole(run.data, b"PK\x03\x04 no"), "is damaged"),
        (lambda: keep(run, words[:, :2], np.zeros(4, int)), "holds words of shape"),
        (lambda: keep(run, words, np.zeros(3, int)), "holds labels that do not belong"),
        (lambda: keep(run, words, np.full(4, 9)), "holds labels that do not belong"),
        (lambda: keep(run, words[:0], np.zeros(0, int)), "holds labels that do not belong"),
        (run.data.unlink, "does not exist: run `gatewright train"),
    ):
        spoil()
        with pytest.raises(GatewrightError, match=sentence):
            flow.classify(run, port="/dev/null", board_name="icebreaker")


def test_a_stale_network_is_refused_by_every_later_verb(run):
    run.store(small(seed=1), run.learned)
    for verb in (
        flow.simulate,
        flow.prove,
        lambda run: flow.synthesize(run, "icebreaker"),
        lambda run: flow.classify(run, port="/dev/null", board_name="icebreaker"),
    ):
        with pytest.raises(GatewrightError, match=r"network\.lgn is stale: learned\.lgn beside it is another network"):
            verb(run)


def test_an_export_that_cannot_write_leaves_what_was_there(run, monkeypatch):
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    run.store(small(seed=1), run.learned)
    before[run.learned] = run.learned.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(GatewrightError, match=r"cannot be written \(No space left on device\)"):
        flow.export(run)
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_a_verilog_that_is_not_the_network_is_no_success(run, tmp_path):
    other = Run(tmp_path / "other")
    other.store(small(seed=1), other.learned)
    flow.export(other)
    shutil.copy(other.rtl / "classifier.v", run.rtl / "classifier.v")
    assert flow.simulate(run)["passed"] is False
    assert run.read_json("simulate")["mismatches"] > 0
    assert flow.prove(run)["proven"] is False
    assert run.read_json("prove")["steps"][-1]["counterexample"]
