import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.hdl.classifier import Classifier
from gatewright.hdl.estimate import Estimator, estimate
from gatewright.hdl.fabric import ECP5, FABRICS, ICE40UP, XC7
from gatewright.hdl.pipeline import Pipeline
from gatewright.hdl.plan import pipelines, plan
from tests.graphs import graphs, random_encoder, random_graph

# Components are only asked for their latency.
pytestmark = pytest.mark.filterwarnings("ignore:.*created but never used")

fabrics = st.sampled_from(list(FABRICS.values()))
lanes = st.sampled_from((0, 1, 3, 50))


def network(seed=0):
    rng = np.random.default_rng(seed)
    return random_graph(rng, layers=6, width=60, per_class=20, encoder=random_encoder(rng, 8, 8, 3))


@settings(max_examples=30, deadline=None)
@given(graphs(max_layers=6, max_width=20), fabrics, lanes, st.integers(0, 2**32 - 1))
def test_the_estimated_cycles_are_those_of_the_classifier(graph, fabric, lanes, seed):
    estimator = Estimator(graph, fabric)
    every = pipelines(estimator, lanes)
    for index in np.random.default_rng(seed).integers(0, len(every), 5):
        classifier, guess = Classifier(graph, every[index]), estimator.of(every[index])
        assert (guess.latency, guess.initiation_interval) == (classifier.latency, classifier.initiation_interval)


@settings(max_examples=20, deadline=None)
@given(graphs(max_layers=5), fabrics, lanes)
def test_what_is_asked_for_is_kept_and_nothing_smaller_keeps_it(graph, fabric, lanes):
    estimator = Estimator(graph, fabric)
    guesses = [estimator.of(pipeline) for pipeline in pipelines(estimator, lanes)]
    for wanted in sorted({guess.fmax_mhz for guess in guesses})[::3]:
        chosen = estimator.of(plan(graph, fabric, fmax_mhz=wanted, lanes=lanes))
        assert chosen.fmax_mhz >= wanted
        assert chosen.registers == min(guess.registers for guess in guesses if guess.fmax_mhz >= wanted)
    for wanted in sorted({guess.latency for guess in guesses})[::3]:
        chosen = estimator.of(plan(graph, fabric, latency=wanted, lanes=lanes))
        assert chosen.latency <= wanted
        assert chosen.fmax_mhz == max(guess.fmax_mhz for guess in guesses if guess.latency <= wanted)
    assert estimator.of(plan(graph, fabric, lanes=lanes)).registers == min(guess.registers for guess in guesses)


def test_fewer_bits_in_registers_are_worth_more_cycles():
    """Cuts through the popcount hold less than one through the wide middle of the network."""
    graph = network()
    estimator = Estimator(graph, ICE40UP)
    guesses = [estimator.of(pipeline) for pipeline in pipelines(estimator, 0)]
    longer = 0
    for wanted in sorted({guess.fmax_mhz for guess in guesses}):
        reaching = [guess for guess in guesses if guess.fmax_mhz >= wanted]
        chosen = estimator.of(plan(graph, ICE40UP, fmax_mhz=wanted))
        assert chosen.registers == min(guess.registers for guess in reaching)
        longer += chosen.latency > min(guess.latency for guess in reaching)
    assert longer


def test_both_wishes_at_once():
    graph = network()
    best = estimate(graph, ECP5, plan(graph, ECP5, latency=6))
    chosen = estimate(graph, ECP5, plan(graph, ECP5, latency=6, fmax_mhz=0.8 * best.fmax_mhz))
    assert chosen.latency <= 6
    assert 0.8 * best.fmax_mhz <= chosen.fmax_mhz <= best.fmax_mhz
    assert chosen.registers <= best.registers


def test_lanes_and_counters_are_those_of_caller_and_fabric():
    assert plan(network(), XC7) == Pipeline(False, 0, 0, 0, counter=6)
    assert plan(network(), ICE40UP, lanes=2) == Pipeline(False, 0, 0, 0, lanes=2)


def test_the_best_is_named_where_the_wish_is_out_of_reach():
    graph = network()
    with pytest.raises(GatewrightError, match=r"to reach 900 MHz on ice40up: the best has about (\d+) MHz") as caught:
        plan(graph, ICE40UP, fmax_mhz=900)
    best = int(str(caught.value).split("about ")[1].split(" ")[0])
    assert estimate(graph, ICE40UP, plan(graph, ICE40UP, fmax_mhz=best - 1)).fmax_mhz >= best - 1
    with pytest.raises(GatewrightError):
        plan(graph, ICE40UP, fmax_mhz=best + 1)
    with pytest.raises(GatewrightError, match="latency of 0 cycles: 1 is the least"):
        plan(graph, ICE40UP, latency=0)


def test_more_registers_are_faster_and_held_bits_are_counted():
    graph = network()
    few, many = (estimate(graph, ICE40UP, p) for p in (Pipeline(False, 0, 0, 0), Pipeline(True, 1, 1, 1)))
    assert many.fmax_mhz > 2 * few.fmax_mhz
    assert few.registers < many.registers
    # The result alone: the label and the scores.
    classifier = Classifier(graph, Pipeline(False, 0, 0, 0))
    assert few.registers == len(classifier.result.payload.as_value())
