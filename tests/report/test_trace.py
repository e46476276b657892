import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright import flow
from gatewright.errors import GatewrightError
from gatewright.flow.split import keep
from gatewright.report.pictures.waveform import waveform
from gatewright.report.trace import inference
from gatewright.run import Run
from tests.boards.test_link import sample_words, small
from tests.report.runs import network, words, write_trace


@settings(max_examples=25)
@given(st.integers(1, 9), st.integers(0, 1000), st.sampled_from([0.0, 0.2, 0.5]))
def test_one_inference_is_found_among_stalls_and_resets(tmp_path_factory, latency, seed, stall):
    run, graph = Run(tmp_path_factory.mktemp("trace")), network(1)
    samples = words(graph, 120)
    write_trace(run, graph, samples, latency, seed, stall)
    try:
        found = inference(run.sim, graph, samples, latency)
    except GatewrightError as error:
        why = str(error)
    else:
        why = ""
    if why:
        # With so many stalls, there may be none.
        assert "no sample passes without a stall" in why
        assert stall
        return
    assert found.answered - found.taken == latency
    first, last = found.cycles[found.taken], found.cycles[found.answered]
    assert first.offered
    assert first.ready
    assert first.sample == found.sample == last.answer
    assert last.valid
    assert last.take
    assert found.scores == tuple(graph.scores(samples)[found.sample])
    assert found.label == np.argmax(found.scores)
    assert all(cycle.take or not cycle.valid for cycle in found.cycles[found.taken : found.answered])


def test_a_trace_of_another_network_is_refused(run):
    other = network(9)
    write_trace(run, other, words(other, 60), stall=0.0)
    with pytest.raises(GatewrightError, match="not written by a simulation of this network"):
        inference(run.sim, run.load(), words(run.load(), 60), 3)


@pytest.mark.parametrize("content", ["", "0111\n", "not a trace at all\n", "01111 zz\n" * 20])
def test_a_damaged_trace_is_one_sentence(run, content):
    (run.sim / "trace.txt").write_text(content)
    with pytest.raises(GatewrightError, match=r"trace\.txt cannot be read \(.*\): simulate again\.$"):
        inference(run.sim, run.load(), words(run.load(), 60), 3)


def test_a_trace_that_is_gone_is_one_sentence(run):
    (run.sim / "trace.txt").unlink()
    with pytest.raises(GatewrightError, match=r"trace\.txt is absent: simulate again\.$"):
        inference(run.sim, run.load(), words(run.load(), 60), 3)


@pytest.mark.parametrize("lanes", [0, 2])
def test_the_trace_of_a_real_simulation_is_read(tmp_path, lanes):
    run, graph = Run(tmp_path), small()
    run.store(graph, run.learned)
    assert (flow.export(run, lanes=lanes)["initiation_interval"] > 1) == (lanes > 0)
    graph = run.load()
    samples = sample_words(graph, 40)
    keep(run, samples, graph.scores(samples).argmax(axis=1))
    values = flow.simulate(run, simulator="icarus")
    found = inference(run.sim, graph, samples, values["latency_cycles"])
    assert found.scores == tuple(graph.scores(samples)[found.sample])
    picture = waveform(run.sim, graph, samples, values, 12.0)
    assert f"{values['latency_cycles']} cycles later" in picture.caption
    assert f">{values['latency_cycles']} cycles<" in str(picture.markup)
