import dataclasses

import numpy as np
import pytest

from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import TRUE
from gatewright.sim.prove.design import PAYLOAD, READY, WORDS, WORDS_VALID, Design
from gatewright.sim.prove.netlist import Netlist, Register
from tests.graphs import random_encoder, random_graph


@pytest.fixture
def graph():
    rng = np.random.default_rng(0)
    graph = random_graph(rng, classes=3, encoder=random_encoder(rng, 2, 3, 2))
    return dataclasses.replace(graph, groups=([2, 2, 3], [2], [3]))


@pytest.fixture
def netlist():
    """Ports of two words of three bits, and of a label and three scores of two bits; one register."""
    inputs = {"clk": (2,), "rst": (3,), WORDS: tuple(range(4, 10)), WORDS_VALID: (10,), READY: (11,)}
    outputs = {PAYLOAD: (12, 4, *range(5, 10), 11), "result__valid": (12,), "words__ready": (11,)}
    return Netlist("n", inputs, outputs, {}, {12: Register(10)})


def test_ports_of_the_classifier_are_accepted(graph, netlist):
    design = Design(graph, netlist)
    assert [len(word) for word in design.words] == [3, 3]
    assert set(design.state) == {12}


@pytest.mark.parametrize(
    ("side", "port", "bits"),
    [
        ("inputs", "rst", None),
        ("inputs", "clk", None),
        ("inputs", "more", (20,)),
        ("inputs", WORDS, (4, 5)),
        ("inputs", READY, (11, 12)),
        ("outputs", PAYLOAD, (12,)),
        ("outputs", PAYLOAD, (12,) * 9),
        ("outputs", "words__ready", None),
        ("outputs", "more", (12,)),
    ],
)
def test_other_ports_are_refused(graph, netlist, side, port, bits):
    ports = dict(getattr(netlist, side))
    ports.pop(port, None)
    if bits is not None:
        ports[port] = bits
    with pytest.raises(
        GatewrightError, match=r"n has the ports .* but this graph's classifier has .*: export it again"
    ):
        Design(graph, dataclasses.replace(netlist, **{side: ports}))


def test_a_free_input_is_one_variable_wherever_it_is_used(graph, netlist):
    design = Design(graph, netlist)
    one, other = (design.unrolled(lambda port, cycle: None) for _ in range(2))
    assert one.output(PAYLOAD, 0) == other.output(PAYLOAD, 0)
    assert one.output(PAYLOAD, 1) == other.output(PAYLOAD, 1)
    assert one.output(PAYLOAD, 0)[1:4] == design.words[0]
    assert one.output(PAYLOAD, 0)[4:7] == design.words[1]


def test_words_and_valids_of_every_cycle_are_different_variables(graph, netlist):
    design = Design(graph, netlist)
    run = design.unrolled(lambda port, cycle: None)
    literals = [literal for cycle in range(3) for literal in run.output(PAYLOAD, cycle)]
    assert len(set(literals)) == len(literals)
    assert run.output(PAYLOAD, 1)[0] == design.variable(WORDS_VALID, 0, 0)


def test_a_fixed_input_has_its_value(graph, netlist):
    design = Design(graph, netlist)
    run = design.unrolled(lambda port, cycle: TRUE if (port, cycle) == (READY, 1) else None)
    assert [run.output("words__ready", cycle)[0] == TRUE for cycle in range(3)] == [False, True, False]


def test_a_comparison_covers_the_words_and_everything_else(graph, netlist, tmp_path):
    design = Design(graph, netlist)
    register = design.state[12]
    flat = [bit for word in design.words for bit in word]
    for left, right in ((register, flat[-1]), (flat[-1], register)):
        verdict = design.compare([left], [right], tmp_path, "q", 60)
        assert list(verdict.counterexample) == [*flat, register]
        assert verdict.counterexample[register] != verdict.counterexample[flat[-1]]
    assert design.compare([register], [register], tmp_path, "q", 60).equivalent
