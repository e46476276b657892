import dataclasses

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.estimate import estimate
from gatewright.hdl.fabric import ICE40UP
from gatewright.hdl.pipeline import Pipeline
from tests import naive
from tests.graphs import encoders, graphs
from tests.hdl.simulate import pack, stream

pipelines = st.builds(
    Pipeline,
    st.booleans(),
    st.integers(0, 3),
    st.integers(0, 4),
    st.integers(0, 2),
    counter=st.sampled_from((3, 6)),
    lanes=st.sampled_from((0, 1, 2, 3, 8)),
)

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")


def expected(graph, words):
    rows = naive.scores(graph, [naive.bits(graph, row) for row in words])
    return [(naive.label(row), row) for row in rows]


def classified(graph, pipeline, seed):
    """Random words are answered rightly, freely and with gaps and stalls; the latency."""
    classifier = Classifier(graph, pipeline)
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**graph.encoder.word_width, (12, graph.encoder.features))
    payloads = pack(words, graph.encoder.word_width)
    answers, took = stream(classifier, payloads)
    assert answers == expected(graph, words)
    assert set(took) == {classifier.latency}
    answers, _ = stream(Classifier(graph, pipeline), payloads, rng)
    assert answers == expected(graph, words)
    return classifier.latency


@settings(max_examples=25, deadline=None)
@given(graphs(encoder=encoders(max_word_width=16)), pipelines, st.integers(0, 2**32 - 1))
def test_scores_labels_latency_and_back_pressure(graph, pipeline, seed):
    classified(graph, pipeline, seed)


@settings(max_examples=25, deadline=None)
@given(graphs(encoder=encoders(max_word_width=3), ring=True), pipelines, st.integers(0, 2**32 - 1))
def test_positions_are_looked_from_one_after_another(graph, pipeline, seed):
    pipeline = dataclasses.replace(pipeline, lanes=max(1, pipeline.lanes))
    latency = classified(graph, pipeline, seed)
    assert estimate(graph, ICE40UP, pipeline).latency == latency


@pytest.mark.parametrize("pipeline", [Pipeline(), Pipeline(False, lanes=4), Pipeline(lanes=1)])
def test_constants_are_counted_from_every_position_at_once(pipeline):
    graph = GateGraph.build(Thermometer.identity(("x", "y", "z")), [], [[1, 1], [0], [1]], positions=(0, 2))
    classifier = Classifier(graph, pipeline)
    answers, took = stream(classifier, [0, 5])
    assert answers == [(0, [4, 0, 2])] * 2
    assert set(took) == {classifier.latency} == {estimate(graph, ICE40UP, pipeline).latency}


def test_positions_need_a_serial_popcount():
    graph = GateGraph.build(Thermometer.identity(("x", "y")), [], [[2], [3]], positions=(0, 1))
    with pytest.raises(GatewrightError, match="such as --lanes 64"):
        Classifier(graph, Pipeline())
    assert Classifier(graph).pipeline.lanes == 64


def test_the_smallest_of_all():
    graph = GateGraph.build(Thermometer.identity(("x",)), [], [[2], [1]])
    for pipeline in (Pipeline(), Pipeline(False, 0, 0, 0)):
        answers, took = stream(Classifier(graph, pipeline), [0, 1])
        assert answers == [(1, [0, 1]), (0, [1, 1])]
        assert set(took) == {Classifier(graph, pipeline).latency}
    assert Classifier(graph, Pipeline(False, 0, 0, 0)).latency == 1


def test_reset_drops_what_is_in_flight():
    graph = GateGraph.build(Thermometer.identity(("x",)), [], [[2], [1]])
    classifier = Classifier(graph)
    seen = []

    async def bench(ctx):
        ctx.set(classifier.result.ready, 1)
        ctx.set(classifier.words.valid, 1)
        await ctx.tick().repeat(classifier.latency)
        assert ctx.get(classifier.result.valid)
        ctx.set(reset, 1)
        await ctx.tick()
        ctx.set(reset, 0)
        ctx.set(classifier.words.valid, 0)
        for _ in range(2 * classifier.latency):
            seen.append(ctx.get(classifier.result.valid))
            await ctx.tick()

    from amaranth.hdl import ResetInserter

    reset = Signal()
    m = Module()
    m.submodules.classifier = ResetInserter(reset)(classifier)
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert not any(seen)
