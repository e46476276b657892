from xml.etree import ElementTree

import pytest

from gatewright.report.pictures.waveform import LONGEST, waveform
from gatewright.run import Run
from tests.report.runs import network, words, write_trace


def drawn(tmp_path, latency, clock_mhz=None):
    run, graph = Run(tmp_path), network(1)
    samples = words(graph, 60)
    write_trace(run, graph, samples, latency, stall=0.0, resets=0.0)
    simulated = {"latency_cycles": latency, "simulator": "icarus 11"}
    return waveform(run.sim, graph, samples, simulated, clock_mhz)


@pytest.mark.parametrize("latency", [1, 6, LONGEST, LONGEST + 1, 70])
def test_the_mark_spans_from_the_edge_that_takes_to_the_edge_that_answers(tmp_path, latency):
    picture = drawn(tmp_path, latency, 12.0)
    drawing = ElementTree.fromstring(str(picture.markup))  # noqa: S314 - made here
    span = next(box for box in drawing.iter("rect") if box.get("class") == "span")
    cycles = float(span.get("width")) / 40
    assert cycles == (latency if latency <= LONGEST else LONGEST + 1)
    texts = [text.text for text in drawing.iter("text")]
    assert f"{latency} cycles" in texts
    # Behind the middle that is left out, seven signals go on.
    assert texts.count("…") == (7 if latency > LONGEST else 0)
    assert [path.get("class") for path in drawing.iter("path")].count("bus own") == 2
    assert f"{latency} cycles later = {1e3 * latency / 12:,.0f} ns at 12 MHz" in picture.caption
    # The page is 985 wide between its margins.
    assert float(drawing.get("width")) < 985


def test_without_a_clock_there_are_no_nanoseconds(tmp_path):
    assert " ns" not in drawn(tmp_path, 3).caption


@pytest.mark.parametrize(("simulated", "known"), [(False, True), (True, False)])
def test_what_is_not_known_is_not_drawn(run, simulated, known):
    graph = run.load()
    values = run.read_json("simulate") if simulated else None
    picture = waveform(run.sim, graph, words(graph, 40) if known else None, values, 12.0)
    assert picture.markup is None
    assert picture.caption.startswith("There is no waveform: ")
