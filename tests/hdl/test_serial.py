from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.graph.graph import GateGraph
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.turns import rounds
from tests import naive
from tests.graphs import identity
from tests.hdl.simulate import stream

# Some components are only asked for their latency or their nets.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")

AND, MAJORITY = (0b1000, 2), (0b11101000, 3)


def network(groups, gate=AND):
    """Six inputs and six equal gates over neighbours, behind nets 8 to 13."""
    table, fan_in = gate
    gates = [(table, [2 + (i + k) % 6 for k in range(fan_in)]) for i in range(6)]
    return GateGraph.build(identity(6), gates, groups)


GROUPS = {
    "two classes": [[8, 9, 10, 11], [12, 13, 8, 9]],
    "unequal": [[8, 9, 10, 11, 12], [13], [8, 9]],
    "empty": [[0], [8, 9, 10], [0, 0]],
    "bias": [[1, 8, 1, 9, 10], [1, 1], [11, 12, 13]],
    "weights": [[8, 8, 8, 9], [9, 9, 10, 10, 10, 10, 10], [11]],
    "inputs": [[2, 3, 8], [4, 5, 6, 7]],
}


PIPELINES = [Pipeline(False, 0, 0, 0), Pipeline(False, 1, 1, 0), Pipeline(True, 0, 2, 0), Pipeline(True, 1, 0, 0)]


@pytest.mark.parametrize("gate", [AND, MAJORITY], ids=["and", "majority"])
@pytest.mark.parametrize("lanes", [1, 2, 3, 9])
@pytest.mark.parametrize("groups", GROUPS.values(), ids=GROUPS)
def test_every_kind_of_group_for_every_input(groups, lanes, gate):
    graph = network(groups, gate)
    for pipeline in PIPELINES:
        classifier = Classifier(graph, replace(pipeline, lanes=lanes))
        early = not pipeline.encoder and not pipeline.gates > 1
        assert classifier.initiation_interval == rounds(graph, classifier.pipeline) * graph.classes + early
        patterns = naive.patterns(6)
        payloads = [sum(bit << i for i, bit in enumerate(bits)) for bits in patterns]
        answers, took = stream(classifier, payloads)
        assert answers == [(naive.label(row), row) for row in naive.scores(graph, patterns)]
        assert set(took) == {classifier.latency}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.sampled_from(PIPELINES), st.integers(0, 2**32 - 1))
def test_gaps_and_stalls_change_nothing(lanes, pipeline, seed):
    rng = np.random.default_rng(seed)
    graph = network(list(GROUPS.values())[seed % len(GROUPS)], MAJORITY)
    rows = rng.integers(0, 2, (12, 6))
    payloads = [sum(int(bit) << i for i, bit in enumerate(row)) for row in rows]
    answers, _ = stream(Classifier(graph, replace(pipeline, lanes=lanes)), payloads, rng)
    assert answers == [(naive.label(row), row) for row in naive.scores(graph, rows)]


@pytest.mark.parametrize(
    "pipeline", [Pipeline(lanes=2), Pipeline(False, 0, 0, 0, lanes=1), Pipeline(True, 1, 1, 1, lanes=2)]
)
def test_words_are_taken_and_results_leave_once_an_interval(pipeline):
    classifier = Classifier(network(GROUPS["weights"]), pipeline)
    ready, valid = [], []

    async def bench(ctx):
        ctx.set(classifier.words.valid, 1)
        ctx.set(classifier.result.ready, 1)
        for cycle in range(100):
            ready.extend([cycle] * ctx.get(classifier.words.ready))
            valid.extend([cycle] * ctx.get(classifier.result.valid))
            await ctx.tick()

    simulator = Simulator(classifier)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    interval = classifier.initiation_interval
    assert interval in (12, 25)
    assert set(np.diff(ready)) == set(np.diff(valid)) == {interval}
    # The first sample is offered in the first cycle, and taken when it has stood for an interval.
    assert ready[0] == interval - 1
    assert valid[0] == classifier.latency


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 3), st.booleans(), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2**32 - 1))
def test_what_went_before_does_not_matter(lanes, encoder, gates, popcount, seed):
    """Whatever has stood at the ports while nothing was offered."""
    rng = np.random.default_rng(seed)
    graph = network(list(GROUPS.values())[int(rng.integers(len(GROUPS)))], AND if seed % 2 else MAJORITY)
    classifier = Classifier(graph, Pipeline(encoder, gates, popcount, 1, lanes=lanes))
    rows = rng.integers(0, 2, (3, 6))
    seen = []

    async def bench(ctx):
        ctx.set(classifier.result.ready, 1)
        for row in rows:
            for _ in range(int(rng.integers(0, 20))):
                ctx.set(classifier.words.payload.as_value(), int(rng.integers(64)))
                await ctx.tick()
            ctx.set(classifier.words.payload.as_value(), sum(int(bit) << i for i, bit in enumerate(row)))
            ctx.set(classifier.words.valid, 1)
            for cycle in range(classifier.latency):
                assert not ctx.get(classifier.result.valid)
                assert ctx.get(classifier.words.ready) == (cycle == classifier.initiation_interval - 1)
                taken = ctx.get(classifier.words.ready)
                await ctx.tick()
                if taken:
                    ctx.set(classifier.words.valid, 0)
                    ctx.set(classifier.words.payload.as_value(), int(rng.integers(64)))
            assert ctx.get(classifier.result.valid)
            seen.append(
                (
                    ctx.get(classifier.result.p.label),
                    [ctx.get(classifier.result.p.scores[i]) for i in range(graph.classes)],
                )
            )
            await ctx.tick()

    simulator = Simulator(classifier)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [(naive.label(row), row) for row in naive.scores(graph, rows)]
