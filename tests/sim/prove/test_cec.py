import sys

import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.cec import equivalent


@pytest.fixture
def pair():
    aig = Aig()
    a, b, c = aig.inputs(3)
    return aig, [a, b, c]


def fake(monkeypatch, tmp_path, text, trace=""):
    """An abc that says ``text``."""
    program = tmp_path / "abc.py"
    program.write_text(
        f"import pathlib, sys\nprint({text!r})\nif {trace!r}: pathlib.Path('q.cex').write_text({trace!r})\n"
    )
    tool = tools.Tool("abc", (sys.executable, str(program)), "0", "test")
    monkeypatch.setattr(tools, "find", lambda _: tool)


def test_equal_functions(pair, tmp_path):
    aig, (a, b, c) = pair
    left, right = aig.land(a, aig.lor(b, c)), aig.lor(aig.land(a, b), aig.land(a, c))
    assert left != right
    verdict = equivalent(aig, [left, TRUE], [right, TRUE], [a, b, c], tmp_path, "q")
    assert verdict.equivalent
    assert verdict.counterexample is None
    assert "abc" in verdict.engine


def test_a_question_that_is_proven_is_not_asked_again(pair, tmp_path, monkeypatch):
    aig, (a, b, c) = pair
    left, right = aig.land(a, aig.lor(b, c)), aig.lor(aig.land(a, b), aig.land(a, c))
    first = equivalent(aig, [left], [right], [a, b, c], tmp_path, "q")
    abc = tools.find("abc")

    def silent(*_, **__):
        raise AssertionError("abc was asked.")

    monkeypatch.setattr(tools.Tool, "run", silent)
    again = equivalent(aig, [left], [right], [a, b, c], tmp_path, "q")
    assert (again.equivalent, again.engine, again.sentence) == (True, f"{first.engine}, earlier", first.sentence)
    # Another question is, and so is the same one under another name, or put to another abc.
    with pytest.raises(AssertionError, match="was asked"):
        equivalent(aig, [left], [aig.lor(a, b)], [a, b, c], tmp_path, "q")
    with pytest.raises(AssertionError, match="was asked"):
        equivalent(aig, [left], [right], [a, b, c], tmp_path, "other")
    monkeypatch.setattr(tools, "find", lambda _: tools.Tool("abc", abc.command, "9", abc.origin))
    with pytest.raises(AssertionError, match="was asked"):
        equivalent(aig, [left], [right], [a, b, c], tmp_path, "q")
    monkeypatch.setattr(tools, "find", lambda _: abc)
    for damaged in (b"", b"\xff\xfe", b"0" * 64):
        (tmp_path / "q.equal").write_bytes(damaged)
        with pytest.raises(AssertionError, match="was asked"):
            equivalent(aig, [left], [right], [a, b, c], tmp_path, "q")


def test_what_is_not_proven_is_asked_again(tmp_path, monkeypatch):
    aig = Aig()
    x = aig.inputs(4)
    assert not equivalent(aig, [aig.all(x)], [FALSE], x, tmp_path, "q").equivalent
    assert not (tmp_path / "q.equal").exists()
    fake(monkeypatch, tmp_path, "Networks are UNDECIDED.")
    assert not equivalent(aig, [aig.all(x)], [FALSE], x, tmp_path, "q").equivalent
    assert not (tmp_path / "q.equal").exists()


@pytest.mark.parametrize("same", [True, False])
def test_constants(pair, tmp_path, same):
    aig, inputs = pair
    assert equivalent(aig, [FALSE], [FALSE if same else TRUE], inputs, tmp_path, "q").equivalent is same


def test_a_difference_in_one_pattern_of_many(tmp_path):
    aig = Aig()
    x = aig.inputs(40)
    verdict = equivalent(aig, [aig.all(x)], [FALSE], x, tmp_path, "q")
    assert not verdict.equivalent
    assert verdict.counterexample == dict.fromkeys(x, 1)


def test_the_sides_must_match(pair, tmp_path):
    aig, inputs = pair
    for left in ([], [inputs[0]]):
        with pytest.raises(GatewrightError, match="same number"):
            equivalent(aig, left, [], inputs, tmp_path, "q")


@pytest.mark.parametrize(
    "text",
    [
        "Networks are UNDECIDED.  Time = 1.0 sec",
        "",
        "networks are equivalent.",
        "Assuming that Networks are equivalent.",
        "Empty network.",
    ],
)
def test_nothing_but_the_sentence_is_a_proof(pair, tmp_path, monkeypatch, text):
    aig, inputs = pair
    fake(monkeypatch, tmp_path, text)
    verdict = equivalent(aig, [inputs[0]], [inputs[0]], inputs, tmp_path, "q", seconds=7)
    assert not verdict.equivalent
    assert "not proven" in verdict.sentence
    assert "7 s" in verdict.sentence


def test_a_verdict_and_its_opposite_is_no_proof(pair, tmp_path, monkeypatch):
    aig, inputs = pair
    fake(monkeypatch, tmp_path, "Networks are equivalent.\nNetworks are NOT EQUIVALENT.", "000# DONE\n")
    with pytest.raises(GatewrightError, match="both sides agree"):
        equivalent(aig, [inputs[0]], [inputs[0]], inputs, tmp_path, "q")


@pytest.mark.parametrize("trace", ["", "01", "0a1"])
def test_a_counterexample_must_be_whole(pair, tmp_path, monkeypatch, trace):
    aig, inputs = pair
    fake(monkeypatch, tmp_path, "Networks are NOT EQUIVALENT.", trace)
    with pytest.raises(GatewrightError, match="no assignment of 3 inputs"):
        equivalent(aig, [inputs[0]], [inputs[1]], inputs, tmp_path, "q")


def test_a_failing_abc_is_named(pair, tmp_path, monkeypatch):
    aig, inputs = pair
    tool = tools.Tool("abc", (sys.executable, "-c", "import sys; print('fatal error'); sys.exit(3)"), "0", "test")
    monkeypatch.setattr(tools, "find", lambda _: tool)
    with pytest.raises(GatewrightError, match="abc failed with status 3"):
        equivalent(aig, [inputs[0]], [inputs[1]], inputs, tmp_path, "q")


def test_a_missing_abc_is_named(pair, tmp_path, monkeypatch):
    aig, inputs = pair
    monkeypatch.setenv("YOSYS_ABC", "no-such-abc")
    with pytest.raises(GatewrightError, match=r"abc was not found.*pip install pyosys"):
        equivalent(aig, [inputs[0]], [inputs[1]], inputs, tmp_path, "q")
